using CoMaKo.Devices.Protocols.Modbus;

namespace CoMaKo.Devices.Tests.Modbus;

/// <summary>Passes everything on to registers in memory and writes down every write as <c>FUNCTION@ADDRESS=VALUES</c>.</summary>
internal sealed class RecordingClient(IModbusServerStore store)
{
    private readonly ModbusClient memory = ModbusServer.Connect(store);

    public List<string> Writes { get; } = [];

    public int Reads { get; private set; }

    /// <summary>Thrown at the next request in place of an answer.</summary>
    public IOException? Fault { get; set; }

    public ModbusClient Client => new(AskAsync);

    private async ValueTask<ModbusResponse> AskAsync(byte unit, ModbusRequest request, CancellationToken cancellationToken)
    {
        if (Fault is { } fault)
        {
            Fault = null;
            throw fault;
        }

        switch (request)
        {
            case WriteRegisterRequest r:
                Writes.Add(FormattableString.Invariant($"6@{r.Address}={r.Value}"));
                await memory.WriteRegisterAsync(unit, r.Address, r.Value, cancellationToken);
                return new WrittenResponse();
            case WriteRegistersRequest r:
                Writes.Add(FormattableString.Invariant($"16@{r.Start}={string.Join(",", r.Values.ToArray())}"));
                await memory.WriteRegistersAsync(unit, r.Start, r.Values, cancellationToken);
                return new WrittenResponse();
            case WriteCoilsRequest r:
                Writes.Add(FormattableString.Invariant($"15@{r.Start}={string.Join(",", r.Values.ToArray().Select(v => v ? 1 : 0))}"));
                await memory.WriteCoilsAsync(unit, r.Start, r.Values, cancellationToken);
                return new WrittenResponse();
            case ReadRegistersRequest r:
                Reads++;
                return new RegistersResponse(await memory.ReadRegistersAsync(unit, r.Table, r.Start, r.Count, cancellationToken));
            case ReadBitsRequest r:
                Reads++;
                return new BitsResponse(await memory.ReadBitsAsync(unit, r.Table, r.Start, r.Count, cancellationToken));
            default:
                throw new InvalidOperationException($"Unexpected {request}.");
        }
    }
}
