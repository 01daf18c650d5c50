using System.Threading.Channels;
using CoMaKo.Devices;

namespace CoMaKo.Edge.Acquisition;

/// <summary>What loops tell the consumer. Exactly one of the contents is present; none means that a second has passed.</summary>
internal readonly record struct Signal(int Device, Reading? Reading = null, string? Fault = null, bool ClockConfirmed = false)
{
    /// <summary>A second has passed.</summary>
    public bool IsTick => Reading is null && Fault is null && !ClockConfirmed;
}

/// <summary>Reads one device for ever. A broken link is waited out with a growing delay, up to a minute.</summary>
internal sealed class DeviceLoop(int index, IDevice device, ChannelWriter<Signal> signals, TimeProvider time)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(60);

    public LoopProgress Progress { get; } = new($"device {device.Id}");

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var delay = FirstDelay;
        while (true)
        {
            string fault = "The device's readings ended.";
            try
            {
                await foreach (var reading in device.ReadAsync(cancellationToken))
                {
                    delay = FirstDelay;
                    Progress.Turn();
                    await signals.WriteAsync(new Signal(index, reading), cancellationToken);
                }
            }
            catch (Exception broken) when (broken is IOException or TimeoutException or UnauthorizedAccessException)
            {
                fault = broken.Message;
            }

            Progress.Turn();
            await signals.WriteAsync(new Signal(index, Fault: fault), cancellationToken);
            await Task.Delay(delay, time, cancellationToken);
            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }
}
