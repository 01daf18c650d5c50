using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>The PV inverter behind the PV meter: SunSpec 1, 103, 120, 121, 123 at 40000, unit 1. Obeys model 123 (output limit).</summary>
internal sealed class PvInverterDevice : SimulatedDevice, IRegisterMap
{
    private const byte Unit = 1, IllegalAddress = 2, IllegalValue = 3;
    private const int Base = 40000, Percent = 5, Revert = 7, Enable = 9;

    private readonly ModbusHost host;
    private readonly BuildingModel model;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly Dictionary<int, ushort> words = new() { [Percent] = 10_000, [6] = 0, [Revert] = 0, [8] = 0, [Enable] = 0 };

    public PvInverterDevice(string id, ModbusHost host, UnitStore units, BuildingModel model, TimeProvider time)
        : base(id)
    {
        (this.host, this.model, this.time) = (host, model, time);
        units.Add(Unit, this);
    }

    public override object Describe() => new { Id, Protocol = "sunspec", Address = host.EndPoint.ToString(), Unit };

    public override BuildingFileLines BuildingLines() => new(
        $"{{ id: {Id}-lan, tcp: {host.EndPoint}, framing: modbus-tcp }}",
        $"{{ id: {Id}, name: PV inverter, role: other, bus: {Id}-lan, protocol: sunspec, unit: {Unit}",
        FormattableString.Invariant($"feedIn: {{ installed: {model.Options.PvPeakWatts} W, validity: 60 s }}"));

    public override DeviceTruth Truth(BuildingMoment at) => new(null, 0, at.Energy.Pv);

    public override ValueTask<bool> SwitchAsync(Fault fault, bool on) => host.SwitchAsync(fault, on);

    public byte Read(RegisterTable table, int start, Span<ushort> values)
    {
        if (table != RegisterTable.Holding) return IllegalAddress;
        lock (gate)
        {
            var chain = Build(model.At(time.GetUtcNow()));
            ReadOnlySpan<ushort> image = [0x5375, 0x6E53, .. chain.SelectMany(m => m.Words.ToArray()), 0xFFFF, 0];
            int from = start - Base;
            if (from < 0 || from + values.Length > image.Length) return IllegalAddress;
            image.Slice(from, values.Length).CopyTo(values);
            return 0;
        }
    }

    public byte Write(int start, ReadOnlySpan<ushort> values)
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            var chain = Build(model.At(now));
            int offset = start - Base - 2 - chain[..^1].Sum(m => m.Words.Length);
            for (int i = 0; i < values.Length; i++)
            {
                if (!words.ContainsKey(offset + i)) return IllegalAddress;
                if ((offset + i == Percent && values[i] > 10_000) || (offset + i == Enable && values[i] > 1)) return IllegalValue;
            }

            for (int i = 0; i < values.Length; i++) words[offset + i] = values[i];
            model.Change(now, m => m with
            {
                Plant = words[Enable] == 0 ? PlantControls.None : new(words[Percent], words[Revert] == 0 ? null : m.Second + words[Revert]),
            });
            return 0;
        }
    }

    private SunSpecModel[] Build(BuildingMoment at)
    {
        if (at.Plant.OutputLimit is null) words[Enable] = 0;
        double watts = at.Power.Pv / 1000.0;
        var controls = new SunSpecModel(123, 24)
            .Set(4, 1).SetSigned(10, 100).Set(14, 0).WithoutSigned(15, 16, 17).Set(22, 0).Scale(23, -2).Scale(24, -2).WithoutSigned(25);
        foreach (var (offset, word) in words) controls.Put(offset, word);
        return
        [
            new SunSpecModel(1, 66).Text(2, 16, "CoMaKo").Text(18, 16, "Simulated PV").Text(34, 8, "").Text(42, 8, "1.0").Text(50, 16, "SIM-0002").Set(66, 1).WithoutSigned(67),
            new SunSpecModel(103, 50).Set(2, watts / 690 * 300).Scale(6, -2).Scale(13, -1).SetSigned(14, watts).Scale(15, 0).Set(16, 5000).Scale(17, -2)
                .SetSigned(18, watts).Scale(19, 0).Scale(21, 0).Scale(23, -2).Set32(24, (uint)BuildingEnergy.FloorToWattHours(at.Energy.Pv)).Scale(26, 0)
                .WithoutSigned(28, 30, 32, 33, 34, 35, 36).Scale(37, 0).Set(38, watts > 0 ? 4 : 2),
            new SunSpecModel(120, 26).Set(2, 4).Set(3, model.Options.PvPeakWatts).Scale(4, 0).WithoutSigned(6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 20, 22, 24, 26),
            new SunSpecModel(121, 30).Set(2, model.Options.PvPeakWatts).Scale(22, 0).WithoutSigned(23, 24, 25, 26, 27, 28, 29, 30, 31),
            controls,
        ];
    }
}
