using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>Keeps decision records. Returns at once and does not throw; the host queues, bounds and stores.</summary>
public interface IDecisionLog
{
    void Append(DecisionRecord record);
}

/// <summary>Why the batteries did what they did: one record per change, and one each minute. Powers + towards the building.</summary>
/// <param name="Trigger">What changed.</param>
/// <param name="Mode">Word of the fallback ladder, with <paramref name="Cause"/>.</param>
/// <param name="Wish">Absent: nothing was wanted.</param>
/// <param name="WishFrom">Who wanted it.</param>
/// <param name="Limits">Those that ask for something, in rank order.</param>
/// <param name="Allowed">Sum over all batteries after all limits.</param>
/// <param name="Events">What the balancing law noticed.</param>
/// <param name="Suppressed">Records left out since the last one, because there were too many.</param>
public sealed record DecisionRecord(
    Instant At, DecisionTrigger Trigger, ControlMode Mode, string? Cause, DecisionInputs Inputs, BatteryWish? Wish, string? WishFrom,
    ImmutableArray<DecisionLimit> Limits, ImmutableArray<string> Conflicts, PowerRange Allowed, Power? PvOutput, ImmutableArray<DecisionWrite> Writes,
    ImmutableArray<BalancingEvent> Events, int Suppressed)
{
    /// <summary>Why it was wanted; absent for self-consumption by rule.</summary>
    public PlanReason? Reason { get; init; }
}

public enum DecisionTrigger
{
    Minute,
    Mode,
    Limit,
    Wish,
    Device,
    Event,
}

/// <param name="NetLoad">House without the driven batteries, as estimated.</param>
/// <param name="Batteries">In the building file's order.</param>
public sealed record DecisionInputs(Power? Grid, Power? Pv, Power? NetLoad, ImmutableArray<DecisionBattery> Batteries);

public sealed record DecisionBattery(string Device, Power? Power, decimal? SoCPercent);

/// <param name="After">What it left of the sum of all batteries' ranges.</param>
public sealed record DecisionLimit(string Name, LimitKind Kind, LimitSource Source, string? Detail, Power? Value, PowerRange After);

/// <param name="Ordered">What the cycle wanted written, after the last check; absent: nothing, or a release.</param>
/// <param name="Held">What the device has taken.</param>
/// <param name="ReadBack">What the device said afterwards.</param>
/// <param name="Code">What is wrong with it; absent if nothing.</param>
public sealed record DecisionWrite(string Device, PowerRange? Ordered, PowerRange? Held, PowerRange? ReadBack, string? Code);
