using CoMaKo.Contracts.Wire;
using CoMaKo.Devices;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Linux.Mqtt;
using CoMaKo.Devices.Protocols.Enclosure;
using CoMaKo.Devices.Protocols.Modbus;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Storage;

namespace CoMaKo.Edge.Hosting;

/// <summary>The ports that several parts can serve. Optional parts are in builds with <c>-p:Adapters=nuget</c> only (<c>Hosting/Adapters</c>).</summary>
internal static partial class Ports
{
    public static Port<Func<MqttSettings, TimeProvider, IMqttSession>> Mqtt { get; } = new(
        "MQTT session", "libmosquitto", new("libmosquitto", static (settings, clock) => new MosquittoSession(settings, clock), static () => MosquittoSession.WhyNot), ("mqttnet", "MQTTnet"));

    public static Port<Func<IByteLink, ModbusBusOptions, TimeProvider, ModbusBus>> Modbus { get; } = new(
        "Modbus client", "own", new("own codec", static (link, options, time) => new ModbusBus(link, options, time)), ("nmodbus", "NModbus"));

    public static Port<Func<string, IGpioLines>> Gpio { get; } = new(
        "GPIO lines", "kernel", new("the kernel's character device", GpioChip.Open), ("system-device-gpio", "System.Device.Gpio"));

    public static Port<Func<EnclosureSettings, IEnclosureSensor>> Enclosure { get; } = new(
        "Enclosure sensor", "sysfs", new("the kernel's driver", static settings => new SysfsSensor(settings.Sensor)), ("iot-bindings", "Iot.Device.Bindings"));

    public static Port<Func<StatusLightSettings, Func<string, IGpioLines>, IStatusLight>> Light { get; } = new(
        "Status light", "gpio", new("two LEDs on GPIO lines", static (settings, chips) => new GpioStatusLight(chips(settings.Chip!), settings.Green, settings.Red, settings.LightsWhenLow)),
        ("iot-bindings", "Iot.Device.Bindings"));

    public static Port<Func<StorePart>> Buffer { get; } = new("Buffer", "sqlite", new("SQLite", static () => SqliteOutbox.Part), ("litedb", "LiteDB"));

    public static Port<Func<Uri, IReadOnlyDictionary<string, string>, IGrpcClient>> Hub { get; } = new(
        "Line to the hub", "own", new("own gRPC over HttpClient", static (server, metadata) => new GrpcConnection(server, metadata)), ("grpc-net-client", "Grpc.Net.Client"));

    public static Port<Action<IServiceCollection>> Service { get; } = new(
        "Service manager", "own", new("own messages to systemd", static services => services.AddSingleton<IServiceNotifier>(_ => SystemdNotifier.FromEnvironment())),
        ("hosting-systemd", "Microsoft.Extensions.Hosting.Systemd"));

    static Ports()
    {
        AddDeviceParts();
        AddServiceParts();
    }

    /// <summary>Which part serves each port that this building uses.</summary>
    /// <param name="hub">Where totals are sent; absent: nowhere.</param>
    public static IEnumerable<ServedPort> Of(Building building, Uri? hub)
    {
        yield return Buffer.Served(building.Parts.Buffer, "", "parts.buffer");
        if (hub is not null) yield return Hub.Served(building.Parts.Hub, "", "parts.hub");
        yield return Service.Served(building.Parts.Service, "", "parts.service");
        foreach (var bus in building.Buses.Where(b => b.Part.Length > 0))
            yield return bus is MqttBus ? Mqtt.Served(bus.Part, $"bus '{bus.Id}'", "part") : Modbus.Served(bus.Part, $"bus '{bus.Id}'", "part");
        if (building.Enclosure is { } enclosure) yield return Enclosure.Served(enclosure.Part, "", "enclosure.part");
        if (building.StatusLight is { } light) yield return Light.Served(light.Part, "", "lamp.part");
        if (building.UsesGpio) yield return Gpio.Served(building.Parts.Gpio, "", "parts.gpio");
    }

    static partial void AddDeviceParts();

    static partial void AddServiceParts();
}
