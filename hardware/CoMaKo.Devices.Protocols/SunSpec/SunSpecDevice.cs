using System.Text;
using CoMaKo.Devices.Protocols.Profiles;
using NodaTime;

namespace CoMaKo.Devices.Protocols.SunSpec;

/// <summary>
/// A SunSpec device, found by walking its model chain; the role in the building decides which part of it is read: a meter at the grid,
/// the photovoltaics of an inverter, or its storage. Nothing is written.
/// </summary>
/// <remarks>Power that a device does not tell apart is absent: the output of a hybrid inverter is neither its strings nor its storage.</remarks>
public sealed class SunSpecDevice(IModbusClient client, ModbusDeviceOptions options, TimeProvider time) : IDevice
{
    private const int MaxRegisters = 125;

    /// <summary>Ratings: read once, when the device is met.</summary>
    private static readonly int[] Ratings = [120, 702];

    private readonly Mounting mounting = options.Mounting;
    private Part? part;
    private bool isKnown;

    public DeviceId Id => options.Id;

    public DeviceRole Role => options.Role;

    public Duration ExpectedPeriod => options.Poll;

    /// <summary>Who it is; absent before the first reading.</summary>
    public SunSpecIdentity? Identity => part?.Unit.Identity;

    public IAsyncEnumerable<Reading> ReadAsync(CancellationToken cancellationToken)
    {
        isKnown = false; // after a break another device, or another firmware, may be there
        return Polling.EveryAsync(options.Poll, time, PollAsync, cancellationToken);
    }

    /// <summary>One reading now.</summary>
    /// <exception cref="IOException">No answer, a refusal, no SunSpec map, or no part that fits the role.</exception>
    public async ValueTask<Reading> PollAsync(CancellationToken cancellationToken)
    {
        var current = await MeetAsync(cancellationToken);
        var words = new Dictionary<int, ushort[]>(current.Ratings);
        try
        {
            foreach (var block in current.Live) words[block.Model] = await ReadAsync(block, cancellationToken);
        }
        catch (IOException e) when (e.InnerException is ModbusException)
        {
            part = null; // models may have moved
            throw;
        }

        var values = Compose(new(current.Unit, words), current);
        return Polling.Stamp(Id, time, current.ServerId, values);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask; // the bus belongs to its owner

    private async ValueTask<Part> MeetAsync(CancellationToken cancellationToken)
    {
        if (part is { } known && !isKnown && known.Unit.Blocks[0] is { Model: 1 } common)
        {
            var identity = await Polling.AskAsync(Id, "SunSpec model 1", () => SunSpecChain.IdentifyAsync(client, options.Unit, common, cancellationToken));
            if (identity != known.Unit.Identity) part = null;
        }

        if (part is null)
        {
            var units = await Polling.AskAsync(Id, "SunSpec model chain", () => SunSpecChain.ScanAsync(client, options.Unit, cancellationToken));
            var found = Part.Choose(units, Role) ?? throw new IOException($"{Id}: the SunSpec device has no {Part.Wanted(Role)}, only models {Models(units)}. Check the role in the building file and the unit id.");
            foreach (var block in found.Unit.Blocks.Where(b => Ratings.Contains(b.Model))) found.Ratings[block.Model] = await ReadAsync(block, cancellationToken);
            part = found;
        }

        isKnown = true;
        return part;
    }

    /// <summary>A model with its scale factors in one request.</summary>
    private async ValueTask<ushort[]> ReadAsync(SunSpecBlock block, CancellationToken cancellationToken)
    {
        int needed = block.Model == 160 ? MaxRegisters : SunSpecModel.Find(block.Model)!.NeededLength;
        ushort[] words = await Polling.AskAsync(
            Id, FormattableString.Invariant($"SunSpec model {block.Model}"),
            () => client.ReadRegistersAsync(options.Unit, RegisterTable.Holding, block.Address, Math.Min(needed, block.Length + 2), cancellationToken));
        if (words[0] == block.Model && words[1] == block.Length) return words;
        part = null;
        throw new IOException(FormattableString.Invariant($"{Id}: SunSpec model {block.Model} is no longer at {block.Address}: the firmware has changed; the device is scanned again."));
    }

    private List<MeasuredValue> Compose(SunSpecSnapshot snapshot, Part current)
    {
        if (current.Kind == PartKind.Meter) return [.. snapshot.ValuesOf(current.Main!.Value).Select(mounting.OfMeter)];
        var values = current.Main is { } inverter ? snapshot.ValuesOf(inverter).ToList() : [];
        if (current.Kind == PartKind.Storage) AddStorage(values, snapshot, current.Main);
        else if (current.IsHybrid) Replace(values, snapshot.StringPower());
        return [.. values.Select(mounting.OfInverter)];
    }

    private static void AddStorage(List<MeasuredValue> values, SunSpecSnapshot snapshot, int? inverter)
    {
        if (!snapshot.IsPureStorage || snapshot.Find(802, "W") is not null) Replace(values, snapshot.StoragePower(inverter));
        MeasuredValue?[] more =
        [
            snapshot.First(Measurand.StateOfCharge, (802, "SoC"), (713, "SoC"), (124, "ChaState")),
            snapshot.First(Measurand.StateOfHealth, (802, "SoH"), (713, "SoH")),
            snapshot.First(Measurand.BatteryCapacity, (802, "WHRtg"), (713, "WHRtg"), (120, "WHRtg")),
            snapshot.First(Measurand.MaxChargePower, (802, "WChaRteMax"), (702, "WChaRteMaxRtg"), (120, "MaxChaRte"), (124, "WChaMax")),
            snapshot.First(Measurand.MaxDischargePower, (802, "WDisChaRteMax"), (702, "WDisChaRteMaxRtg"), (120, "MaxDisChaRte")),
        ];
        values.AddRange(more.OfType<MeasuredValue>());
    }

    /// <summary>Puts the part's own power in place of the whole inverter's; its phases and energies are the whole inverter's and go.</summary>
    private static void Replace(List<MeasuredValue> values, MeasuredValue? power)
    {
        values.RemoveAll(v => v.Measurand is (>= Measurand.ActivePower and <= Measurand.ActiveEnergyExportTariff2) or Measurand.DcPower);
        if (power is { } own) values.Insert(0, own);
    }

    private static string Models(IReadOnlyList<SunSpecUnit> units) => string.Join(", ", units.SelectMany(u => u.Blocks).Select(b => b.Model).Distinct());

    private enum PartKind
    {
        Meter,
        Inverter,
        Storage,
    }

    /// <summary>The part of a chain that a role means.</summary>
    /// <param name="Main">Its alternating-current model; a storage may have none.</param>
    private sealed record Part(SunSpecUnit Unit, PartKind Kind, int? Main)
    {
        public Dictionary<int, ushort[]> Ratings { get; } = [];

        public bool IsHybrid => Unit.FirstOf(SunSpecModel.Storages) is not null;

        /// <summary>Models read for each reading.</summary>
        public IEnumerable<SunSpecBlock> Live => Unit.Blocks.Where(b => b.Model == Main
            || (b.Model == 160 && Kind != PartKind.Meter && IsHybrid) || (Kind == PartKind.Storage && SunSpecModel.Storages.Contains(b.Model)));

        /// <summary>
        /// The serial number in hex; absent if there is none. Parts of one inverter are told apart, so that each has registers of its own.
        /// </summary>
        public string? ServerId
        {
            get
            {
                if (Unit.Identity.Serial.Length == 0) return null;
                string suffix = Kind == PartKind.Storage ? "-b" : Kind == PartKind.Meter && Unit.FirstOf(SunSpecModel.Inverters) is not null ? "-m" : "";
                return Convert.ToHexStringLower(Encoding.ASCII.GetBytes(Unit.Identity.Serial + suffix));
            }
        }

        public static Part? Choose(IReadOnlyList<SunSpecUnit> units, DeviceRole role) => role switch
        {
            DeviceRole.Battery => units.Where(u => u.FirstOf(SunSpecModel.Storages) is not null).Select(u => new Part(u, PartKind.Storage, u.FirstOf(SunSpecModel.Inverters))).FirstOrDefault(),
            DeviceRole.Pv => First(units, PartKind.Inverter) ?? First(units, PartKind.Meter),
            DeviceRole.Grid => First(units, PartKind.Meter),
            _ => First(units, PartKind.Meter) ?? First(units, PartKind.Inverter),
        };

        public static string Wanted(DeviceRole role) => role switch { DeviceRole.Battery => "storage (124, 713 or 802)", DeviceRole.Grid => "meter (201 to 214)", _ => "inverter or meter" };

        private static Part? First(IReadOnlyList<SunSpecUnit> units, PartKind kind) =>
            units.Select(u => (Unit: u, Main: u.FirstOf(kind == PartKind.Meter ? SunSpecModel.Meters : SunSpecModel.Inverters)))
                .Where(p => p.Main is not null).Select(p => new Part(p.Unit, kind, p.Main)).FirstOrDefault();
    }
}
