using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>
/// A storage inverter that takes a power in a register, on Modbus TCP, unit 1; profile <c>comako-sim-setpoint</c>. Long numbers have the high word first.
/// </summary>
/// <remarks>
/// Input: 0 power (s32, W, + discharge), 2 and 3 state of charge and health (0.1 %), 4 capacity (u32, Wh), 6 and 7 greatest charge and discharge (W),
/// 8 and 10 charged and discharged (u32, Wh), 12 state (1 own mode, 2 set-point, 3 blocked), 13 temperature (s16, 0.1 °C), 20 serial number (u32).
/// Holding: 100 mode (0 own, 1 set-point), 101 set-point (s32, W, + discharge), 103 watchdog (1 to 600 s). Any write in mode 1 restarts the watchdog;
/// when it runs out, the mode is 0 again.
/// </remarks>
internal sealed class SetPointDevice : SimulatedDevice, IRegisterMap
{
    private const byte Unit = 1, IllegalAddress = 2, IllegalValue = 3;
    private const int InputEnd = 22, Mode = 100, Watchdog = 103, End = 104;
    private const uint Serial = 204_711;
    private static readonly TimeSpan RebootTime = TimeSpan.FromSeconds(20), BlockTime = TimeSpan.FromSeconds(60);

    private readonly ModbusHost host;
    private readonly BuildingModel model;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly ushort[] settings = [0, 0, 0, 60];
    private BuildingMoment? frozen;
    private volatile bool freezes;

    public SetPointDevice(string id, ModbusHost host, UnitStore units, BuildingModel model, TimeProvider time)
        : base(id)
    {
        (this.host, this.model, this.time) = (host, model, time);
        units.Add(Unit, this);
    }

    public override object Describe() => new { Id, Protocol = "modbus-tcp", Address = host.EndPoint.ToString(), Unit, Profile = "comako-sim-setpoint" };

    public override BuildingFileLines BuildingLines() => new(
        $"{{ id: {Id}-lan, tcp: {host.EndPoint}, framing: modbus-tcp }}",
        $"{{ id: {Id}, name: Battery, role: battery, bus: {Id}-lan, profile: comako-sim-setpoint, unit: {Unit}",
        FormattableString.Invariant($"control: {{ follows: gateway, charge: {model.Options.BatteryWatts} W, discharge: {model.Options.BatteryWatts} W, capacity: {model.Options.BatteryCapacityWattHours} Wh, validity: 60 s }}"));

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
        int end = start + values.Length;
        lock (gate)
        {
            var at = model.At(time.GetUtcNow());
            if (table == RegisterTable.Holding)
            {
                if (start < Mode || end > End) return IllegalAddress;
                ((ReadOnlySpan<ushort>)[(ushort)(at.Drive!.IsRemoteAt(at.Second) ? 1 : 0), .. settings[1..]])[(start - Mode)..(end - Mode)].CopyTo(values);
                return 0;
            }

            if (end > InputEnd) return IllegalAddress;
            if (!freezes) frozen = null;
            else at = frozen ??= at;
            Span<ushort> image = stackalloc ushort[InputEnd];
            Fill(image, at);
            image[start..end].CopyTo(values);
            return 0;
        }
    }

    public byte Write(int start, ReadOnlySpan<ushort> values)
    {
        if (start < Mode || start + values.Length > End) return IllegalAddress;
        lock (gate)
        {
            var now = time.GetUtcNow();
            var at = model.At(now);
            settings[0] = (ushort)(at.Drive!.IsRemoteAt(at.Second) ? 1 : 0);
            ushort[] next = [.. settings];
            values.CopyTo(next.AsSpan(start - Mode));
            if (next[0] > 1 || next[Watchdog - Mode] is 0 or > 600) return IllegalValue;
            next.CopyTo(settings, 0);
            long? power = next[0] == 1 ? (next[1] << 16 | next[2]) * 1000L : null;
            int deadTime = model.Options.Drive.DeadTimeSeconds;
            model.Change(now, m => m with { Drive = m.Drive!.Write(m.Second, power, next[3], deadTime) });
            return 0;
        }
    }

    private void Fill(Span<ushort> image, BuildingMoment at)
    {
        image.Clear();
        double share = at.StoredEnergy / (double)BuildingEnergy.PerWattHour / model.Options.BatteryCapacityWattHours;
        ushort rated = (ushort)model.Options.BatteryWatts;
        Put(image, 0, (uint)(int)(at.Power.Battery / 1000));
        (image[2], image[3]) = ((ushort)(share * 1000), 985);
        Put(image, 4, (uint)model.Options.BatteryCapacityWattHours);
        (image[6], image[7]) = (rated, rated);
        Put(image, 8, (uint)BuildingEnergy.FloorToWattHours(at.Energy.Charged));
        Put(image, 10, (uint)BuildingEnergy.FloorToWattHours(at.Energy.Discharged));
        image[12] = (ushort)(at.BlockedUntil > at.Second ? 3 : at.Drive!.IsRemoteAt(at.Second) ? 2 : 1);
        image[13] = 235;
        Put(image, 20, Serial);
    }

    private static void Put(Span<ushort> image, int register, uint value) => (image[register], image[register + 1]) = ((ushort)(value >> 16), (ushort)value);

    private void Block(TimeSpan span) =>
        model.Change(time.GetUtcNow(), m => m with { BlockedUntil = span == TimeSpan.Zero ? null : m.Second + (long)span.TotalSeconds });

    private async Task RebootAsync()
    {
        await host.CloseAsync();
        Block(RebootTime);
        model.Change(time.GetUtcNow(), m => m with { Drive = m.Drive!.Forget() });
        await Task.Delay(RebootTime, time);
        host.Open();
    }
}
