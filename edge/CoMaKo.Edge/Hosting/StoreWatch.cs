using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Storage;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Looks at the buffer every second, so that pages need not ask the disk, and lets retention run every hour.
/// A damaged buffer ends the service: systemd starts it again, and the start sets the buffer aside.
/// </summary>
internal sealed partial class StoreWatch(
    Outbox store, AcquisitionService acquisition, GatewayOptions options, IHostApplicationLifetime service, ILogger<StoreWatch> log) : BackgroundService
{
    private static readonly Duration PruneEvery = Duration.FromHours(1);
    private volatile StoreStatus? status;

    /// <summary>As last seen; absent before the first look or while the store cannot be read.</summary>
    public StoreStatus? Status => status;

    /// <summary>What keeps the buffer, with its version.</summary>
    public string Engine { get; } = store.Engine;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The page is looked at in real time, whatever a demonstration's clock does.
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), TimeProvider.System);
        var nextPrune = Now + PruneEvery;
        do
        {
            try
            {
                status = await store.StatusAsync(stoppingToken);
                if (Now < nextPrune) continue;
                nextPrune = Now + PruneEvery;
                int deleted = await store.PruneAsync(Now, acquisition.Clock.State == ClockState.Synced, stoppingToken);
                if (deleted > 0) Pruned(deleted);
            }
            catch (IOException e)
            {
                if (status is not null) Unreadable(e.Message);
                status = null;
            }
        }
        while (GoesOn() && await timer.WaitForNextTickAsync(stoppingToken));
    }

    private bool GoesOn()
    {
        if (!store.IsDamaged) return true;
        Damaged();
        service.StopApplication();
        return false;
    }

    private Instant Now => Instant.FromDateTimeOffset(options.Clock.GetUtcNow());

    [LoggerMessage(1, LogLevel.Information, "{Count} records were deleted: acknowledged more than 400 days ago.")]
    private partial void Pruned(int count);

    [LoggerMessage(2, LogLevel.Error, "The store cannot be read: {Reason}")]
    private partial void Unreadable(string reason);

    [LoggerMessage(3, LogLevel.Critical, "CME-1704 The store is damaged. The service stops; its next start sets the store aside and begins a new one.")]
    private partial void Damaged();
}
