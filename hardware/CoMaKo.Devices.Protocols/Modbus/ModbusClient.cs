namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>Sends one request to a unit and returns its answer, exception replies included.</summary>
/// <exception cref="TimeoutException">No answer.</exception>
/// <exception cref="IOException">The link broke or the answer does not fit the request.</exception>
public delegate ValueTask<ModbusResponse> ModbusExchange(byte unit, ModbusRequest request, CancellationToken cancellationToken);

/// <summary>The calls of <see cref="IModbusClient"/> over any exchange: a bus (<see cref="ModbusBus.For"/>) or a store in memory (<see cref="ModbusServer.Connect"/>).</summary>
public sealed class ModbusClient(ModbusExchange exchange) : IModbusClient
{
    public async ValueTask<ushort[]> ReadRegistersAsync(byte unit, RegisterTable table, ushort start, int count, CancellationToken cancellationToken) =>
        (await AskAsync<RegistersResponse>(unit, new ReadRegistersRequest(table, start, count), cancellationToken)).Values;

    public async ValueTask<bool[]> ReadBitsAsync(byte unit, BitTable table, ushort start, int count, CancellationToken cancellationToken) =>
        (await AskAsync<BitsResponse>(unit, new ReadBitsRequest(table, start, count), cancellationToken)).Values;

    public async ValueTask WriteCoilAsync(byte unit, ushort address, bool value, CancellationToken cancellationToken) =>
        await AskAsync<WrittenResponse>(unit, new WriteCoilRequest(address, value), cancellationToken);

    public async ValueTask WriteRegisterAsync(byte unit, ushort address, ushort value, CancellationToken cancellationToken) =>
        await AskAsync<WrittenResponse>(unit, new WriteRegisterRequest(address, value), cancellationToken);

    public async ValueTask WriteCoilsAsync(byte unit, ushort start, ReadOnlyMemory<bool> values, CancellationToken cancellationToken) =>
        await AskAsync<WrittenResponse>(unit, new WriteCoilsRequest(start, values), cancellationToken);

    public async ValueTask WriteRegistersAsync(byte unit, ushort start, ReadOnlyMemory<ushort> values, CancellationToken cancellationToken) =>
        await AskAsync<WrittenResponse>(unit, new WriteRegistersRequest(start, values), cancellationToken);

    public async ValueTask<ushort[]> ReadWriteRegistersAsync(
        byte unit, ushort readStart, int readCount, ushort writeStart, ReadOnlyMemory<ushort> values, CancellationToken cancellationToken) =>
        (await AskAsync<RegistersResponse>(unit, new ReadWriteRegistersRequest(readStart, readCount, writeStart, values), cancellationToken)).Values;

    private async ValueTask<TResponse> AskAsync<TResponse>(byte unit, ModbusRequest request, CancellationToken cancellationToken) where TResponse : ModbusResponse =>
        await exchange(unit, request, cancellationToken) switch
        {
            TResponse response => response,
            RefusedResponse refused => throw new ModbusException(request.Function, refused.Code),
            _ => throw new IOException(FormattableString.Invariant($"Unit {unit} answered function {request.Function} with something else.")),
        };
}
