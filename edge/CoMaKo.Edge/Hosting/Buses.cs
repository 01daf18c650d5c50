using CoMaKo.Devices;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Edge.Configuration;

namespace CoMaKo.Edge.Hosting;

/// <summary>Opens what the building file calls buses. Deadlines of links run on the system's time: devices do not hurry because a model clock does.</summary>
internal sealed class Buses(IReadOnlyList<BusSettings> settings) : IAsyncDisposable
{
    private readonly Dictionary<string, ModbusBus> modbus = settings
        .Where(bus => bus.Framing is not null)
        .ToDictionary(bus => bus.Id, bus => Ports.Modbus[bus.Part].Create(Link(bus), Options(bus), TimeProvider.System));

    /// <summary>The shared Modbus line or connection of this name.</summary>
    public ModbusBus Modbus(string id) => modbus[id];

    /// <summary>A link of its own for a device that pushes.</summary>
    public IByteLink Open(string id) => Link(settings.First(bus => bus.Id == id));

    /// <summary>How people know the bus.</summary>
    public string Describe(string id) => Link(settings.First(bus => bus.Id == id)).Name;

    public async ValueTask DisposeAsync()
    {
        foreach (var bus in modbus.Values) await bus.DisposeAsync();
    }

    private static IByteLink Link(BusSettings bus) => bus switch
    {
        SerialBus serial => new SerialLink(serial.Path, serial.Settings),
        TcpBus tcp => new TcpLink(tcp.Host, tcp.Port),
        _ => throw new InvalidOperationException($"Bus {bus.Id} is neither serial nor TCP."),
    };

    private static ModbusBusOptions Options(BusSettings bus)
    {
        var framing = bus.Framing switch
        {
            ModbusFramingName.ModbusTcp => ModbusFraming.Tcp,
            _ => ModbusFraming.Rtu,
        };
        var options = new ModbusBusOptions(framing) { Timeout = bus.Timeout.ToTimeSpan() };
        // 3.5 characters of silence separate RTU frames; from 19 200 baud on a fixed 1.75 ms (Modbus over serial line 1.02, 2.5.1.1).
        return bus is SerialBus { Settings: var line }
            ? options with { Pause = TimeSpan.FromMilliseconds(Math.Max(1.75, 3500.0 * line.BitsPerCharacter / line.Baud)) }
            : options;
    }
}
