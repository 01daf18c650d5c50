namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>What a Modbus server serves. Each call returns 0, or the exception code to answer with (2 for an address that is not there).</summary>
/// <remarks>Ranges are within 0–65535 and counts within the standard's limits; calls come from one connection at a time but from several connections.</remarks>
public interface IModbusServerStore
{
    /// <summary>Whether this unit is here. Others are silent on a serial line and refused with exception 11 over TCP.</summary>
    bool Serves(byte unit);

    byte ReadBits(byte unit, BitTable table, ushort start, Span<bool> values);

    byte ReadRegisters(byte unit, RegisterTable table, ushort start, Span<ushort> values);

    byte WriteCoils(byte unit, ushort start, ReadOnlySpan<bool> values);

    byte WriteRegisters(byte unit, ushort start, ReadOnlySpan<ushort> values);
}

/// <summary>Switches for simulated faults; each may be changed at any time.</summary>
public sealed class ModbusServerFaults
{
    /// <summary>Wait before each answer.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Takes requests and does not answer.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Answers with a wrong CRC; over TCP with a wrong transaction id.</summary>
    public bool CorruptsFrames { get; set; }

    /// <summary>Sends only the first half of each answer.</summary>
    public bool CutsFrames { get; set; }

    /// <summary>Answers every request with this exception code.</summary>
    public byte? Refuses { get; set; }
}

/// <summary>The server side: requests in, answers out, over any link. One instance serves any number of links at the same time.</summary>
public sealed class ModbusServer(IModbusServerStore store, ModbusFraming framing, TimeProvider time)
{
    /// <summary>A serial request that stops for this long is over (3.5 characters and what operating systems add).</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(50);

    public ModbusServerFaults Faults { get; } = new();

    /// <summary>A client that talks to a store directly, without a link.</summary>
    public static ModbusClient Connect(IModbusServerStore store)
    {
        var server = new ModbusServer(store, ModbusFraming.Tcp, TimeProvider.System);
        return new((unit, request, _) =>
        {
            var answer = ModbusPdu.DecodeResponse(request, server.Answer(unit, ModbusPdu.Encode(request)));
            return answer.Success ? ValueTask.FromResult(answer.Value!) : throw new IOException(answer.Error.Text);
        });
    }

    /// <summary>The answer to one request, both without framing.</summary>
    public byte[] Answer(byte unit, ReadOnlySpan<byte> requestPdu)
    {
        if (requestPdu.Length == 0) return [0x80, 1];
        byte function = requestPdu[0];
        var decoded = ModbusPdu.DecodeRequest(requestPdu);
        if (!decoded.Success) return Refuse(function, decoded.Error.Code switch { "CME-1321" => 1, "CME-1323" => 2, _ => 3 });
        if (Faults.Refuses is { } code) return Refuse(function, code);
        if (!store.Serves(unit)) return Refuse(function, 11);
        return ModbusPdu.EncodeResponse(decoded.Value!, Execute(unit, decoded.Value!));
    }

    /// <summary>Serves an open link until the other side closes it, it breaks or the token is cancelled. The caller closes it.</summary>
    public async Task ServeAsync(IByteLink link, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(link);
        var buffer = new byte[1024];
        int filled = 0;
        try
        {
            while (true)
            {
                int? count = await ReadAsync(link, buffer.AsMemory(filled), mayEnd: filled > 0 && framing != ModbusFraming.Tcp, cancellationToken);
                if (count == 0) return;
                filled += count ?? 0;
                while (NextRequest(buffer.AsSpan(0, filled), isSilent: count is null) is var length and not 0)
                {
                    if (length < 0 && framing == ModbusFraming.Tcp) return; // the border between frames is lost: the client must connect again
                    if (length > 0) await AnswerAsync(link, buffer.AsMemory(0, length), cancellationToken);
                    int used = length > 0 ? length : filled;
                    buffer.AsSpan(used, filled - used).CopyTo(buffer);
                    filled -= used;
                }

                if (filled == buffer.Length) filled = 0;
            }
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            return; // the client left, or the host stops
        }
    }

    /// <summary>Length of the first whole request; 0 to wait for more; -1 to throw away what is there.</summary>
    private int NextRequest(ReadOnlySpan<byte> bytes, bool isSilent)
    {
        if (bytes.Length == 0) return 0;
        if (framing == ModbusFraming.Tcp) return MbapFrame.Length(bytes);
        int length = RtuFrame.RequestLength(bytes);
        if (length > 0 && RtuFrame.IsIntact(bytes[..length])) return length;
        if (!isSilent) return 0;
        return RtuFrame.IsIntact(bytes) && bytes.Length <= RtuFrame.MaxLength ? bytes.Length : -1; // a function without known length ends with silence
    }

    private async ValueTask AnswerAsync(IByteLink link, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        bool isMbap = framing == ModbusFraming.Tcp;
        byte unit = isMbap ? MbapFrame.Unit(frame.Span) : frame.Span[0];
        byte[] pdu = Answer(unit, isMbap ? MbapFrame.Pdu(frame.Span) : RtuFrame.Pdu(frame.Span));
        if (Faults.IsSilent || (!isMbap && (unit == 0 || !store.Serves(unit)))) return;
        byte[] answer = isMbap ? MbapFrame.Write(MbapFrame.Transaction(frame.Span), unit, pdu) : RtuFrame.Write(unit, pdu);
        if (Faults.Delay > TimeSpan.Zero) await Task.Delay(Faults.Delay, time, cancellationToken);
        if (Faults.CorruptsFrames) answer[isMbap ? 0 : ^1] ^= 0x55;
        await link.WriteAsync(Faults.CutsFrames ? answer.AsMemory(0, answer.Length / 2) : answer, cancellationToken);
    }

    private ModbusResponse Execute(byte unit, ModbusRequest request)
    {
        switch (request)
        {
            case ReadBitsRequest r:
                var bits = new bool[r.Count];
                return Outcome(store.ReadBits(unit, r.Table, r.Start, bits), new BitsResponse(bits));
            case ReadRegistersRequest r:
                return Read(unit, r.Table, r.Start, r.Count);
            case WriteCoilRequest r:
                return Outcome(store.WriteCoils(unit, r.Address, [r.Value]), new WrittenResponse());
            case WriteCoilsRequest r:
                return Outcome(store.WriteCoils(unit, r.Start, r.Values.Span), new WrittenResponse());
            case WriteRegisterRequest r:
                return Outcome(store.WriteRegisters(unit, r.Address, [r.Value]), new WrittenResponse());
            case WriteRegistersRequest r:
                return Outcome(store.WriteRegisters(unit, r.Start, r.Values.Span), new WrittenResponse());
            case ReadWriteRegistersRequest r:
                byte code = store.WriteRegisters(unit, r.WriteStart, r.Values.Span);
                return code == 0 ? Read(unit, RegisterTable.Holding, r.ReadStart, r.ReadCount) : new RefusedResponse(code);
            default:
                return new RefusedResponse(1);
        }
    }

    private ModbusResponse Read(byte unit, RegisterTable table, ushort start, int count)
    {
        var registers = new ushort[count];
        return Outcome(store.ReadRegisters(unit, table, start, registers), new RegistersResponse(registers));
    }

    private static ModbusResponse Outcome(byte code, ModbusResponse done) => code == 0 ? done : new RefusedResponse(code);

    private static byte[] Refuse(byte function, byte code) => [(byte)(function | 0x80), code];

    /// <summary>Bytes read; 0 if the other side closed; null if the line fell silent within a request.</summary>
    private async ValueTask<int?> ReadAsync(IByteLink link, Memory<byte> into, bool mayEnd, CancellationToken cancellationToken)
    {
        if (!mayEnd) return await link.ReadAsync(into, cancellationToken);
        using var silence = new CancellationTokenSource(Silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);
        try
        {
            return await link.ReadAsync(into, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }
}
