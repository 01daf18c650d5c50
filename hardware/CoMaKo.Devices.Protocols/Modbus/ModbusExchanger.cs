namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>One request and its answer over a link, one after another. Not safe for several callers: the bus's worker is the only one.</summary>
internal sealed class ModbusExchanger(IByteLink link, ModbusBusOptions options, TimeProvider time)
{
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(20);

    private readonly byte[] buffer = new byte[2048];
    private readonly Dictionary<byte, long> silentUnits = [];
    private int filled;
    private ushort transaction;
    private long lastEnd;
    private bool isDirty;

    private bool IsSerial => options.Framing == ModbusFraming.Rtu;

    private bool IsMbap => options.Framing == ModbusFraming.Tcp;

    public ValueTask CloseAsync() => link.CloseAsync();

    public async ValueTask<ModbusResponse> ExchangeAsync(byte unit, ModbusRequest request, FrameObserver observer, CancellationToken stop)
    {
        bool isClean = false;
        try
        {
            await PrepareAsync(unit, stop);
            byte[] pdu = ModbusPdu.Encode(request);
            await link.WriteAsync(IsMbap ? MbapFrame.Write(++transaction, unit, pdu) : RtuFrame.Write(unit, pdu), stop);
            ModbusResponse response;
            if (unit == 0 && !IsMbap)
            {
                if (request is not (WriteCoilRequest or WriteRegisterRequest or WriteCoilsRequest or WriteRegistersRequest))
                    throw new IOException("Unit 0 is the broadcast on a serial line: nobody answers it, so it cannot be read.");
                await Task.Delay(options.Turnaround, time, stop);
                response = new WrittenResponse();
            }
            else
            {
                response = await ReceiveAsync(unit, request, observer, stop);
            }

            isClean = true;
            return response;
        }
        finally
        {
            lastEnd = time.GetTimestamp();
            if (!isClean) await CleanUpAsync();
        }
    }

    private async ValueTask PrepareAsync(byte unit, CancellationToken stop)
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

    private async ValueTask<ModbusResponse> ReceiveAsync(byte unit, ModbusRequest request, FrameObserver observer, CancellationToken stop)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            var left = options.Timeout - time.GetElapsedTime(start);
            int? count = left > TimeSpan.Zero ? await ReadWithinAsync(left, filled, stop) : null;
            if (count is null) throw NoAnswer(unit, request, observer);
            if (count == 0)
                throw new IOException($"{link.Name} was closed by the device without an answer. Many inverters serve a single Modbus client: check whether another program or logger is connected.");
            observer.Statistics.CountBytes(count.Value);
            filled += count.Value;
            if (Take(unit, request, observer) is { } response) return response;
            if (filled == buffer.Length) throw Malformed(buffer, observer, "it sends more than any answer holds");
        }
    }

    /// <summary>The answer, if the buffer holds it now.</summary>
    private ModbusResponse? Take(byte unit, ModbusRequest request, FrameObserver observer)
    {
        if (!IsMbap)
        {
            var (start, length) = RtuFrame.FindResponse(buffer.AsSpan(0, filled), unit, request);
            return length == 0 ? null : Accept(buffer.AsSpan(start, length), RtuFrame.Pdu(buffer.AsSpan(start, length)), request, observer);
        }

        while (MbapFrame.Length(buffer.AsSpan(0, filled)) is var length and not 0)
        {
            if (length < 0) throw Malformed(buffer.AsSpan(0, filled), observer, "it does not speak Modbus TCP; check the framing (RTU over TCP?)");
            var frame = buffer.AsSpan(0, length);
            if (MbapFrame.Transaction(frame) == transaction)
            {
                if (MbapFrame.Unit(frame) != unit) throw Malformed(frame, observer, FormattableString.Invariant($"unit {MbapFrame.Unit(frame)} answered instead of {unit}"));
                return Accept(frame, MbapFrame.Pdu(frame), request, observer);
            }

            observer.See(options.Framing, frame, FrameFault.WrongTransaction); // late answer to an earlier request
            buffer.AsSpan(length, filled - length).CopyTo(buffer);
            filled -= length;
        }

        return null;
    }

    private ModbusResponse Accept(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> pdu, ModbusRequest request, FrameObserver observer)
    {
        var decoded = ModbusPdu.DecodeResponse(request, pdu);
        if (!decoded.Success) throw Malformed(frame, observer, decoded.Error.Text);
        observer.See(options.Framing, frame, decoded.Value is RefusedResponse ? FrameFault.Refused : null);
        return decoded.Value!;
    }

    private Exception NoAnswer(byte unit, ModbusRequest request, FrameObserver observer)
    {
        if (!IsMbap) silentUnits[unit] = time.GetTimestamp();
        var partial = buffer.AsSpan(0, filled);
        if (filled == 0)
        {
            observer.See(options.Framing, partial, FrameFault.Timeout);
            string check = IsSerial ? "check wiring, baud rate, parity and unit id" : "check the unit id, and whether another Modbus client holds the device's only connection";
            return new TimeoutException(FormattableString.Invariant($"Unit {unit} on {link.Name} did not answer within {options.Timeout.TotalSeconds:0.###} s: {check}."));
        }

        bool isWhole = !IsMbap && filled >= Math.Min(5, ModbusPdu.ResponseLength(request) + 3);
        observer.See(options.Framing, partial, isWhole ? FrameFault.Crc : FrameFault.Truncated);
        return new IOException(FormattableString.Invariant($"Unit {unit} on {link.Name} gave no intact answer within {options.Timeout.TotalSeconds:0.###} s, only {filled} bytes: ")
            + (IsMbap ? "the device or a gateway cut it." : "check termination, parity and for two devices with the same unit id."));
    }

    private IOException Malformed(ReadOnlySpan<byte> bytes, FrameObserver observer, string reason)
    {
        observer.See(options.Framing, bytes, FrameFault.Malformed);
        return new($"The answer on {link.Name} does not fit the request: {reason}.");
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

    private async ValueTask CleanUpAsync()
    {
        isDirty = true;
        if (!IsSerial) await link.CloseAsync();
    }
}
