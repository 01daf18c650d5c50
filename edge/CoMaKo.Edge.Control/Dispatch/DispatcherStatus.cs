using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>One control cycle as pages and records see it. Immutable; replaced as a whole.</summary>
/// <param name="Number">Of the cycle, from 1.</param>
/// <param name="At">When it ran; an old one means that control stands still.</param>
/// <param name="Since">Since when mode and cause are what they are.</param>
/// <param name="Cause">One of <see cref="Causes"/>; absent when all is well.</param>
/// <param name="WishFrom">Who wanted it, e.g. <c>plan</c>; absent for self-consumption by rule.</param>
/// <param name="Limits">Image, ranges and one row for each limit.</param>
/// <param name="Told">What each battery was told after the last check; absent: nothing new.</param>
/// <param name="Devices">Writes, read-backs and reach of every device that can be written to.</param>
/// <param name="NetLoad">House without the driven batteries, as the balancing law estimates it.</param>
/// <param name="Events">What the balancing law noticed in this cycle.</param>
public sealed record DispatcherStatus(
    long Number, Instant At, ControlMode Mode, string? Cause, Instant Since, BatteryWish? Wish, string? WishFrom, LimitOutcome Limits,
    ImmutableArray<PowerRange?> Told, ImmutableArray<DeviceWrites> Devices, BalancingState Balancing, Power? NetLoad,
    ImmutableArray<BalancingEvent> Events, ImmutableArray<ControlAlarm> Alarms)
{
    /// <summary>Why it is wanted; absent for self-consumption by rule.</summary>
    public PlanReason? Reason { get; init; }
}

/// <param name="Code">Stable code.</param>
/// <param name="Device">Whom it concerns; absent if the plant as a whole.</param>
/// <param name="Text">One English sentence or two: what is wrong, what to do.</param>
public sealed record ControlAlarm(string Code, string? Device, string Text);
