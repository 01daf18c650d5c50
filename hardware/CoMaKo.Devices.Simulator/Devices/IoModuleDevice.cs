using CoMaKo.Devices.Simulator.Model;

namespace CoMaKo.Devices.Simulator.Devices;

/// <summary>
/// A Modbus I/O module, unit 1: discrete inputs 0–4 are the grid operator's contacts (<see cref="Contacts.Names"/>; 1 = closed),
/// coils 0 and 1 the heat pump's two SG-Ready contacts.
/// </summary>
internal sealed class IoModuleDevice : SimulatedDevice, IRegisterMap, IBitMap
{
    private const byte Unit = 1, IllegalFunction = 1, IllegalAddress = 2;

    private readonly ModbusHost host;
    private readonly Contacts contacts;
    private readonly BuildingModel model;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly bool[] coils = new bool[2];

    public IoModuleDevice(string id, ModbusHost host, UnitStore units, Contacts contacts, BuildingModel model, TimeProvider time)
        : base(id)
    {
        (this.host, this.contacts, this.model, this.time) = (host, contacts, model, time);
        units.Add(Unit, this);
        int state = model.At(time.GetUtcNow()).Loads?.SgReady ?? 2;
        (coils[0], coils[1]) = (state is 1 or 4, state is 3 or 4);
    }

    public override object Describe() => new { Id, Protocol = "modbus-tcp", Address = host.EndPoint.ToString(), Unit, Inputs = Contacts.Names, Coils = (string[])["sg-ready-1", "sg-ready-2"] };

    public override BuildingFileLines BuildingLines() => new($"{{ id: {Id}, tcp: {host.EndPoint}, framing: modbus-tcp }}", null)
    {
        Relays = [.. Contacts.Names.Take(4).Select((name, input) => FormattableString.Invariant($"{{ meaning: {name}, bus: {Id}, unit: {Unit}, input: {input}, active: closed }}"))],
    };

    public override DeviceTruth? Truth(BuildingMoment at) => null;

    public override ValueTask<bool> SwitchAsync(Fault fault, bool on) => host.SwitchAsync(fault, on);

    public byte Read(RegisterTable table, int start, Span<ushort> values) => IllegalFunction;

    public byte Write(int start, ReadOnlySpan<ushort> values) => IllegalFunction;

    public byte ReadBits(BitTable table, int start, Span<bool> values)
    {
        int count = table == BitTable.Coils ? coils.Length : Contacts.Names.Count;
        if (start + values.Length > count) return IllegalAddress;
        lock (gate)
            for (int i = 0; i < values.Length; i++) values[i] = table == BitTable.Coils ? coils[start + i] : contacts[start + i];
        return 0;
    }

    public byte WriteCoils(int start, ReadOnlySpan<bool> values)
    {
        if (start + values.Length > coils.Length) return IllegalAddress;
        lock (gate)
        {
            values.CopyTo(coils.AsSpan(start));
            int state = (coils[0], coils[1]) switch { (true, false) => 1, (false, false) => 2, (false, true) => 3, _ => 4 };
            model.Change(time.GetUtcNow(), m => m with { Loads = m.Loads! with { SgReady = state } });
            return 0;
        }
    }
}
