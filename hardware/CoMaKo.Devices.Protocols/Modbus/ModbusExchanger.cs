namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>What frames requests and answers of a bus. The bus's worker calls it, one request after another.</summary>
public interface IModbusExchanger
{
    /// <summary>One request and its answer, exception replies included; a broadcast on a serial line is answered as written.</summary>
    /// <param name="observer">Sees every frame that came in, good or bad.</param>
    /// <exception cref="TimeoutException">No answer.</exception>
    /// <exception cref="IOException">The link broke or the answer does not fit the request.</exception>
    ValueTask<ModbusResponse> ExchangeAsync(byte unit, ModbusRequest request, FrameObserver observer, CancellationToken stop);

    /// <summary>Closes the link; the next request opens it again.</summary>
    ValueTask CloseAsync();
}

/// <summary>The default part: the codec of this folder.</summary>
internal sealed class ModbusExchanger(IByteLink link, ModbusBusOptions options, TimeProvider time) : IModbusExchanger
{
    private readonly ModbusLine line = new(link, options, time);
    private ushort transaction;

    private bool IsMbap => line.Framing == ModbusFraming.Tcp;

    public ValueTask CloseAsync() => line.CloseAsync();

    public async ValueTask<ModbusResponse> ExchangeAsync(byte unit, ModbusRequest request, FrameObserver observer, CancellationToken stop)
    {
        bool isClean = false;
        try
        {
            await line.PrepareAsync(unit, stop);
            byte[] pdu = ModbusPdu.Encode(request);
            await line.WriteAsync(IsMbap ? MbapFrame.Write(++transaction, unit, pdu) : RtuFrame.Write(unit, pdu), stop);
            ModbusResponse response;
            if (unit == 0 && !IsMbap)
            {
                await line.TurnAroundAsync(stop);
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
            await line.EndAsync(isClean);
        }
    }

    private async ValueTask<ModbusResponse> ReceiveAsync(byte unit, ModbusRequest request, FrameObserver observer, CancellationToken stop)
    {
        while (true)
        {
            await line.ReceiveAsync(unit, request, observer, stop);
            if (Take(unit, request, observer) is { } response) return response;
        }
    }

    /// <summary>The answer, if it is there now.</summary>
    private ModbusResponse? Take(byte unit, ModbusRequest request, FrameObserver observer)
    {
        if (!IsMbap)
        {
            var (start, length) = RtuFrame.FindResponse(line.Received, unit, request);
            var found = line.Received.Slice(start, length);
            return length == 0 ? null : Accept(found, RtuFrame.Pdu(found), request, observer);
        }

        while (MbapFrame.Length(line.Received) is var length and not 0)
        {
            if (length < 0) throw line.Malformed(line.Received, observer, MbapFrame.NotSpoken);
            var frame = line.Received[..length];
            if (MbapFrame.Transaction(frame) == transaction)
            {
                if (MbapFrame.Unit(frame) != unit) throw line.Malformed(frame, observer, FormattableString.Invariant($"unit {MbapFrame.Unit(frame)} answered instead of {unit}"));
                return Accept(frame, MbapFrame.Pdu(frame), request, observer);
            }

            observer.See(ModbusFraming.Tcp, frame, FrameFault.WrongTransaction); // late answer to an earlier request
            line.Drop(length);
        }

        return null;
    }

    private ModbusResponse Accept(ReadOnlySpan<byte> frame, ReadOnlySpan<byte> pdu, ModbusRequest request, FrameObserver observer)
    {
        var decoded = ModbusPdu.DecodeResponse(request, pdu);
        if (!decoded.Success) throw line.Malformed(frame, observer, decoded.Error.Text);
        observer.See(line.Framing, frame, decoded.Value is RefusedResponse ? FrameFault.Refused : null);
        return decoded.Value!;
    }
}
