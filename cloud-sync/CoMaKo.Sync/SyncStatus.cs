using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Sync;

/// <summary>How the line to the hub is doing, for the technicians' page.</summary>
/// <param name="ConnectedSince">Since when calls succeed; absent while offline.</param>
/// <param name="OfflineSince">Since when they do not; absent while connected.</param>
/// <param name="Problem">The last problem that is not over yet.</param>
/// <param name="Epoch">Epoch of the store, as last looked up; absent before that.</param>
/// <param name="NextSequence">Sequence that the next record of the store gets, as last looked up.</param>
/// <param name="AcknowledgedSequence">Last sequence that the hub holds durably.</param>
/// <param name="LastAcknowledged">When a mark last came from the hub.</param>
/// <param name="RoundTrip">Duration of the last successful call.</param>
/// <param name="HubClockOffset">Hub's clock minus ours, to within half a round trip.</param>
/// <param name="CatchUp">How long the backlog will take at the present rate; absent without a backlog or a rate.</param>
public sealed record SyncStatus(
    Instant? ConnectedSince, Instant? OfflineSince, SyncProblem? Problem, Epoch? Epoch, long NextSequence, long AcknowledgedSequence,
    Instant? LastAcknowledged, Duration? RoundTrip, Duration? HubClockOffset, Duration? CatchUp)
{
    /// <summary>Records that the hub does not hold yet.</summary>
    public long WaitingRecords => Math.Max(0, NextSequence - 1 - AcknowledgedSequence);
}

/// <summary>Why the line does not work, in words, with a stable code.</summary>
public sealed record SyncProblem(string Code, string Text, Instant Since)
{
    /// <summary>No answer came: the next answer, to whatever call, ends the problem.</summary>
    public bool IsSilence { get; init; }
}
