using CoMaKo.Devices.Protocols.Modbus;
using NModbus;
using NModbus.Data;
using NModbus.Message;

namespace CoMaKo.Devices.NModbus;

/// <summary>Requests and answers by the package. Ours stay the deadline, the order, what follows a fault, and the frames that are counted and shown.</summary>
internal sealed class NModbusExchanger : IModbusExchanger
{
    /// <summary>Late answers to so many earlier requests are read over.</summary>
    private const uint OldAnswers = 100;

    private readonly ModbusLine line;
    private readonly NModbusStream stream;
    private readonly IModbusMaster master;

    public NModbusExchanger(ModbusLine line)
    {
        (this.line, stream) = (line, new(line));
        var factory = new ModbusFactory([new ReadWriteFunction()]);
        master = line.Framing == ModbusFraming.Tcp ? factory.CreateIpMaster(stream) : factory.CreateRtuMaster(stream);
        // Whoever asks decides whether to ask again: a write that was repeated here would be one that nobody asked for.
        master.Transport.Retries = 0;
        master.Transport.SlaveBusyUsesRetryCount = true;
        master.Transport.WaitToRetryMilliseconds = 0;
        master.Transport.RetryOnOldResponseThreshold = OldAnswers;
    }

    public ValueTask CloseAsync() => line.CloseAsync();

    public async ValueTask<ModbusResponse> ExchangeAsync(byte unit, ModbusRequest request, FrameObserver observer, CancellationToken stop)
    {
        bool isClean = false;
        try
        {
            await line.PrepareAsync(unit, stop);
            stream.Begin(new(unit, request, observer, stop));
            var response = await Task.Run(() => Ask(unit, request, observer), CancellationToken.None); // the package blocks its caller
            if (unit == 0 && line.Framing != ModbusFraming.Tcp) await line.TurnAroundAsync(stop);
            isClean = true;
            return response;
        }
        finally
        {
            await line.EndAsync(isClean);
        }
    }

    private ModbusResponse Ask(byte unit, ModbusRequest request, FrameObserver observer)
    {
        try
        {
            if (unit == 0 && line.Framing != ModbusFraming.Tcp)
            {
                master.Transport.BroadcastWrite(Broadcast(request));
                return new WrittenResponse();
            }

            var response = Send(unit, request);
            Show(observer, null);
            return response;
        }
        catch (SlaveException refused)
        {
            Show(observer, FrameFault.Refused);
            return new RefusedResponse(refused.SlaveExceptionCode);
        }
        catch (Exception e) when (ReferenceEquals(e, stream.Fault))
        {
            if (!stream.IsAcknowledged) throw;
            Show(observer, FrameFault.Refused);
            return new RefusedResponse(5);
        }
        catch (Exception e)
        {
            // What does not fit makes the package throw exceptions of many kinds.
            bool isDamaged = line.Framing != ModbusFraming.Tcp && !RtuFrame.IsIntact(line.Received);
            throw line.Malformed(line.Received, observer, e.Message.TrimEnd('.'), isDamaged ? FrameFault.Crc : FrameFault.Malformed);
        }
    }

    private ModbusResponse Send(byte unit, ModbusRequest request)
    {
        switch (request)
        {
            case ReadBitsRequest { Table: BitTable.Coils } r: return new BitsResponse(master.ReadCoils(unit, r.Start, (ushort)r.Count));
            case ReadBitsRequest r: return new BitsResponse(master.ReadInputs(unit, r.Start, (ushort)r.Count));
            case ReadRegistersRequest { Table: RegisterTable.Holding } r: return new RegistersResponse(master.ReadHoldingRegisters(unit, r.Start, (ushort)r.Count));
            case ReadRegistersRequest r: return new RegistersResponse(master.ReadInputRegisters(unit, r.Start, (ushort)r.Count));
            case ReadWriteRegistersRequest r: return new RegistersResponse(master.ReadWriteMultipleRegisters(unit, r.ReadStart, (ushort)r.ReadCount, r.WriteStart, r.Values.ToArray()));
            case WriteCoilRequest r: master.WriteSingleCoil(unit, r.Address, r.Value); break;
            case WriteRegisterRequest r: master.WriteSingleRegister(unit, r.Address, r.Value); break;
            case WriteCoilsRequest r: master.WriteMultipleCoils(unit, r.Start, r.Values.ToArray()); break;
            case WriteRegistersRequest r: master.WriteMultipleRegisters(unit, r.Start, r.Values.ToArray()); break;
            default: throw new ArgumentException("Not a Modbus request.", nameof(request));
        }

        return new WrittenResponse();
    }

    private static IModbusMessage Broadcast(ModbusRequest request) => request switch
    {
        WriteCoilRequest r => new WriteSingleCoilRequestResponse(0, r.Address, r.Value),
        WriteRegisterRequest r => new WriteSingleRegisterRequestResponse(0, r.Address, r.Value),
        WriteCoilsRequest r => new WriteMultipleCoilsRequest(0, r.Start, new DiscreteCollection(r.Values.ToArray())),
        WriteRegistersRequest r => new WriteMultipleRegistersRequest(0, r.Start, new RegisterCollection(r.Values.ToArray())),
        _ => throw new ArgumentException("Only writes are broadcast.", nameof(request)),
    };

    /// <summary>Shows what came in: over TCP late answers to earlier requests may stand before the one that counts.</summary>
    private void Show(FrameObserver observer, FrameFault? fault)
    {
        var rest = line.Received;
        while (line.Framing == ModbusFraming.Tcp && MbapFrame.Length(rest) is var length and > 0 && length < rest.Length)
        {
            observer.See(line.Framing, rest[..length], FrameFault.WrongTransaction);
            rest = rest[length..];
        }

        observer.See(line.Framing, rest, fault);
    }
}
