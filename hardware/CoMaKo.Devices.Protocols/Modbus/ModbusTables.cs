using System.Collections.Concurrent;

namespace CoMaKo.Devices.Protocols.Modbus;

/// <summary>Registers and bits in memory: the simulator's and the tests' store. Only addresses that were set exist; only holding registers and coils can be written.</summary>
public sealed class ModbusTables : IModbusServerStore
{
    private readonly ConcurrentDictionary<(byte Unit, RegisterTable Table, ushort Address), ushort> registers = new();
    private readonly ConcurrentDictionary<(byte Unit, BitTable Table, ushort Address), bool> bits = new();
    private readonly ConcurrentDictionary<byte, bool> units = new();
    private readonly Lock gate = new();

    /// <summary>Called before each read of registers, e.g. to bring the values up to date.</summary>
    public Action<byte>? Reading { get; set; }

    /// <summary>Called after registers were written: unit, first address, count. An exception code other than 0 is answered; the values stay.</summary>
    public Func<byte, ushort, int, byte>? Written { get; set; }

    /// <summary>Sets registers as one step that no reader sees half done.</summary>
    public void Set(byte unit, RegisterTable table, ushort start, params ReadOnlySpan<ushort> values)
    {
        lock (gate)
        {
            units[unit] = true;
            for (int i = 0; i < values.Length; i++) registers[(unit, table, (ushort)(start + i))] = values[i];
        }
    }

    public void Set(byte unit, BitTable table, ushort start, params ReadOnlySpan<bool> values)
    {
        lock (gate)
        {
            units[unit] = true;
            for (int i = 0; i < values.Length; i++) bits[(unit, table, (ushort)(start + i))] = values[i];
        }
    }

    /// <summary>A register's value; null if it does not exist.</summary>
    public ushort? Get(byte unit, RegisterTable table, ushort address) => registers.TryGetValue((unit, table, address), out ushort value) ? value : null;

    public bool Serves(byte unit) => units.ContainsKey(unit);

    public byte ReadBits(byte unit, BitTable table, ushort start, Span<bool> values)
    {
        lock (gate)
        {
            for (int i = 0; i < values.Length; i++)
                if (!bits.TryGetValue((unit, table, (ushort)(start + i)), out values[i])) return 2;
            return 0;
        }
    }

    public byte ReadRegisters(byte unit, RegisterTable table, ushort start, Span<ushort> values)
    {
        Reading?.Invoke(unit);
        lock (gate)
        {
            for (int i = 0; i < values.Length; i++)
                if (!registers.TryGetValue((unit, table, (ushort)(start + i)), out values[i])) return 2;
            return 0;
        }
    }

    public byte WriteCoils(byte unit, ushort start, ReadOnlySpan<bool> values)
    {
        lock (gate)
        {
            for (int i = 0; i < values.Length; i++)
                if (!bits.ContainsKey((unit, BitTable.Coils, (ushort)(start + i)))) return 2;
            Set(unit, BitTable.Coils, start, values);
            return 0;
        }
    }

    public byte WriteRegisters(byte unit, ushort start, ReadOnlySpan<ushort> values)
    {
        lock (gate)
        {
            for (int i = 0; i < values.Length; i++)
                if (!registers.ContainsKey((unit, RegisterTable.Holding, (ushort)(start + i)))) return 2;
            Set(unit, RegisterTable.Holding, start, values);
        }

        return Written?.Invoke(unit, start, values.Length) ?? 0;
    }
}
