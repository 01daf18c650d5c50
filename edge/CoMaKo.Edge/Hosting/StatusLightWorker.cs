using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Views;

namespace CoMaKo.Edge.Hosting;

/// <summary>Shows at the lamp what the sentence on top of the pages says, every two seconds. The lamp is dark once the service has stopped.</summary>
internal sealed partial class StatusLightWorker(IStatusLight light, IOverallState overall, TimeProvider real, ILogger<StatusLightWorker> log) : SideWork(log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private bool isLost;

    /// <summary>Waiting is normal, and a locked page is nothing that somebody would have to come for.</summary>
    public static StatusColour Colour(State state) => state switch
    {
        State.Fault => StatusColour.Red,
        State.Attention => StatusColour.Amber,
        _ => StatusColour.Green,
    };

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        light.Dispose();
    }

    protected override async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, real);
        while (await timer.WaitForNextTickAsync(stop)) Show(Colour(await overall.NowAsync(stop)));
    }

    private void Show(StatusColour colour)
    {
        try
        {
            light.Show(colour);
            isLost = false;
        }
        catch (LinkException e)
        {
            if (!isLost) Lost(e.Code, e.Message);
            isLost = true;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Code} {Reason}")]
    private partial void Lost(string code, string reason);
}
