using System.Device.Gpio;
using System.Runtime.CompilerServices;
using NodaTime;

namespace CoMaKo.Devices.SystemGpio;

/// <summary>A claimed input. The package neither debounces nor stamps edges: both are done here, so an edge's time is when the package told of it.</summary>
internal sealed class SystemGpioInput : IGpioInput
{
    /// <summary>Edges that wait for the reader; more push out the oldest, which shows in the sequence.</summary>
    private const int Most = 512;

    /// <summary>Nobody tells of a chip that is gone: the line is asked now and then.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private readonly PinAccess pin;
    private readonly TimeSpan debounce;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly Queue<GpioEdge> waiting = new();
    private readonly SemaphoreSlim arrived = new(0);
    private readonly ITimer settling;
    private bool level;
    private bool isClosed;
    private uint sequence;

    public SystemGpioInput(PinAccess pin, TimeSpan debounce, TimeProvider time)
    {
        (this.pin, this.debounce, this.time) = (pin, debounce, time);
        settling = time.CreateTimer(_ => Settle(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        level = pin.Read();
        pin.Listen(Changed);
    }

    public bool Read() => pin.Read();

    public async IAsyncEnumerable<GpioEdge> EdgesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!await arrived.WaitAsync(Look, cancellationToken)) pin.Read(); // tells if the chip is gone
            GpioEdge edge;
            lock (gate)
            {
                if (!waiting.TryDequeue(out edge))
                {
                    if (isClosed) throw pin.Closed();
                    continue;
                }
            }

            yield return edge;
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            if (isClosed) return;
            isClosed = true;
        }

        settling.Dispose();
        pin.Close(Changed);
        arrived.Release();
    }

    /// <summary>On the driver's thread.</summary>
    private void Changed(object sender, PinValueChangedEventArgs change)
    {
        lock (gate)
        {
            if (isClosed) return;
            if (debounce == TimeSpan.Zero) Report(change.ChangeType == PinEventTypes.Rising);
            else settling.Change(debounce, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The line has not changed for the whole time.</summary>
    private void Settle()
    {
        try
        {
            bool now = pin.Read();
            lock (gate)
                if (!isClosed && now != level) Report(now);
        }
        catch (LinkException)
        {
            return; // the reader hears it at its next look
        }
    }

    private void Report(bool rising)
    {
        level = rising;
        if (waiting.Count == Most) waiting.Dequeue();
        waiting.Enqueue(new(rising, Duration.FromTimeSpan(time.GetElapsedTime(0)), ++sequence));
        arrived.Release();
    }
}

/// <summary>A claimed output.</summary>
internal sealed class SystemGpioOutput(PinAccess pin, bool level) : IGpioOutput
{
    public bool Level { get; private set; } = level;

    public void Set(bool level)
    {
        pin.Write(level);
        Level = level;
    }

    public void Dispose() => pin.Close();
}
