namespace CoMaKo.Edge.Hosting;

/// <summary>Records quarter hours and makes plans for as long as the service runs, beside the control cycle.</summary>
internal sealed class PlanWorker(PlanKeeper plans) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (bool _ in plans.Due.ReadAllAsync(stoppingToken)) plans.Work();
    }
}
