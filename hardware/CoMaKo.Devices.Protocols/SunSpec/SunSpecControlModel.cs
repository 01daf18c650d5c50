using CoMaKo.Devices.Protocols.Profiles;

namespace CoMaKo.Devices.Protocols.SunSpec;

/// <summary>
/// One model of a device that is written. It is found by walking the chain and looked at again after every fault, so that nothing is written to an
/// address where another model may stand now. Only the points on the list can be written.
/// </summary>
/// <param name="quirk">Some firmwares take only function 6.</param>
/// <param name="writable">The allow-list.</param>
internal sealed class SunSpecControlModel(IModbusClient client, DeviceId device, byte unit, int model, SunSpecWriteQuirk quirk, params IReadOnlyList<string> writable)
{
    private readonly SunSpecModel layout = SunSpecModel.Find(model)!;
    private SunSpecBlock? block;
    private bool isVerified;

    /// <summary>The device's ratings and the model itself as last met, by model; read anew after a fault.</summary>
    public IReadOnlyDictionary<int, ushort[]> Words { get; private set; } = new Dictionary<int, ushort[]>();

    /// <summary>Whether it was met and has answered since.</summary>
    public bool IsKnown => block is not null && isVerified;

    /// <summary>Finds the model, or looks whether it still stands where it was.</summary>
    /// <returns>True if the device had to be met anew.</returns>
    /// <exception cref="WriteRefusedException"><c>CME-2402</c>: the device has no such model.</exception>
    public async ValueTask<bool> MeetAsync(CancellationToken cancellationToken)
    {
        if (IsKnown) return false;
        if (block is null)
        {
            var units = await Polling.AskAsync(device, "SunSpec model chain", () => SunSpecChain.ScanAsync(client, unit, cancellationToken));
            var part = units.FirstOrDefault(u => u.Has(model)) ?? throw new WriteRefusedException(
                "CME-2402", FormattableString.Invariant($"{device} has no SunSpec model {model}, so it cannot be controlled this way: it is read only."));
            var words = new Dictionary<int, ushort[]>();
            foreach (var rating in part.Blocks.Where(b => b.Model is 120 or 121 or 702)) words[rating.Model] = await ReadAsync(rating, cancellationToken);
            block = part.Blocks.First(b => b.Model == model);
            Words = words;
        }

        await ReadAsync(cancellationToken);
        return true;
    }

    /// <summary>Reads the model in one request.</summary>
    public async ValueTask ReadAsync(CancellationToken cancellationToken)
    {
        isVerified = false;
        var at = block!.Value;
        ushort[] read = await ReadAsync(at, cancellationToken);
        if (read[0] != at.Model || read[1] != at.Length)
        {
            block = null;
            throw new IOException(FormattableString.Invariant($"{device}: SunSpec model {at.Model} is no longer at {at.Address}: the firmware has changed; the device is scanned again."));
        }

        Words = new Dictionary<int, ushort[]>(Words) { [model] = read };
        isVerified = true;
    }

    /// <summary>A point's number; absent if its model is not there or it is not implemented.</summary>
    public decimal? Find(int of, string point) => Words.TryGetValue(of, out ushort[]? words) ? SunSpecModel.Find(of)![point].Decode(words)?.Value : null;

    /// <summary>Where a point of the model stands.</summary>
    public ushort AddressOf(string point) => (ushort)(block!.Value.Address + layout[point].Offset);

    /// <summary>Exponent of a point's scale factor; 0 where the device has none.</summary>
    public int ExponentOf(string point)
    {
        short exponent = (short)Words[model][layout[point].ScaleOffset!.Value];
        return exponent is >= -10 and <= 10 ? exponent : 0;
    }

    /// <summary>Writes neighbouring points from <paramref name="first"/> on in one request.</summary>
    public async ValueTask WriteAsync(string first, ReadOnlyMemory<ushort> values, CancellationToken cancellationToken)
    {
        int offset = layout[first].Offset;
        for (int i = 0; i < values.Length; i++)
            if (!writable.Any(name => layout[name].Offset <= offset + i && offset + i < layout[name].Offset + layout[name].Length))
                throw new InvalidOperationException(FormattableString.Invariant($"Offset {offset + i} of SunSpec model {model} is not on the list of points that may be written."));
        ushort address = (ushort)(block!.Value.Address + offset);
        isVerified = false;
        await Polling.AskAsync(device, FormattableString.Invariant($"SunSpec model {model}, {first}"), async () =>
        {
            if (quirk == SunSpecWriteQuirk.SingleRegisters && values.Length == 1) await client.WriteRegisterAsync(unit, address, values.Span[0], cancellationToken);
            else await client.WriteRegistersAsync(unit, address, values, cancellationToken);
            return true;
        });
        isVerified = true;
    }

    private async ValueTask<ushort[]> ReadAsync(SunSpecBlock of, CancellationToken cancellationToken) => await Polling.AskAsync(
        device, FormattableString.Invariant($"SunSpec model {of.Model}"),
        () => client.ReadRegistersAsync(unit, RegisterTable.Holding, of.Address, Math.Min(SunSpecModel.Find(of.Model)!.NeededLength, of.Length + 2), cancellationToken));
}

/// <summary>How a firmware wants to be written.</summary>
public enum SunSpecWriteQuirk
{
    None,

    /// <summary>Single registers by function 6 (Kostal Plenticore, inverters.md 2.2).</summary>
    SingleRegisters,
}
