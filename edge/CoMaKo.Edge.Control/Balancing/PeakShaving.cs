using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Balancing;

/// <param name="Limit">Greatest mean import of a quarter hour.</param>
/// <param name="Recharge">While the house takes less, the battery is charged from the grid up to this import; absent: never.</param>
public sealed record PeakShavingSettings(Power Limit, Power? Recharge = null);

/// <summary>
/// Keeps the mean import of each quarter hour below the billed maximum (local-control §3): what the grid may carry for the rest of the quarter hour,
/// to be given to <see cref="BalancingLaw.Next"/> as grid range.
/// </summary>
/// <remarks>
/// Only import counts: what is exported later does not take back a peak. Time without readings counts as if the limit had been drawn.
/// In the first minute, and without a trusted clock, the limit holds for each moment.
/// </remarks>
public sealed class PeakShaving(PeakShavingSettings settings)
{
    /// <summary>Low enough to be no bound.</summary>
    private static readonly Power Unbounded = Power.FromWatts(-1_000_000_000);

    private static readonly Duration Quarter = Duration.FromMinutes(15);
    private static readonly Duration Opening = Duration.FromSeconds(60);

    private Instant quarter;
    private Measured? last;
    private double covered;
    private double wattSeconds;

    /// <summary>Takes the newest meter sample and says what the connection may carry from now on (+ import).</summary>
    public PowerRange Next(ControlImage now)
    {
        ArgumentNullException.ThrowIfNull(now);
        var starts = QuarterHour.Containing(now.At).Start;
        if (starts != quarter) (quarter, covered, wattSeconds) = (starts, 0, 0);
        if (now.Grid is { } sample) Count(sample, now);

        var into = now.At - quarter;
        bool isOpening = into < Opening || !now.ClockIsTrusted;
        var most = isOpening ? settings.Limit : Rest(into.TotalSeconds);
        var least = settings.Recharge ?? Unbounded;
        return new(least < most ? least : most, most);
    }

    /// <summary>Mean that may still be drawn until the quarter hour ends.</summary>
    private Power Rest(double into)
    {
        double limit = settings.Limit.ToWatts();
        double drawn = wattSeconds + limit * Math.Max(0, into - covered);
        double rest = (limit * Quarter.TotalSeconds - drawn) / Math.Max(1, Quarter.TotalSeconds - into);

        // The meter's quarter hour may end some seconds apart from ours: no late spending spree.
        return Watts.ToPower(Math.Clamp(rest, 0, 2 * limit));
    }

    private void Count(Measured sample, ControlImage now)
    {
        var before = last;
        last = sample;
        if (before is not { } from || sample.Monotonic <= from.Monotonic) return;
        var span = sample.Monotonic - from.Monotonic;
        if (span > Duration.Max(sample.Period * 3, Duration.FromSeconds(10))) return;
        double sinceStart = (now.At - sample.AgeAt(now.Monotonic) - quarter).TotalSeconds;
        double seconds = Math.Clamp(sinceStart, 0, span.TotalSeconds);
        covered += seconds;
        wattSeconds += seconds * (Math.Max(0, from.Value.ToWatts()) + Math.Max(0, sample.Value.ToWatts())) / 2;
    }
}
