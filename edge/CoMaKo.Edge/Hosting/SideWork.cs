namespace CoMaKo.Edge.Hosting;

/// <summary>
/// Work beside metering and control: the line to the hub, plans, looking back, publishing, the enclosure. Where it fails in a way that nobody foresaw, the log
/// says so and it begins again a minute later: a fault that comes back each time must not stop the reading of meters with it. Metering and control themselves
/// are different: if they fail, the process ends, batteries return to their own mode, and systemd starts it again.
/// </summary>
internal abstract partial class SideWork(ILogger log, TimeProvider? real = null) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>Does the work until the service stops; after a failure it is called again.</summary>
    protected abstract Task RunAsync(CancellationToken stop);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
                return;
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                Failed(failure, GetType().Name);
            }

            await Task.Delay(Pause, real ?? TimeProvider.System, stoppingToken).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    [LoggerMessage(100, LogLevel.Error, "CME-1610 {Work} failed and begins again in a minute; metering and control go on. Report this: it is a fault of the software.")]
    private partial void Failed(Exception failure, string work);
}
