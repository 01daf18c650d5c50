using NodaTime;

namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>What is assumed of a building that has no history yet.</summary>
/// <param name="Zone">The building's.</param>
/// <param name="AnnualKwh">Consumption of a year.</param>
/// <param name="Site">Absent: nothing is expected of the sun.</param>
/// <param name="Planes">PV planes; empty: likewise.</param>
public sealed record ColdStart(DateTimeZone Zone, double AnnualKwh = 4000, Site? Site = null, IReadOnlyList<PvPlane>? Planes = null);

/// <summary>
/// Scenarios without history: the usual day of a household, and shares of a cloudless sky. Wide on purpose: nothing is known yet, and the averaged values then hold
/// back from bold trades.
/// </summary>
public static class StandardProfile
{
    /// <summary>Load of each local hour as share of the year's mean: hourly means of BDEW's profile H25 over months and kinds of days, rounded, before the factor of the day. Rows: winter, between, summer; first weekdays, then weekends.</summary>
    private static readonly double[][] Shape =
    [
        [0.65, 0.55, 0.53, 0.53, 0.55, 0.63, 0.83, 0.90, 0.84, 0.80, 0.80, 0.88, 0.92, 0.91, 0.89, 0.92, 1.07, 1.32, 1.48, 1.47, 1.35, 1.20, 1.05, 0.84],
        [0.73, 0.62, 0.57, 0.55, 0.54, 0.56, 0.65, 0.83, 1.04, 1.18, 1.30, 1.43, 1.40, 1.30, 1.25, 1.24, 1.31, 1.50, 1.57, 1.49, 1.33, 1.19, 1.06, 0.87],
        [0.67, 0.58, 0.55, 0.55, 0.58, 0.69, 0.88, 0.93, 0.87, 0.85, 0.85, 0.92, 0.96, 0.94, 0.91, 0.92, 1.00, 1.18, 1.40, 1.51, 1.45, 1.29, 1.10, 0.86],
        [0.77, 0.65, 0.60, 0.58, 0.59, 0.62, 0.71, 0.91, 1.14, 1.28, 1.38, 1.50, 1.45, 1.32, 1.25, 1.21, 1.22, 1.33, 1.48, 1.53, 1.44, 1.29, 1.12, 0.91],
        [0.80, 0.69, 0.65, 0.64, 0.66, 0.74, 0.90, 0.96, 0.94, 0.93, 0.94, 1.03, 1.07, 1.05, 1.01, 1.02, 1.10, 1.26, 1.42, 1.48, 1.46, 1.39, 1.26, 1.00],
        [0.88, 0.76, 0.69, 0.66, 0.66, 0.67, 0.76, 0.95, 1.18, 1.33, 1.44, 1.57, 1.53, 1.42, 1.34, 1.30, 1.30, 1.40, 1.49, 1.49, 1.44, 1.38, 1.26, 1.04],
    ];

    /// <summary>A household draws more or less than the mean one, and the sky is dull, mixed or clear.</summary>
    private static readonly (double Load, double Sky)[] Cases = [(1, 0.5), (0.5, 0.5), (1.8, 0.5), (1, 0.15), (1, 0.9)];

    private const double HoursOfYear = 8760;

    /// <summary>Mean load of a slot, kW.</summary>
    public static double Load(ColdStart building, Instant start)
    {
        ArgumentNullException.ThrowIfNull(building);
        var local = start.InZone(building.Zone).LocalDateTime;
        int season = local.Month is >= 11 or <= 2 ? 0 : local.Month is >= 5 and <= 8 ? 4 : 2;
        bool isFree = local.DayOfWeek is IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday || local is { Month: 12, Day: 24 or 31 };
        return building.AnnualKwh / HoursOfYear * DayFactor(local.DayOfYear) * Shape[season + (isFree ? 1 : 0)][local.Hour];
    }

    /// <summary>BDEW's factor of the day of the year, by which each value of the profile is multiplied: 1.24 at its beginning, 0.78 in summer. Without it a household would draw most in July.</summary>
    internal static double DayFactor(int day) => 1.24 + day * (2.1e-3 + day * (-7.02e-5 + day * (3.2e-7 - day * 3.92e-10)));

    /// <summary>Writes the scenarios for so many slots from the running one on.</summary>
    public static void Write(ColdStart building, Instant start, int stepSeconds, int steps, ScenarioSet into)
    {
        ArgumentNullException.ThrowIfNull(building);
        ArgumentNullException.ThrowIfNull(into);
        into.Clear(steps, Cases.Length);
        foreach (var (share, sky) in Cases)
        {
            into.Add(1, out var load, out var pv);
            for (int k = 0; k < steps; k++)
            {
                var at = start + Duration.FromSeconds((long)k * stepSeconds);
                load[k] = share * Load(building, at);
                pv[k] = building is { Site: { } site, Planes: { Count: > 0 } planes } ? sky * ClearSky.MeanPower(site, planes, at, stepSeconds) : 0;
            }
        }

        into.Normalise();
    }
}
