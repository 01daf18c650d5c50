namespace CoMaKo.Hub.Metering;

/// <summary>Derives marked days in the background, so that versions exist before someone asks.</summary>
internal sealed class CurveJob(LoadCurves curves, PointCurves points, TimeProvider clock, ILogger<CurveJob> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await curves.DeriveMarkedDaysAsync(stoppingToken);
                await points.DeriveMarkedDaysAsync(stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                log.LogError(failure, "CMH-2010. Load curves could not be derived; they are tried again in a minute and by whoever reads them");
            }
        }
    }
}
