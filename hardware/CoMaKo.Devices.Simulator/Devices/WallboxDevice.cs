using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>A wallbox on Modbus TCP, unit 1; profile <c>comako-sim-wallbox</c>. Long numbers have the high word first.</summary>
/// <remarks>
/// Input: 0 power (s32, W), 2 energy (u32, 0.1 kWh), 4 state (1 no car wants anything, 2 charges, 3 paused by the limit).
/// Holding: 100 greatest power (u16, W; 65535 none), 101 seconds until it falls back to none (u16, 0 never). A write of 100 starts the time.
/// </remarks>
internal sealed class WallboxDevice : SimulatedDevice, IRegisterMap
{
    private const byte Unit = 1, IllegalAddress = 2;
    private const ushort NoLimit = 0xFFFF;

    private readonly ModbusHost host;
    private readonly BuildingModel model;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private ushort revert;

    public WallboxDevice(string id, ModbusHost host, UnitStore units, BuildingModel model, TimeProvider time)
        : base(id)
    {
        (this.host, this.model, this.time) = (host, model, time);
        units.Add(Unit, this);
    }

    public override object Describe() => new { Id, Protocol = "modbus-tcp", Address = host.EndPoint.ToString(), Unit, Profile = "comako-sim-wallbox" };

    public override BuildingFileLines BuildingLines() => new(
        $"{{ id: {Id}-lan, tcp: {host.EndPoint}, framing: modbus-tcp }}",
        $"{{ id: {Id}, name: Wallbox, role: load, bus: {Id}-lan, profile: comako-sim-wallbox, unit: {Unit}",
        "controllable: { kind: wallbox, rated: 11 kW, least: 4.14 kW }");

    public override DeviceTruth Truth(BuildingMoment at) => new(null, at.Energy.Loads?[0] ?? 0, 0);

    public override ValueTask<bool> SwitchAsync(Fault fault, bool on) => host.SwitchAsync(fault, on);

    public byte Read(RegisterTable table, int start, Span<ushort> values)
    {
        lock (gate)
        {
            var at = model.At(time.GetUtcNow());
            ReadOnlySpan<ushort> image = table == RegisterTable.Holding ? [Limit(at.Loads!), revert] : Shown(at);
            int from = table == RegisterTable.Holding ? start - 100 : start;
            if (from < 0 || from + values.Length > image.Length) return IllegalAddress;
            image.Slice(from, values.Length).CopyTo(values);
            return 0;
        }
    }

    public byte Write(int start, ReadOnlySpan<ushort> values)
    {
        if (start < 100 || start + values.Length > 102) return IllegalAddress;
        lock (gate)
        {
            if (start + values.Length == 102) revert = values[^1];
            if (start > 100) return 0;
            long? limit = values[0] == NoLimit ? null : values[0] * 1000L;
            model.Change(time.GetUtcNow(), m => m with
            {
                Loads = m.Loads! with { CarLimit = limit, CarLimitUntil = limit is null || revert == 0 ? null : m.Second + revert },
            });
            return 0;
        }
    }

    private static ushort Limit(LoadsMoment loads) => loads.CarLimit is { } limit ? (ushort)(limit / 1000) : NoLimit;

    private static ushort[] Shown(BuildingMoment at)
    {
        uint watts = (uint)(at.Power.Loads![0] / 1000), energy = (uint)(BuildingEnergy.FloorToWattHours(at.Energy.Loads?[0] ?? 0) / 100);
        int state = watts > 0 ? 2 : at.Loads!.CarLimit < ControllableLoads.WallboxLeast ? 3 : 1;
        return [(ushort)(watts >> 16), (ushort)watts, (ushort)(energy >> 16), (ushort)energy, (ushort)state];
    }
}
