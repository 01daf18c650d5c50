using CoMaKo.Quantities;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace CoMaKo.Sync;

/// <summary>Collects what the loops see into one status; callable from any thread.</summary>
internal sealed class LinkJournal(TimeProvider clock, ILogger log)
{
    private readonly Lock gate = new();
    private SyncStatus status = new(null, Now(clock), null, null, 1, 0, null, null, null, null);

    // Records per second over the last batches of a backlog; absent until there is one.
    private double? rate;

    public SyncStatus Status
    {
        get
        {
            lock (gate) return status;
        }
    }

    /// <summary>A call was answered.</summary>
    public void Answered(TimeSpan roundTrip) => Change(s => s with
    {
        ConnectedSince = s.ConnectedSince ?? Now(clock),
        OfflineSince = null,
        RoundTrip = Duration.FromTimeSpan(roundTrip),
        Problem = s.Problem is { IsSilence: true } ? null : s.Problem,
    });

    /// <summary>What the store holds, looked up before each Hello: the backlog is known without a hub too.</summary>
    public void Looked(OutboxState state) =>
        Change(s => s with { Epoch = state.Epoch, NextSequence = state.NextSequence, AcknowledgedSequence = state.AcknowledgedSequence });

    public void Greeted(Duration hubClockOffset) => Change(s => s with { HubClockOffset = hubClockOffset });

    /// <summary>A mark was obeyed.</summary>
    /// <param name="records">How many records the last call brought to the hub.</param>
    public void Marked(long acknowledged, long nextSequence, long records, TimeSpan duration) => Change(s =>
    {
        if (records > 0 && duration > TimeSpan.Zero)
        {
            double last = records / duration.TotalSeconds;
            rate = rate is { } known ? (0.8 * known) + (0.2 * last) : last;
        }

        var next = s with { AcknowledgedSequence = acknowledged, NextSequence = Math.Max(nextSequence, acknowledged + 1), LastAcknowledged = Now(clock), Problem = null };
        return next with { CatchUp = next.WaitingRecords > 0 && rate is > 0 ? Duration.FromSeconds(next.WaitingRecords / rate.Value) : null };
    });

    /// <summary>A session or call failed.</summary>
    public void Failed(Exception error)
    {
        var (code, text) = SyncProblems.Describe(error);
        if (Status.Problem?.Code != code) log.LogWarning("{Code} {Text}", code, text);
        Change(s => s with
        {
            ConnectedSince = SyncProblems.IsSilence(error) ? null : s.ConnectedSince,
            OfflineSince = SyncProblems.IsSilence(error) ? s.OfflineSince ?? Now(clock) : s.OfflineSince,
            Problem = new SyncProblem(code, text, s.Problem?.Code == code ? s.Problem.Since : Now(clock)) { IsSilence = SyncProblems.IsSilence(error) },
        });
    }

    private void Change(Func<SyncStatus, SyncStatus> change)
    {
        lock (gate) status = change(status);
    }

    private static Instant Now(TimeProvider clock) => Instant.FromDateTimeOffset(clock.GetUtcNow());
}
