using NodaTime;

namespace CoMaKo.Quantities;

/// <summary>What a gateway makes durable and sends: a total, a segment border or an event.</summary>
public abstract record SyncRecord;

/// <summary>The total of one register at the end of a quarter hour (Zählerstandsgang).</summary>
/// <param name="Register">The register.</param>
/// <param name="Segment">Opening of the continuous run it belongs to, Unix µs; 0 with <see cref="Quality.ClockUncertain"/>.</param>
/// <param name="SlotEnd">End of the slot as Unix seconds, a multiple of 900.</param>
/// <param name="Total">Exact total × CT factor, interpolated, floored once.</param>
/// <param name="Quality">How it came about.</param>
/// <param name="BorderOffsetMilliseconds">Distance to the nearer sample, 0 or more.</param>
public sealed record RegisterTotal(RegisterId Register, long Segment, long SlotEnd, Energy Total, Quality Quality, int BorderOffsetMilliseconds) : SyncRecord;

/// <summary>Begin or end of one continuous run of a register.</summary>
/// <param name="Segment">Unix µs of the opening: an identity, greater than all earlier ones in the store, not a count.</param>
/// <param name="IsEnd">End of the run; otherwise its begin.</param>
/// <param name="At">When, on the synchronised clock.</param>
/// <param name="Total">Opening total, or closing total (never below the last total).</param>
/// <param name="ServerId">Meter server id in lower-case hex.</param>
/// <param name="Obis">Register of the meter.</param>
/// <param name="CtFactorMicro">Transformer ratio × 1 000 000.</param>
/// <param name="ResolutionMilliwattHours">Step of the register after the CT factor, in mWh.</param>
public sealed record RegisterSegment(
    RegisterId Register, long Segment, bool IsEnd, Instant At, Energy Total, SegmentReason Reason,
    string ServerId, ObisCode Obis, long CtFactorMicro, long ResolutionMilliwattHours, SettlementRole Role) : SyncRecord;

/// <summary>Audit entry, alarm, grid-operator limit or clock change.</summary>
/// <param name="At">When (Unix µs on the wire).</param>
/// <param name="Code">Stable code, e.g. <c>CME-1042</c>.</param>
/// <param name="Source">Device, bus or part it concerns; empty for the gateway itself.</param>
/// <param name="Text">One English sentence.</param>
/// <param name="Data">Evidence as named values; names end in their unit.</param>
public sealed record GatewayEvent(Instant At, string Code, string Source, string Text, IReadOnlyDictionary<string, string> Data) : SyncRecord;
