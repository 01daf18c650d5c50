using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>Runs the control cycle for as long as the service runs, and lets it run at once when the grid meter has spoken: every wait until then is dead time.</summary>
internal sealed partial class ControlWorker(ControlLoop loop, AcquisitionService acquisition, ILogger<ControlWorker> log) : BackgroundService
{
    private Duration lastSample;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        acquisition.SnapshotChanged += WakeOnSample;
        try
        {
            await loop.Dispatcher.RunAsync(stoppingToken);
        }
        finally
        {
            acquisition.SnapshotChanged -= WakeOnSample;
            loop.Remember();
            Stopped(loop.Dispatcher.CompletedCycles);
        }
    }

    private void WakeOnSample(BuildingSnapshot now)
    {
        foreach (var device in now.Devices)
        {
            if (device.Role != DeviceRole.Grid || device.Last is not { } last || last.Monotonic == lastSample) continue;
            lastSample = last.Monotonic;
            loop.Dispatcher.Wake();
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Control has stopped after {Cycles} cycles; the batteries are in their own mode.")]
    private partial void Stopped(long cycles);
}
