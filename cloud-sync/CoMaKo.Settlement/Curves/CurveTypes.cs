using CoMaKo.Quantities;

namespace CoMaKo.Settlement.Curves;

/// <summary>Where a slot's value comes from; the lower number wins (sync protocol, "At the hub").</summary>
public enum CurveSource
{
    OperatorDecision = 1,
    MeterOperator = 2,
    Gateway = 3,
    OperatorImport = 4,
    MemberReading = 5,
    Substitute = 6,
}

/// <summary>How good a slot's value is, or why there is none; the numbers are those of <c>met_curve_day.quality</c>.</summary>
public enum SlotQuality : byte
{
    /// <summary>No total at one of the slot's borders.</summary>
    Missing = 0,
    Measured = Quality.Measured,
    InterpolatedInStep = Quality.InterpolatedInStep,
    Derived = Quality.Derived,
    Coarse = Quality.Coarse,

    /// <summary>Two different totals, or one after its segment's end: no value until the operator decides.</summary>
    Conflict = 16,

    /// <summary>The register fell by more than one step: no value until the operator decides.</summary>
    Fault = 17,
}

/// <summary>One continuous run of a register, as far as curves need it.</summary>
/// <param name="Segment">Its identity; runs are ordered by it.</param>
/// <param name="OpenedUs">Begin, Unix µs.</param>
/// <param name="ClosedUs">End, Unix µs; absent while it is open.</param>
/// <param name="IsDisputed">Two different begins or ends arrived: nothing is carried over its borders.</param>
/// <param name="LastWh">Its last total; absent before the first.</param>
public sealed record CurveSegment(
    long Segment, long OpenedUs, long OpeningWh, SegmentReason OpenReason, long? ClosedUs, long? ClosingWh,
    long CtFactorMicro, long ResolutionMilliwattHours, bool IsDisputed, long? LastWh)
{
    /// <summary>One step of the register in whole Wh, at least 1.</summary>
    public long StepWh => Math.Max(1, (ResolutionMilliwattHours + 999) / 1000);
}

/// <summary>One stored total.</summary>
/// <param name="IsDisputed">A second total with another value exists, or its segment ended before it.</param>
public readonly record struct CurveTotal(long SlotEnd, long Segment, long Wh, Quality Quality, bool IsDisputed);

/// <summary>One slot of a load curve; no <paramref name="Wh"/> means no value, for the reason in <paramref name="Quality"/>.</summary>
public readonly record struct CurveSlot(QuarterHour Slot, int? Wh, SlotQuality Quality);

/// <summary>Consecutive slots without values of their own.</summary>
/// <param name="From">Start, Unix seconds.</param>
/// <param name="To">End, Unix seconds.</param>
/// <param name="Wh">Their energy together, from the totals on both sides; absent if one of them is missing.</param>
public sealed record CurveGap(long From, long To, long? Wh, SlotQuality Reason);

/// <summary>Slots in order, and the gaps among them.</summary>
public sealed record LoadCurve(IReadOnlyList<CurveSlot> Slots, IReadOnlyList<CurveGap> Gaps);
