using System.Collections.Concurrent;
using CoMaKo.Devices.Protocols.Modbus;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>The registers of one Modbus unit. Each call gives 0 or the exception code to answer with.</summary>
internal interface IRegisterMap
{
    byte Read(RegisterTable table, int start, Span<ushort> values);

    byte Write(int start, ReadOnlySpan<ushort> values);
}

/// <summary>The bits of a Modbus unit that has any.</summary>
internal interface IBitMap
{
    byte ReadBits(BitTable table, int start, Span<bool> values);

    byte WriteCoils(int start, ReadOnlySpan<bool> values);
}

/// <summary>Several units behind one connection, as behind a Modbus gateway.</summary>
/// <param name="log">Hears every write that a device took.</param>
internal sealed class UnitStore(WriteLog? log = null) : IModbusServerStore
{
    private const byte IllegalFunction = 1;

    private readonly ConcurrentDictionary<byte, IRegisterMap> units = new();

    public void Add(byte unit, IRegisterMap map) => units[unit] = map;

    public bool Serves(byte unit) => units.ContainsKey(unit);

    public byte ReadBits(byte unit, BitTable table, ushort start, Span<bool> values) =>
        units[unit] is IBitMap map ? map.ReadBits(table, start, values) : IllegalFunction;

    public byte ReadRegisters(byte unit, RegisterTable table, ushort start, Span<ushort> values) => units[unit].Read(table, start, values);

    public byte WriteCoils(byte unit, ushort start, ReadOnlySpan<bool> values)
    {
        if (units[unit] is not IBitMap map) return IllegalFunction;
        byte code = map.WriteCoils(start, values);
        if (code == 0) log?.Coils(Name(unit), start, values);
        return code;
    }

    public byte WriteRegisters(byte unit, ushort start, ReadOnlySpan<ushort> values)
    {
        byte code = units[unit].Write(start, values);
        if (code == 0) log?.Registers(Name(unit), start, values);
        return code;
    }

    private string Name(byte unit) => units[unit] is SimulatedDevice device ? device.Id : FormattableString.Invariant($"unit {unit}");
}
