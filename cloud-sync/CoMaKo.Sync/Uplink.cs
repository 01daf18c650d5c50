using CoMaKo.Contracts.V1;
using Microsoft.Extensions.Logging;

namespace CoMaKo.Sync;

/// <summary>
/// The gateway's line to the hub: brings records with effect exactly once, reports live values, receives directives. It never touches a device.
/// </summary>
public sealed class Uplink
{
    private readonly LinkJournal journal;
    private readonly BackOff pumpBackOff;
    private readonly OutboxPump pump;
    private readonly StatusReporter reporter;
    private readonly BackOff watchBackOff;
    private readonly DirectiveWatch watch;

    /// <param name="status">Live values and health for one report; directive states are added here.</param>
    /// <param name="random">Evenly distributed in [0, 1), for the jitter of pauses; absent: the system's.</param>
    public Uplink(
        IOutboxReader outbox, IEdgeSyncClient client, IDirectiveSink directives, Func<CancellationToken, ValueTask<GatewayStatus>> status,
        UplinkOptions options, TimeProvider clock, ILogger<Uplink> log, Func<double>? random = null)
    {
        random ??= Random.Shared.NextDouble;
        journal = new LinkJournal(clock, log);
        pumpBackOff = new BackOff(options.FirstPause, options.LongestPause, clock, random, journal.Failed);
        pump = new OutboxPump(outbox, client, options, clock, journal, pumpBackOff, log);
        reporter = new StatusReporter(client, status, options, clock, journal);
        watchBackOff = new BackOff(options.FirstPause, options.LongestReportInterval, clock, random, failed => log.LogDebug("The stream of directives ended: {Reason}", failed.Message));
        watch = new DirectiveWatch(client, directives, reporter, options, clock, watchBackOff);
    }

    /// <summary>How the line is doing now.</summary>
    public SyncStatus Status => journal.Status;

    /// <summary>Runs until cancelled. Failures of line, hub and store are retried; anything else is a bug and comes out.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] loops =
        [
            pumpBackOff.RunAsync(pump.RunSessionAsync, ending.Token),
            reporter.RunAsync(ending.Token),
            watchBackOff.RunAsync(watch.RunSessionAsync, ending.Token),
        ];
        var first = await Task.WhenAny(loops);
        await ending.CancelAsync();
        try
        {
            await Task.WhenAll(loops);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The others ended because the first one failed; its failure is what counts.
        }

        await first;
    }
}
