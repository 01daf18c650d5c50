using CoMaKo.Edge.Control.Balancing;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>What one cycle does with the batteries, and the word for it.</summary>
internal enum CycleAction
{
    Follow,

    /// <summary>0 W while a technician tests one of them.</summary>
    StandStill,
    Keep,
    Leave,
    Release,
}

/// <param name="Cause">Absent only for <see cref="ControlMode.Planned"/>.</param>
internal readonly record struct CycleStage(CycleAction Action, ControlMode Mode, string? Cause)
{
    /// <summary>The worst reason decides.</summary>
    /// <param name="wishCause">Why there is no wish of a plan; absent if there is one.</param>
    public static CycleStage Of(ControlImage now, Footing footing, string? footingCause, string? wishCause, BalancingState balancing, WriteGuard guard)
    {
        if (guard.Test is not null) return new(CycleAction.StandStill, ControlMode.Hold, Causes.Test);
        if (!now.Batteries.Any(BatteryCrew.IsUsable)) return new(CycleAction.Release, ControlMode.Released, WhyNone(now, guard));
        if (balancing == BalancingState.Stopped) return new(CycleAction.Release, ControlMode.Released, Causes.MeterSign);
        return footing switch
        {
            Footing.Gone => new(CycleAction.Release, ControlMode.Released, footingCause),
            Footing.Leaving => new(CycleAction.Leave, ControlMode.Hold, footingCause),
            Footing.Frozen => new(CycleAction.Keep, ControlMode.Hold, footingCause),
            _ when balancing == BalancingState.CheckingMeterSign => new(CycleAction.Follow, ControlMode.Hold, Causes.MeterSign),
            _ => new(CycleAction.Follow, wishCause is null ? ControlMode.Planned : ControlMode.Balancing, wishCause),
        };
    }

    private static string WhyNone(ControlImage now, WriteGuard guard)
    {
        if (now.Orders.Lock is not null) return Causes.Lock;
        if (now.Batteries.Any(b => b.IsOnGrid == false)) return Causes.OffGrid;
        return now.Batteries.Any(b => guard.Reach(b.Id) == ControlReach.Unreachable) ? Causes.Unreachable : Causes.NothingToControl;
    }
}
