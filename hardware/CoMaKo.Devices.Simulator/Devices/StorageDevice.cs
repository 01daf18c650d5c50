using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>The storage inverter as a SunSpec device on Modbus TCP, unit 1. Power and energies are those of the alternating-current side, + discharge.</summary>
internal sealed class StorageDevice : SimulatedDevice, IRegisterMap
{
    private const byte Unit = 1, IllegalAddress = 2;
    private static readonly TimeSpan RebootTime = TimeSpan.FromSeconds(20), BlockTime = TimeSpan.FromSeconds(60);

    private readonly ModbusHost host;
    private readonly BuildingModel model;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private StorageSettings settings = new();
    private BuildingMoment? frozen;
    private volatile bool freezes;

    public StorageDevice(string id, ModbusHost host, UnitStore units, BuildingModel model, TimeProvider time)
        : base(id)
    {
        (this.host, this.model, this.time) = (host, model, time);
        units.Add(Unit, this);
    }

    public override object Describe() => new { Id, Protocol = "sunspec", Address = host.EndPoint.ToString(), Unit };

    public override BuildingFileLines BuildingLines() => new(
        $"{{ id: {Id}-lan, tcp: {host.EndPoint}, framing: modbus-tcp }}", $"{{ id: {Id}, name: Battery, role: battery, bus: {Id}-lan, protocol: sunspec, unit: {Unit}",
        FormattableString.Invariant($"control: {{ follows: device, charge: {model.Options.BatteryWatts} W, discharge: {model.Options.BatteryWatts} W, capacity: {model.Options.BatteryCapacityWattHours} Wh, validity: 60 s }}"));

    public override DeviceTruth Truth(BuildingMoment at) => new(null, at.Energy.Charged, at.Energy.Discharged);

    public override async ValueTask<bool> SwitchAsync(Fault fault, bool on)
    {
        switch (fault)
        {
            case Fault.FreezeValue: freezes = on; return true;
            case Fault.BlockInverter: Block(on ? BlockTime : TimeSpan.Zero); return true;
            case Fault.RebootInverter:
                if (on) _ = RebootAsync();
                return true;
            default: return await host.SwitchAsync(fault, on);
        }
    }

    public byte Read(RegisterTable table, int start, Span<ushort> values)
    {
        if (table != RegisterTable.Holding) return IllegalAddress;
        Span<ushort> image = stackalloc ushort[512];
        int length = Compose(image);
        int from = start - StorageMap.Base;
        if (from < 0 || from + values.Length > length) return IllegalAddress;
        image.Slice(from, values.Length).CopyTo(values);
        return 0;
    }

    public byte Write(int start, ReadOnlySpan<ushort> values)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            var at = model.At(now);
            settings.Follow(at.Controls);
            foreach (var (address, block) in StorageMap.Build(at, model.Options, settings))
            {
                if (start < address || start + values.Length > address + block.Words.Length) continue;
                byte code = settings.Write(block.Words[0], start - address, values);
                if (code == 0) model.Control(now, _ => settings.ToControls(at.Second));
                return code;
            }

            return IllegalAddress;
        }
    }

    private int Compose(Span<ushort> image)
    {
        lock (gate)
        {
            var at = model.At(time.GetUtcNow());
            if (!freezes) frozen = null;
            else at = frozen ??= at;
            settings.Follow(at.Controls);
            image[0] = 0x5375; // "SunS"
            image[1] = 0x6E53;
            int length = 2;
            foreach (var (_, block) in StorageMap.Build(at, model.Options, settings))
            {
                block.Words.CopyTo(image[length..]);
                length += block.Words.Length;
            }

            image[length] = 0xFFFF;
            image[length + 1] = 0;
            return length + 2;
        }
    }

    private void Block(TimeSpan span) =>
        model.Change(time.GetUtcNow(), m => m with { BlockedUntil = span == TimeSpan.Zero ? null : m.Second + (long)span.TotalSeconds });

    private async Task RebootAsync()
    {
        await host.CloseAsync();
        Block(RebootTime);
        lock (gate)
        {
            settings = new StorageSettings();
            model.Control(time.GetUtcNow(), _ => BatteryControls.None);
        }

        await Task.Delay(RebootTime, time);
        host.Open();
    }
}
