using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>What the limits need to know about the building's power flow. All + towards the building.</summary>
/// <param name="NetLoad">The house without the batteries that we control: what the grid would deliver with them at 0 W. Absent if the meter or one of them is not known.</param>
/// <param name="Surplus">Own generation beyond the uncontrollable consumption, 0 or more; 0 if not known.</param>
internal readonly record struct SiteBalance(Power? NetLoad, Power Surplus)
{
    /// <summary>Older readings say nothing (local-control §5: from here on nothing may depend on the meter).</summary>
    public static readonly Duration MeterLost = Duration.FromSeconds(15);

    public static SiteBalance Of(ControlImage now)
    {
        if (Fresh(now.Grid, now) is not { } netLoad) return default;
        foreach (var battery in now.Batteries)
        {
            if (!battery.IsControlled) continue;
            if ((battery.PowerAtMeter ?? Fresh(battery.Power, now)) is not { } power) return default;
            netLoad += power;
        }

        Power loads = Power.Zero;
        foreach (var load in now.Loads) loads += PowerMath.Max(Fresh(load.Power, now) ?? Power.Zero, Power.Zero);
        return new(netLoad, PowerMath.Max(loads - netLoad, Power.Zero));
    }

    /// <summary>The value if it is not too old: three periods of a slow device, at least <see cref="MeterLost"/>.</summary>
    public static Power? Fresh(Measured? measured, ControlImage now) =>
        measured is { } m && m.AgeAt(now.Monotonic) <= Duration.Max(MeterLost, m.Period * 3) ? m.Value : null;
}
