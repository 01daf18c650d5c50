using System.Text;

namespace CoMaKo.Devices.Protocols.SunSpec;

/// <summary>Where a model stands.</summary>
/// <param name="Address">Of its ID register.</param>
/// <param name="Length">L: registers after ID and L.</param>
public readonly record struct SunSpecBlock(int Model, ushort Address, int Length);

/// <summary>Who a device is, from model 1; texts are trimmed and empty where not given.</summary>
public sealed record SunSpecIdentity(string Manufacturer, string Model, string Version, string Serial);

/// <summary>One device of a chain: a common model and those that follow it.</summary>
public sealed record SunSpecUnit(SunSpecIdentity Identity, IReadOnlyList<SunSpecBlock> Blocks)
{
    public bool Has(int model) => Blocks.Any(b => b.Model == model);

    /// <summary>The first of these models that is there; absent if none is.</summary>
    public int? FirstOf(ReadOnlySpan<int> models)
    {
        foreach (int model in models)
            if (Has(model)) return model;
        return null;
    }
}

/// <summary>Finds the SunSpec map of a Modbus unit and walks its chain of models (inverters.md 1.1).</summary>
public static class SunSpecChain
{
    private const ushort EndMark = 0xFFFF;

    /// <summary>More than any device has; ends a chain that leads in circles.</summary>
    private const int MaxModels = 100;

    private static readonly ushort[] Bases = [40000, 0, 50000];

    /// <summary>The devices in the order of the chain.</summary>
    /// <exception cref="IOException">No SunSpec map, or the device refuses.</exception>
    /// <exception cref="TimeoutException">No answer.</exception>
    public static async ValueTask<IReadOnlyList<SunSpecUnit>> ScanAsync(IModbusClient client, byte unit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        foreach (ushort start in Bases)
        {
            if (await TryReadAsync(client, unit, start, 2, cancellationToken) is not [0x5375, 0x6E53]) continue;
            var blocks = await WalkAsync(client, unit, start + 2, cancellationToken);
            return await GroupAsync(client, unit, blocks, cancellationToken);
        }

        throw new IOException(FormattableString.Invariant($"Unit {unit} shows no SunSpec map at 40000, 0 or 50000: switch SunSpec on in the device's Modbus settings, or check the unit id."));
    }

    /// <summary>Reads model 1 again.</summary>
    public static async ValueTask<SunSpecIdentity> IdentifyAsync(IModbusClient client, byte unit, SunSpecBlock common, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        const int Needed = 66; // up to the end of the serial number
        ushort[] words = await client.ReadRegistersAsync(unit, RegisterTable.Holding, common.Address, Math.Min(Needed, common.Length + 2), cancellationToken);
        return new(Text(words, 2, 16), Text(words, 18, 16), Text(words, 42, 8), Text(words, 50, 16));
    }

    private static async ValueTask<List<SunSpecBlock>> WalkAsync(IModbusClient client, byte unit, int address, CancellationToken cancellationToken)
    {
        var blocks = new List<SunSpecBlock>();
        while (address <= 0xFFFE && blocks.Count < MaxModels)
        {
            // Some maps have no end mark: the first address that does not exist ends them.
            if (await TryReadAsync(client, unit, (ushort)address, 2, cancellationToken) is not [var model, var length] || model == EndMark) break;
            blocks.Add(new(model, (ushort)address, length));
            address += 2 + length;
        }

        return blocks;
    }

    private static async ValueTask<List<SunSpecUnit>> GroupAsync(IModbusClient client, byte unit, List<SunSpecBlock> blocks, CancellationToken cancellationToken)
    {
        var units = new List<SunSpecUnit>();
        for (int i = 0; i < blocks.Count;)
        {
            int end = blocks.FindIndex(i + 1, b => b.Model == 1);
            if (end < 0) end = blocks.Count;
            var identity = blocks[i].Model == 1 ? await IdentifyAsync(client, unit, blocks[i], cancellationToken) : new("", "", "", "");
            units.Add(new(identity, blocks[i..end]));
            i = end;
        }

        return units;
    }

    private static async ValueTask<ushort[]?> TryReadAsync(IModbusClient client, byte unit, ushort start, int count, CancellationToken cancellationToken)
    {
        try
        {
            return await client.ReadRegistersAsync(unit, RegisterTable.Holding, start, count, cancellationToken);
        }
        catch (ModbusException e) when (e.Code is 2 or 3)
        {
            return null; // no such address; some devices call it an illegal value
        }
    }

    private static string Text(ReadOnlySpan<ushort> words, int offset, int length)
    {
        var text = new StringBuilder(2 * length);
        for (int i = offset; i < Math.Min(offset + length, words.Length); i++)
        {
            foreach (byte octet in (ReadOnlySpan<byte>)[(byte)(words[i] >> 8), (byte)words[i]])
            {
                if (octet == 0) return text.ToString().Trim();
                text.Append(octet is >= 0x20 and < 0x7F ? (char)octet : '?');
            }
        }

        return text.ToString().Trim();
    }
}
