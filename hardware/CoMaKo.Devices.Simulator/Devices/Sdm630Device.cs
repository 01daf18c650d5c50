using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>An Eastron SDM630 behind Modbus TCP: input registers, float32 with the high word first, kWh; at most 80 registers a request, always whole values.</summary>
internal sealed class Sdm630Device : SimulatedDevice, IRegisterMap
{
    private const int End = 0x180, MaxRegisters = 80;
    private const byte IllegalAddress = 2, IllegalValue = 3;
    private static readonly double[] PhaseShares = [0.36, 0.33, 0.31];

    private readonly byte unit;
    private readonly ModbusHost host;
    private readonly BuildingModel model;
    private readonly Func<BuildingMoment, MeterFace> face;
    private readonly TimeProvider time;
    private readonly FaceFaults faults = new();

    public Sdm630Device(string id, byte unit, ModbusHost host, UnitStore units, BuildingModel model, Func<BuildingMoment, MeterFace> face, TimeProvider time)
        : base(id)
    {
        (this.unit, this.host, this.model, this.face, this.time) = (unit, host, model, face, time);
        units.Add(unit, this);
    }

    public override object Describe() => new { Id, Protocol = "modbus-tcp", Address = host.EndPoint.ToString(), Unit = unit, Profile = "eastron-sdm630" };

    public override BuildingFileLines BuildingLines() => Id switch
    {
        "pv" => new($"{{ id: meters, tcp: {host.EndPoint}, framing: modbus-tcp }}", "{ id: pv, name: PV meter, role: pv, bus: meters, profile: eastron-sdm630, unit: 1, invert: true"),
        "heat-pump" => new(
            null, FormattableString.Invariant($"{{ id: {Id}, name: Heat pump, role: load, bus: meters, profile: eastron-sdm630, unit: {unit}"),
            "controllable: { kind: heat-pump, rated: 5.4 kW, sgReady: { bus: io, unit: 1, coils: [0, 1] } }"),
        _ => new(null, FormattableString.Invariant($"{{ id: {Id}, name: Flat {unit - 1}, role: load, bus: meters, profile: eastron-sdm630, unit: {unit}")),
    };

    public override DeviceTruth Truth(BuildingMoment at)
    {
        var shown = face(at);
        return new(null, shown.Import, shown.Export);
    }

    public override async ValueTask<bool> SwitchAsync(Fault fault, bool on) => faults.Switch(fault, on) || await host.SwitchAsync(fault, on);

    public byte Read(RegisterTable table, int start, Span<ushort> values)
    {
        if (table != RegisterTable.Input || start % 2 != 0 || values.Length % 2 != 0 || start + values.Length > End) return IllegalAddress;
        if (values.Length > MaxRegisters) return IllegalValue;
        Span<float> image = stackalloc float[End / 2];
        var at = model.At(time.GetUtcNow());
        Fill(image, faults.Apply(face(at)), at.Second);
        for (int i = 0; i < values.Length; i += 2)
        {
            uint bits = BitConverter.SingleToUInt32Bits(image[(start + i) / 2]);
            values[i] = (ushort)(bits >> 16);
            values[i + 1] = (ushort)bits;
        }

        return 0;
    }

    public byte Write(int start, ReadOnlySpan<ushort> values) => IllegalAddress;

    private static void Fill(Span<float> image, MeterFace face, long second)
    {
        double watts = face.Power / 1000.0, import = KiloWattHours(face.Import), export = KiloWattHours(face.Export), amperes = 0, volts = 0;
        image.Clear();
        for (int phase = 0; phase < 3; phase++)
        {
            double u = 230 + 4 * (Chance.Smooth(99, phase, second, 120) - 0.5), p = watts * PhaseShares[phase];
            amperes += Math.Abs(p) / u;
            volts += u / 3;
            Set(image, 0x00 + 2 * phase, u);
            Set(image, 0x06 + 2 * phase, Math.Abs(p) / u);
            Set(image, 0x0C + 2 * phase, p);
            Set(image, 0x12 + 2 * phase, Math.Abs(p));
            Set(image, 0x1E + 2 * phase, p < 0 ? -1 : 1);
            Set(image, 0x15A + 2 * phase, import * PhaseShares[phase]);
            Set(image, 0x160 + 2 * phase, export * PhaseShares[phase]);
        }

        Set(image, 0x2A, volts);
        Set(image, 0x2E, amperes / 3);
        Set(image, 0x30, amperes);
        Set(image, 0x34, watts);
        Set(image, 0x38, Math.Abs(watts));
        Set(image, 0x3E, watts < 0 ? -1 : 1);
        Set(image, 0x46, 50 + 0.04 * (Chance.Smooth(99, 7, second, 20) - 0.5));
        Set(image, 0x48, import);
        Set(image, 0x4A, export);
        Set(image, 0x156, import + export);
    }

    private static void Set(Span<float> image, int register, double value) => image[register / 2] = (float)value;

    private static double KiloWattHours(long milliwattSeconds) => milliwattSeconds / (1000.0 * BuildingEnergy.PerWattHour);
}
