using System.Collections.Immutable;
using System.Text.Json.Serialization;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>Keeps what the grid operator may ask for, for two years and longer (local-control §6.1). Returns at once and does not throw; the host queues and stores.</summary>
public interface IGridEventLog
{
    void Append(GridEventEntry entry);
}

/// <summary>One line of an event of the grid operator. The event is all its lines, by <see cref="Event"/>.</summary>
/// <param name="Event">Stable id, e.g. <c>dim-20260601T100000.123Z</c>: paragraph and time of receipt.</param>
/// <param name="At">When; of a minute its start.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "line")]
[JsonDerivedType(typeof(GridEventBegan), "began")]
[JsonDerivedType(typeof(GridEventWritten), "written")]
[JsonDerivedType(typeof(GridEventMinute), "minute")]
[JsonDerivedType(typeof(GridEventEnded), "ended")]
public abstract record GridEventEntry(string Event, Instant At);

/// <param name="At">When the signal was received.</param>
/// <param name="Source">How people know where it came from, e.g. a relay's line, a directive's id.</param>
/// <param name="Limit">Of the group (§14a) or of the feed-in (§9), a magnitude.</param>
/// <param name="Before">Powers when it came.</param>
/// <param name="IsResumed">The gateway was restarted meanwhile and found the signal still there.</param>
public sealed record GridEventBegan(
    string Event, Instant At, GridEventKind Kind, GridEventOrigin Origin, string Source, Power Limit, ImmutableArray<DevicePower> Before, bool IsResumed) : GridEventEntry(Event, At);

/// <param name="At">Of the first or the last write that the event needed.</param>
/// <param name="IsAll">All devices that had to be written to have been.</param>
public sealed record GridEventWritten(string Event, Instant At, string Device, bool IsAll) : GridEventEntry(Event, At);

/// <param name="Powers">Means over the minute.</param>
/// <param name="IsAfter">The event had ended already.</param>
public sealed record GridEventMinute(string Event, Instant At, ImmutableArray<DevicePower> Powers, bool IsAfter) : GridEventEntry(Event, At);

/// <param name="IsObserved">False if it ended while the gateway did not run: <see cref="GridEventEntry.At"/> is then when it was found ended.</param>
public sealed record GridEventEnded(string Event, Instant At, ImmutableArray<DevicePower> Powers, bool IsObserved) : GridEventEntry(Event, At);

/// <param name="Device">Device id; <see cref="GridEventPowers.Grid"/> and <see cref="GridEventPowers.Pv"/> for connection and PV.</param>
/// <param name="Power">+ towards the building, a consumer's consumption positive; absent if not measured.</param>
public sealed record DevicePower(string Device, Power? Power);

public enum GridEventKind
{
    /// <summary>§14a EnWG.</summary>
    Dim,

    /// <summary>§9 EEG.</summary>
    FeedIn,
}

public enum GridEventOrigin
{
    Relay,
    Directive,

    /// <summary>The input was lost, so the failsafe limit held.</summary>
    Failsafe,
}

/// <summary>An event that has not ended, or whose minutes after the end are still being written. Kept over a restart.</summary>
/// <param name="Key">What was asked for; another key is another event.</param>
/// <param name="Ended">Absent while it lasts.</param>
public sealed record OpenGridEvent(string Event, string Key, GridEventKind Kind, GridEventOrigin Origin, string Source, Power Limit, Instant Received, Instant? Ended);

/// <summary>What the recorder must not forget over a restart.</summary>
public sealed record GridEventMemory(ImmutableArray<OpenGridEvent> Open)
{
    public static readonly GridEventMemory Empty = new([]);
}
