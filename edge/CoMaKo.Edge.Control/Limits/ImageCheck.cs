using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>Takes values out of a process image that cannot be true, so that nothing after it computes with them: what cannot be is not known.</summary>
internal static class ImageCheck
{
    private static readonly Duration Ahead = Duration.FromSeconds(1);

    public static ControlImage Clean(ControlImage now) => IsClean(now) ? now : now with
    {
        Grid = Clean(now.Grid, now),
        GridPhases = now.GridPhases.All(IsPossible) ? now.GridPhases : [],
        Pv = Clean(now.Pv, now),
        Batteries = [.. now.Batteries.Select(b => Clean(b, now))],
        Loads = [.. now.Loads.Select(l => l with { Power = Clean(l.Power, now) })],
    };

    private static bool IsClean(ControlImage now)
    {
        if (!IsPossible(now.Grid, now) || !IsPossible(now.Pv, now)) return false;
        foreach (var phase in now.GridPhases) if (!IsPossible(phase)) return false;
        foreach (var battery in now.Batteries) if (!IsPossible(battery, now)) return false;
        foreach (var load in now.Loads) if (!IsPossible(load.Power, now)) return false;
        return true;
    }

    private static BatteryImage Clean(BatteryImage battery, ControlImage now) => IsPossible(battery, now) ? battery : battery with
    {
        Power = Clean(battery.Power, now),
        SoC = battery.SoC is { } soc && IsPossible(soc, now) ? soc : null,
        MaxCharge = Clean(battery.MaxCharge),
        MaxDischarge = Clean(battery.MaxDischarge),
        TemperatureCelsius = IsPossible(battery.TemperatureCelsius) ? battery.TemperatureCelsius : null,
        PowerAtMeter = battery.PowerAtMeter is { } power && IsPossible(power) ? power : null,
    };

    private static bool IsPossible(BatteryImage battery, ControlImage now) =>
        IsPossible(battery.Power, now) && (battery.SoC is not { } soc || IsPossible(soc, now)) && IsMagnitude(battery.MaxCharge) && IsMagnitude(battery.MaxDischarge)
        && IsPossible(battery.TemperatureCelsius) && (battery.PowerAtMeter is not { } power || IsPossible(power));

    private static Measured? Clean(Measured? measured, ControlImage now) => IsPossible(measured, now) ? measured : null;

    /// <summary>A negative permission is none at all; one beyond any battery says nothing.</summary>
    private static Power? Clean(Power? magnitude) => IsMagnitude(magnitude) ? magnitude : magnitude < Power.Zero ? Power.Zero : null;

    private static bool IsMagnitude(Power? power) => power is not { } p || (p >= Power.Zero && p <= PowerMath.Unbounded);

    private static bool IsPossible(Measured? measured, ControlImage now) =>
        measured is not { } m || (IsPossible(m.Value) && m.Monotonic <= now.Monotonic + Ahead && m.Period > Duration.Zero);

    private static bool IsPossible(Power power) => power >= -PowerMath.Unbounded && power <= PowerMath.Unbounded;

    private static bool IsPossible(MeasuredSoC soc, ControlImage now) => soc.Percent is >= 0 and <= 100 && soc.Monotonic <= now.Monotonic + Ahead;

    private static bool IsPossible(decimal? celsius) => celsius is null or (>= -60 and <= 150);
}
