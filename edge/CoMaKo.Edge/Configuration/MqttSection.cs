using System.Globalization;
using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Mqtt;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Hosting;
using NodaTime;

namespace CoMaKo.Edge.Configuration;

/// <summary>An MQTT broker; the devices behind it have a <c>mqtt</c> of their own.</summary>
public sealed record MqttBus(string Id, MqttSettings Settings) : BusSettings(Id, null, Duration.FromSeconds(1));

/// <summary>What the gateway says to a broker.</summary>
/// <param name="Bus">Which broker.</param>
/// <param name="Base">First level of all topics.</param>
/// <param name="Discovery">First level of Home Assistant's discovery; absent: none.</param>
/// <param name="Every">Values of a device are sent this often at most.</param>
public sealed record PublishSettings(string Bus, string Base, string? Discovery, Duration Every);

/// <summary>Reads what the building file says about MQTT: brokers among the buses, meters behind them, and <c>publish</c>.</summary>
/// <remarks>Codes besides those of <see cref="StrictYaml"/> and <see cref="MqttMapReader"/>: CME-1221 no such bus, CME-1222 bus and device do not fit, CME-2509 a part that this build does not have.</remarks>
internal static class MqttSection
{
    private const string PathForm = "the absolute path of a file";

    public static MqttBus Bus(YamlMap map, string id, string endPoint, string gateway)
    {
        int colon = endPoint.LastIndexOf(':');
        int port = colon > 0 && int.TryParse(endPoint.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
        if (endPoint.Length > 0 && port is < 1 or > 65535) map.Report("CME-1207", "mqtt", "A port is a number from 1 to 65535.");
        string? user = map.OptionalText("user"), password = File(map, "passwordFile");
        if (password is not null && user is null) map.Report("CME-1206", "passwordFile", "A password belongs to a user: give 'user', too.");
        var keepAlive = map.Time("keepAlive", 5, 3600) ?? Duration.FromSeconds(10);
        return new(id, new(colon > 0 ? endPoint[..colon].Trim('[', ']') : "", port, $"comako-{gateway}-{id}")
        {
            User = user, PasswordFile = password, Tls = Tls(map), KeepAlive = Duration.FromSeconds((long)keepAlive.TotalSeconds),
        }) { Part = PartsSection.Name(map, "part", Ports.Mqtt, "CME-2509") };
    }

    public static MqttMeterMap? Meter(YamlMap device) => device.OptionalMap("mqtt") is { } map ? MqttMapReader.Read(map, m => m.Time("every", 1, 3600)) : null;

    public static PublishSettings? Publish(YamlMap? map, IEnumerable<BusSettings> buses)
    {
        if (map is null) return null;
        string bus = map.Text("bus");
        if (bus.Length > 0 && buses.FirstOrDefault(b => b.Id == bus) is not MqttBus)
            map.Report(buses.Any(b => b.Id == bus) ? "CME-1222" : "CME-1221", "bus", $"There is no MQTT broker '{bus}' among the buses: add one, such as {{ id: {bus}, mqtt: broker.lan:1883 }}.");
        bool discovers = map.OptionalFlag("homeAssistant") ?? true;
        string prefix = Level(map, "discoveryPrefix", "homeassistant");
        return new(bus, Level(map, "base", "comako"), discovers ? prefix : null, map.Time("every", 1, 3600) ?? Duration.FromSeconds(10));
    }

    /// <summary>What device and bus must be to each other; absent if they fit.</summary>
    public static string? Misfit(ConfiguredDevice device, BusSettings bus) => (device.Driver == DeviceDriver.Mqtt, bus is MqttBus) switch
    {
        (true, false) => $"'{bus.Id}' is no MQTT broker: a device with 'mqtt' needs a bus such as {{ id: broker, mqtt: broker.lan:1883 }}.",
        (false, true) => $"Behind the MQTT broker '{bus.Id}' a device is described by 'mqtt', not by 'protocol' or 'profile'.",
        _ => null,
    };

    private static MqttTls? Tls(YamlMap map)
    {
        bool isOn = map.Flag("tls");
        string? authority = File(map, "ca"), certificate = File(map, "certificate"), key = File(map, "key");
        if (!isOn && (authority ?? certificate ?? key) is not null) map.Report("CME-1206", "", "'ca', 'certificate' and 'key' belong to 'tls: true'.");
        if (certificate is null != key is null) map.Report("CME-1206", "", "A certificate and its key come together: give 'certificate' and 'key'.");
        return isOn ? new(authority, certificate, key) : null;
    }

    private static string Level(YamlMap map, string key, string byDefault)
    {
        string text = map.OptionalText(key) ?? byDefault;
        if (text.Length > 0 && (text.Length > 64 || !MqttMapReader.IsTopic(text) || text[0] == '/' || text[^1] == '/')) map.Report("CME-2522", key, $"'{text}' cannot begin a topic: use a name such as {byDefault}.");
        return text;
    }

    private static string? File(YamlMap map, string key)
    {
        string? text = map.OptionalText(key);
        if (text is { Length: > 0 } && text[0] != '/') map.Report("CME-1207", key, $"'{text}' does not fit: expected {PathForm}.");
        return text;
    }
}
