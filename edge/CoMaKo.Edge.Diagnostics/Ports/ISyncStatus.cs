using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>How the uplink stands.</summary>
public interface ISyncStatus
{
    SyncStatus Current { get; }
}

/// <summary>The uplink at one moment.</summary>
/// <param name="Hub">Address of the hub as configured; absent if none is.</param>
/// <param name="Connected">The last call was answered.</param>
/// <param name="Since">Since when <paramref name="Connected"/> is what it is; absent before the first attempt has ended.</param>
/// <param name="Fault">Why the last call failed; absent after a success.</param>
/// <param name="Epoch">Epoch of the store.</param>
/// <param name="NextSequence">What the next record will get; the newest record is one less.</param>
/// <param name="AcknowledgedSequence">Last sequence that the hub holds durably; 0 if none.</param>
/// <param name="OldestWaiting">When the oldest record that waits was made; absent if none waits.</param>
/// <param name="LastAcknowledged">When the hub last acknowledged; absent if not since the start.</param>
/// <param name="RoundTrip">Of the last answered call.</param>
public sealed record SyncStatus(
    string? Hub, bool Connected, Instant? Since, SyncFault? Fault, Epoch Epoch, long NextSequence, long AcknowledgedSequence,
    Instant? OldestWaiting, Instant? LastAcknowledged, Duration? RoundTrip)
{
    /// <summary>Records that the hub does not hold yet.</summary>
    public long Backlog => Math.Max(0, NextSequence - 1 - AcknowledgedSequence);
}

/// <summary>Why a call failed.</summary>
/// <param name="Code">Stable code; the page has words for those it knows.</param>
/// <param name="Text">One English sentence with the details.</param>
public sealed record SyncFault(string Code, string Text, Instant At);
