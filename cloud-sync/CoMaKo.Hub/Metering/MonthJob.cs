using NodaTime;

namespace CoMaKo.Hub.Metering;

/// <summary>Makes the coming month's place in large tables ahead of time. All replicas may do it; it happens once.</summary>
internal sealed class MonthJob(CalendarMonths months, TimeProvider clock, ILogger<MonthJob> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(6);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!months.AreNeeded) return;
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await months.EnsureAheadAsync(Instant.FromDateTimeOffset(clock.GetUtcNow()));
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                log.LogError(failure, "CMH-2016. The next month's tables could not be made; whoever needs them first makes them");
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
