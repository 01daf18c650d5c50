using System.Collections.Concurrent;
using CoMaKo.Contracts.V1;

namespace CoMaKo.Sync;

/// <summary>Tells the hub live values and health every few seconds. Reports may be lost: the next one says more.</summary>
internal sealed class StatusReporter(
    IEdgeSyncClient client, Func<CancellationToken, ValueTask<GatewayStatus>> status, UplinkOptions options, TimeProvider clock, LinkJournal journal)
{
    private const int MaxOutcomes = 100;
    private readonly ConcurrentQueue<DirectiveState> outcomes = new();

    /// <summary>Puts the outcome of a directive into the next report; of more than 100 waiting ones the oldest go.</summary>
    public void Add(DirectiveState outcome)
    {
        outcomes.Enqueue(outcome);
        while (outcomes.Count > MaxOutcomes) outcomes.TryDequeue(out _);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var interval = options.ReportInterval;
        while (true)
        {
            bool arrived = await ReportAsync(cancellationToken);
            interval = arrived ? options.ReportInterval : interval * 2 < options.LongestReportInterval ? interval * 2 : options.LongestReportInterval;
            await Task.Delay(interval, clock, cancellationToken);
        }
    }

    private async Task<bool> ReportAsync(CancellationToken cancellationToken)
    {
        var report = await status(cancellationToken);
        DirectiveState[] told = [.. outcomes];
        report.Directives.AddRange(told);
        long started = clock.GetTimestamp();
        try
        {
            await client.ReportAsync(report, cancellationToken);
        }
        catch (Exception lost) when (SyncProblems.IsExpected(lost))
        {
            journal.Failed(lost);
            return false;
        }

        journal.Answered(clock.GetElapsedTime(started));
        foreach (var outcome in told)
        {
            if (outcomes.TryPeek(out var first) && ReferenceEquals(first, outcome)) outcomes.TryDequeue(out _);
        }

        return true;
    }
}
