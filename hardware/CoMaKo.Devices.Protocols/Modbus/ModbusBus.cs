namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>How a bus is driven.</summary>
/// <param name="Framing">Form of the frames.</param>
public sealed record ModbusBusOptions(ModbusFraming Framing)
{
    /// <summary>Longest wait for an answer. Slow sticks and loggers need up to 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Shortest pause between an answer and the next request; on a serial line at least 3.5 characters (4 ms at 9600 baud).</summary>
    public TimeSpan Pause { get; init; } = Framing == ModbusFraming.Tcp ? TimeSpan.Zero : TimeSpan.FromMilliseconds(5);

    /// <summary>Pause after a broadcast on a serial line, which nobody answers.</summary>
    public TimeSpan Turnaround { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Pause after the link was opened; some inverters drop requests that come at once.</summary>
    public TimeSpan ConnectDelay { get; init; } = TimeSpan.Zero;
}

/// <summary>
/// One Modbus line or connection shared by all devices on it. A single worker runs the requests: writes before reads, then in order of arrival.
/// The link is opened when a request needs it; after a fault the next request starts clean, so that a late answer never pairs with a new request:
/// a TCP connection is closed, a serial line is drained and the silent unit is left alone for one more timeout.
/// </summary>
public sealed class ModbusBus : IAsyncDisposable
{
    private readonly IModbusExchanger exchanger;
    private readonly bool hasBroadcast;
    private readonly Lock gate = new();
    private readonly Queue<Pending> writes = new();
    private readonly Queue<Pending> reads = new();
    private readonly SemaphoreSlim waiting = new(0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task worker;

    /// <summary>A bus over the product's own codec.</summary>
    /// <param name="time">Real time for deadlines and pauses; a model clock that runs faster than the device would cut its answers off.</param>
    public ModbusBus(IByteLink link, ModbusBusOptions options, TimeProvider time) : this(new ModbusExchanger(link, options, time), options.Framing)
    {
    }

    /// <summary>A bus over another part.</summary>
    public ModbusBus(IModbusExchanger exchanger, ModbusFraming framing)
    {
        (this.exchanger, hasBroadcast) = (exchanger, framing != ModbusFraming.Tcp);
        worker = Task.Run(WorkAsync);
    }

    /// <summary>The client of one device, whose frames are counted and shown as its own.</summary>
    public ModbusClient For(DeviceId device, LinkStatistics statistics, IFrameTap? tap = null)
    {
        var observer = new FrameObserver(device, statistics, tap);
        return new((unit, request, cancellationToken) => EnqueueAsync(new(unit, request, observer), cancellationToken));
    }

    /// <summary>Stops the worker, fails what still waits and closes the link.</summary>
    public async ValueTask DisposeAsync()
    {
        if (stopping.IsCancellationRequested) return;
        await stopping.CancelAsync();
        await worker;
        await exchanger.CloseAsync();
        lock (gate)
        {
            foreach (var pending in (Pending[])[.. writes, .. reads]) pending.Answer.TrySetException(Closed());
        }

        stopping.Dispose();
        waiting.Dispose();
    }

    private async ValueTask<ModbusResponse> EnqueueAsync(Pending pending, CancellationToken cancellationToken)
    {
        _ = ModbusPdu.Encode(pending.Request); // a count that does not fit is the caller's error and is thrown to it
        if (pending.Unit == 0 && hasBroadcast && pending.Request is not (WriteCoilRequest or WriteRegisterRequest or WriteCoilsRequest or WriteRegistersRequest))
            throw new IOException("Unit 0 is the broadcast on a serial line: nobody answers it, so it cannot be read.");
        lock (gate)
        {
            if (stopping.IsCancellationRequested) throw Closed();
            (pending.Request.Writes ? writes : reads).Enqueue(pending);
            waiting.Release();
        }

        // The caller may go; a request that is on the wire is finished by the worker, so that its answer cannot stay behind.
        await using var registration = cancellationToken.UnsafeRegister(static (state, token) => ((Pending)state!).Answer.TrySetCanceled(token), pending);
        return await pending.Answer.Task;
    }

    private async Task WorkAsync()
    {
        try
        {
            while (true)
            {
                await waiting.WaitAsync(stopping.Token);
                Pending next;
                lock (gate) next = writes.Count > 0 ? writes.Dequeue() : reads.Dequeue();
                if (next.Answer.Task.IsCompleted) continue;
                try
                {
                    next.Answer.TrySetResult(await exchanger.ExchangeAsync(next.Unit, next.Request, next.Observer, stopping.Token));
                }
                catch (Exception e)
                {
                    next.Answer.TrySetException(stopping.IsCancellationRequested ? Closed() : e is OperationCanceledException ? new IOException("The link gave up.", e) : e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            return; // disposed
        }
    }

    private static IOException Closed() => new("The Modbus bus is closed.");

    private sealed record Pending(byte Unit, ModbusRequest Request, FrameObserver Observer)
    {
        public TaskCompletionSource<ModbusResponse> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>Counts and shows the frames of one device.</summary>
public sealed record FrameObserver(DeviceId Device, LinkStatistics Statistics, IFrameTap? Tap)
{
    /// <param name="bytes">The answer's ADU, or what there is of it.</param>
    /// <param name="fault">Absent for a good frame.</param>
    public void See(ModbusFraming framing, ReadOnlySpan<byte> bytes, FrameFault? fault)
    {
        if (fault is { } f) Statistics.CountFault(f);
        else Statistics.CountGood();
        Tap?.Frame(Device, framing == ModbusFraming.Tcp ? WireProtocol.ModbusTcp : WireProtocol.ModbusRtu, bytes, fault);
    }
}
