using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using CoMaKo.Sync;

namespace CoMaKo.Edge.Hosting;

/// <summary>Runs acquisition for as long as the service runs. If it ends by itself, that is a bug: the process stops and systemd starts it again.</summary>
internal sealed partial class AcquisitionWorker(AcquisitionService acquisition, ILogger<AcquisitionWorker> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        acquisition.EventRecorded += Log;
        await acquisition.RunAsync(stoppingToken);
    }

    private void Log(GatewayEvent e) => Recorded(e.Code, e.Source, e.Text);

    [LoggerMessage(1, LogLevel.Warning, "{Code} {Source}: {Text}")]
    private partial void Recorded(string code, string source, string text);
}

/// <summary>Runs the line to the hub.</summary>
internal sealed class UplinkWorker(Uplink uplink, ILogger<UplinkWorker> log) : SideWork(log)
{
    protected override Task RunAsync(CancellationToken stop) => uplink.RunAsync(stop);
}
