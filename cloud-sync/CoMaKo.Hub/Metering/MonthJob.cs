using NodaTime;

namespace CoMaKo.Hub.Metering;

/// <summary>Makes the coming month's place in large tables ahead of time. All replicas may do it; it happens once.</summary>
internal sealed class MonthJob(CalendarMonths months, TimeProvider clock, ILogger<MonthJob> log) : RecurringJob(TimeSpan.FromHours(6), clock, log)
{
    protected override string Failure => "CMH-2016. The next month's tables could not be made; whoever needs them first makes them";

    protected override bool BeginsAtOnce => true;

    protected override async Task RoundAsync(CancellationToken stop)
    {
        if (months.AreNeeded) await months.EnsureAheadAsync(Instant.FromDateTimeOffset(Clock.GetUtcNow()));
    }
}
