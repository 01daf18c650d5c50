using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Modbus;

namespace CoMaKo.Scenarios.Control;

/// <summary>A Modbus client that stands inside the server: the same drivers and registers as over a socket, on one thread and in no time.</summary>
internal sealed class DirectModbus(IModbusServerStore store, Func<bool> isReachable) : IModbusClient
{
    public ValueTask<ushort[]> ReadRegistersAsync(byte unit, RegisterTable table, ushort start, int count, CancellationToken cancellationToken)
    {
        ushort[] words = new ushort[count];
        Answer(3, store.ReadRegisters(unit, table, start, words));
        return ValueTask.FromResult(words);
    }

    public ValueTask<bool[]> ReadBitsAsync(byte unit, BitTable table, ushort start, int count, CancellationToken cancellationToken)
    {
        bool[] bits = new bool[count];
        Answer(1, store.ReadBits(unit, table, start, bits));
        return ValueTask.FromResult(bits);
    }

    public ValueTask WriteCoilAsync(byte unit, ushort address, bool value, CancellationToken cancellationToken) => Done(5, store.WriteCoils(unit, address, [value]));

    public ValueTask WriteRegisterAsync(byte unit, ushort address, ushort value, CancellationToken cancellationToken) => Done(6, store.WriteRegisters(unit, address, [value]));

    public ValueTask WriteCoilsAsync(byte unit, ushort start, ReadOnlyMemory<bool> values, CancellationToken cancellationToken) => Done(15, store.WriteCoils(unit, start, values.Span));

    public ValueTask WriteRegistersAsync(byte unit, ushort start, ReadOnlyMemory<ushort> values, CancellationToken cancellationToken) => Done(16, store.WriteRegisters(unit, start, values.Span));

    public ValueTask<ushort[]> ReadWriteRegistersAsync(
        byte unit, ushort readStart, int readCount, ushort writeStart, ReadOnlyMemory<ushort> values, CancellationToken cancellationToken) => throw new NotSupportedException();

    private ValueTask Done(byte function, byte code)
    {
        Answer(function, code);
        return ValueTask.CompletedTask;
    }

    private void Answer(byte function, byte code)
    {
        if (!isReachable()) throw new TimeoutException("The device does not answer.");
        if (code != 0) throw new ModbusException(function, code);
    }
}
