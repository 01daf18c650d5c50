using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control;

/// <summary>What the plan or the rule wants from the batteries together until the next decision: a mode with bounds, never a bare set-point.</summary>
/// <param name="Mode">The word for people.</param>
/// <param name="Bounds">The batteries' power (+ discharge) may follow the meter inside these bounds; equal ends pin it.</param>
/// <param name="GridTarget">Power wanted at the grid connection while following, + import.</param>
public readonly record struct BatteryWish(BatteryMode Mode, PowerRange Bounds, Power GridTarget);

/// <summary>dispatch-optimisation §6.</summary>
public enum BatteryMode
{
    /// <summary>Neither charge nor discharge.</summary>
    Idle,

    /// <summary>Discharge to cover what the house lacks; no charging.</summary>
    FollowDeficit,

    /// <summary>Charge from surplus; no discharging.</summary>
    AbsorbSurplus,

    /// <summary>Both: self-consumption.</summary>
    Balance,

    /// <summary>A pinned power: charging from the grid, or discharging into it.</summary>
    ForcedPower,
}
