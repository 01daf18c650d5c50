namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>
/// The link of a bus as requests need it: opened when one comes, paused between two, drained before one, cleaned up after a fault. The same for every part that frames Modbus.
/// Not safe for several callers: the bus's worker is the only one.
/// </summary>
/// <param name="time">Real time for deadlines and pauses.</param>
public sealed class ModbusLine(IByteLink link, ModbusBusOptions options, TimeProvider time)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(20);

    private readonly byte[] buffer = new byte[2048];
    private readonly Dictionary<byte, long> silentUnits = [];
    private int filled;
    private long asked;
    private long lastEnd;
    private bool isDirty;

    public ModbusFraming Framing => options.Framing;

    /// <summary>What came in since the request.</summary>
    public ReadOnlySpan<byte> Received => buffer.AsSpan(0, filled);

    private bool IsMbap => options.Framing == ModbusFraming.Tcp;

    public ValueTask CloseAsync() => link.CloseAsync();

    /// <summary>Makes the line ready for a request to this unit.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public async ValueTask PrepareAsync(byte unit, CancellationToken stop)
    {
        if (silentUnits.Remove(unit, out long since)) await RestAsync(since, options.Timeout, stop);
        if (!link.IsOpen)
        {
            await link.OpenAsync(stop);
            isDirty = true;
            if (options.ConnectDelay > TimeSpan.Zero) await Task.Delay(options.ConnectDelay, time, stop);
        }

        if (IsMbap) await RestAsync(lastEnd, options.Pause, stop);
        else await DrainAsync(isDirty ? Silence : options.Pause, stop);
        isDirty = false;
        filled = 0;
    }

    /// <summary>Sends a request; the time for its answer begins.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken stop)
    {
        await link.WriteAsync(frame, stop);
        asked = time.GetTimestamp();
    }

    /// <summary>Waits for more bytes of the answer and adds them to <see cref="Received"/>.</summary>
    /// <exception cref="TimeoutException">None came in time.</exception>
    /// <exception cref="IOException">The link broke, or what came in time is no whole answer.</exception>
    public async ValueTask ReceiveAsync(byte unit, ModbusRequest request, FrameObserver observer, CancellationToken stop)
    {
        if (filled == buffer.Length) throw Malformed(buffer, observer, "it sends more than any answer holds");
        var left = options.Timeout - time.GetElapsedTime(asked);
        int? count = left > TimeSpan.Zero ? await ReadWithinAsync(left, filled, stop) : null;
        if (count is null) throw NoAnswer(unit, request, observer);
        if (count == 0)
            throw new IOException($"{link.Name} was closed by the device without an answer. Many inverters serve a single Modbus client: check whether another program or logger is connected.");
        observer.Statistics.CountBytes(count.Value);
        filled += count.Value;
    }

    /// <summary>Throws away the first bytes of <see cref="Received"/>.</summary>
    public void Drop(int count)
    {
        buffer.AsSpan(count, filled - count).CopyTo(buffer);
        filled -= count;
    }

    /// <summary>Waits until every device has done what a broadcast asked; nobody answers it.</summary>
    public Task TurnAroundAsync(CancellationToken stop) => Task.Delay(options.Turnaround, time, stop);

    /// <summary>After a fault the next request starts clean: a connection is closed, a serial line drained.</summary>
    public async ValueTask EndAsync(bool isClean)
    {
        lastEnd = time.GetTimestamp();
        if (isClean) return;
        isDirty = true;
        if (options.Framing != ModbusFraming.Rtu) await link.CloseAsync();
    }

    /// <summary>Shows a frame that does not fit.</summary>
    /// <returns>The exception that says so.</returns>
    public IOException Malformed(ReadOnlySpan<byte> frame, FrameObserver observer, string reason, FrameFault fault = FrameFault.Malformed)
    {
        observer.See(options.Framing, frame, fault);
        return new($"The answer on {link.Name} does not fit the request: {reason}.");
    }

    private Exception NoAnswer(byte unit, ModbusRequest request, FrameObserver observer)
    {
        if (!IsMbap) silentUnits[unit] = time.GetTimestamp();
        if (filled == 0)
        {
            observer.See(options.Framing, Received, FrameFault.Timeout);
            string check = options.Framing == ModbusFraming.Rtu ? "check wiring, baud rate, parity and unit id" : "check the unit id, and whether another Modbus client holds the device's only connection";
            return new TimeoutException(FormattableString.Invariant($"Unit {unit} on {link.Name} did not answer within {options.Timeout.TotalSeconds:0.###} s: {check}."));
        }

        bool isWhole = !IsMbap && filled >= Math.Min(5, ModbusPdu.ResponseLength(request) + 3);
        observer.See(options.Framing, Received, isWhole ? FrameFault.Crc : FrameFault.Truncated);
        return new IOException(FormattableString.Invariant($"Unit {unit} on {link.Name} gave no intact answer within {options.Timeout.TotalSeconds:0.###} s, only {filled} bytes: ")
            + (IsMbap ? "the device or a gateway cut it." : "check termination, parity and for two devices with the same unit id."));
    }

    private async ValueTask RestAsync(long since, TimeSpan pause, CancellationToken stop)
    {
        var left = pause - time.GetElapsedTime(since);
        if (left > TimeSpan.Zero) await Task.Delay(left, time, stop);
    }

    /// <summary>Throws away what comes in until the line is silent: frames without ids must not find bytes of earlier ones.</summary>
    private async ValueTask DrainAsync(TimeSpan silence, CancellationToken stop)
    {
        long start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < options.Timeout)
        {
            if (await ReadWithinAsync(silence, 0, stop) is not { } count) return;
            if (count == 0) throw new IOException($"{link.Name} was closed from the other side.");
        }
    }

    /// <summary>Bytes read into the buffer from <paramref name="offset"/>; 0 if the other side closed, null if nothing came in time.</summary>
    private async ValueTask<int?> ReadWithinAsync(TimeSpan limit, int offset, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            return await link.ReadAsync(buffer.AsMemory(offset), either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return null;
        }
    }
}
