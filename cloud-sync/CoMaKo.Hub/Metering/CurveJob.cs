namespace CoMaKo.Hub.Metering;

/// <summary>Derives marked days in the background, so that versions exist before someone asks.</summary>
internal sealed class CurveJob(LoadCurves curves, PointCurves points, TimeProvider clock, ILogger<CurveJob> log) : RecurringJob(TimeSpan.FromMinutes(1), clock, log)
{
    protected override string Failure => "CMH-2010. Load curves could not be derived; they are tried again in a minute and by whoever reads them";

    protected override async Task RoundAsync(CancellationToken stop)
    {
        await curves.DeriveMarkedDaysAsync(stop);
        await points.DeriveMarkedDaysAsync(stop);
    }
}
