namespace CoMaKo.Edge.Hosting;

/// <summary>Records quarter hours and makes plans for as long as the service runs, beside the control cycle.</summary>
internal sealed class PlanWorker(PlanKeeper plans, ILogger<PlanWorker> log) : SideWork(log)
{
    protected override async Task RunAsync(CancellationToken stop)
    {
        await foreach (bool _ in plans.Due.ReadAllAsync(stop)) plans.Work();
    }
}
