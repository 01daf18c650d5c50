using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>
/// Keeps single-phase inverters from loading the phases too differently (VDE-AR-N 4100, 5.5: 4.6 kVA). Single-phase PV on the same phase counts against discharge.
/// That batteries on different phases do not work against each other is seen to by the last check before a write.
/// </summary>
internal sealed class UnbalanceLimit(LimitSettings settings) : ILimit
{
    private static readonly Phases[] Three = [Phases.L1, Phases.L2, Phases.L3];
    private readonly int[][] weights = [.. Three.Select(phase => settings.Batteries.Select(b => b.Phases == phase ? 1 : 0).ToArray())];

    public string Name => "unbalance";

    public LimitRank Rank => LimitRank.GridOperator;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        bool any = false;
        for (int phase = 0; phase < Three.Length; phase++)
        {
            if (Array.TrueForAll(weights[phase], w => w == 0)) continue;
            any = true;
            var most = PowerMath.Max(settings.Unbalance - PvOn(Three[phase], now), Power.Zero);
            allowed = BatterySum.Narrow(allowed, now, weights[phase], -settings.Unbalance.Milliwatts, most.Milliwatts, Name, following: true);
        }

        return new(allowed, any ? new(LimitKind.Active, LimitSource.Unbalance, Value: settings.Unbalance) : LimitState.Idle(LimitSource.Unbalance));
    }

    /// <summary>The most that single-phase plants can be feeding into this phase: only the sum of all plants is measured.</summary>
    private Power PvOn(Phases phase, ControlImage now)
    {
        Power installed = Power.Zero;
        foreach (var plant in settings.Plants)
        {
            if (plant.Phases == phase) installed += plant.Installed;
        }

        return SiteBalance.Fresh(now.Pv, now) is { } pv ? PowerMath.Min(installed, PowerMath.Max(pv, Power.Zero)) : installed;
    }
}
