using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>
/// Protects the connection's fuse in each phase, both directions (local-control §6.4). A three-phase battery acts on each phase with a third of its power.
/// Without the meter the batteries stand still; with a meter that does not tell phases only the sum can be watched.
/// </summary>
internal sealed class FuseLimit(LimitSettings settings) : ILimit
{
    private static readonly Phases[] Three = [Phases.L1, Phases.L2, Phases.L3];

    /// <summary>Thirds of its power that each battery brings to a phase.</summary>
    private readonly int[][] weights = [.. Three.Select(phase => settings.Batteries.Select(b => b.Phases == Phases.All ? 1 : b.Phases == phase ? 3 : 0).ToArray())];

    public string Name => "fuse";

    public LimitRank Rank => LimitRank.GridOperator;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        if (settings.Fuse is not { } fuse) return new(allowed, LimitState.Idle(LimitSource.Fuse));
        if (SiteBalance.Of(now).NetLoad is not { } netLoad)
            return new(BatterySum.Narrow(allowed, now, BatterySum.Once.AsSpan(), 0, 0, Name), new(LimitKind.Failsafe, LimitSource.MeterUnknown, Value: fuse.ImportPerPhase));

        var narrowed = now.GridPhases.Length == Three.Length ? ByPhase(allowed, now, fuse) : BySum(allowed, now, fuse, netLoad);
        return new(narrowed, new(LimitKind.Active, LimitSource.Fuse, Value: fuse.ImportPerPhase));
    }

    private AllowedRanges ByPhase(AllowedRanges allowed, ControlImage now, FuseSettings fuse)
    {
        for (int phase = 0; phase < Three.Length; phase++)
        {
            // In thirds of milliwatts, so that nothing is rounded.
            long netLoad = 3 * now.GridPhases[phase].Milliwatts;
            for (int i = 0; i < now.Batteries.Length; i++)
            {
                if (now.Batteries[i] is { IsControlled: true } battery) netLoad += weights[phase][i] * (battery.PowerAtMeter ?? battery.Power!.Value.Value).Milliwatts;
            }

            long least = netLoad - 3 * fuse.ImportPerPhase.Milliwatts, most = netLoad + 3 * fuse.ExportPerPhase.Milliwatts;
            allowed = BatterySum.Narrow(allowed, now, weights[phase], least, most, Name, following: true);
        }

        return allowed;
    }

    private AllowedRanges BySum(AllowedRanges allowed, ControlImage now, FuseSettings fuse, Power netLoad)
    {
        long least = netLoad.Milliwatts - 3 * fuse.ImportPerPhase.Milliwatts, most = netLoad.Milliwatts + 3 * fuse.ExportPerPhase.Milliwatts;
        return BatterySum.Narrow(allowed, now, BatterySum.Once.AsSpan(), least, most, Name, following: true);
    }
}
