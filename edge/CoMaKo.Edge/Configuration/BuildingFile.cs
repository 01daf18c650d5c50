using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Devices;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Hosting;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Configuration;

/// <summary>Reads <c>building.yaml</c> strictly: all findings at once, with path and line.</summary>
/// <remarks>Codes besides those of <see cref="StrictYaml"/>: CME-1220 an id is used twice, CME-1221 no such bus, CME-1222 bus and device do not fit,
/// CME-1223 no such profile, CME-1224 several devices where only one can be, CME-1225 hub address not allowed, CME-1226 a key of control at a device of another role,
/// CME-1227 a contact that cannot be reached, CME-1229 pulses that cannot be told apart, CME-1244 a part that this build does not have; CME-2120 and CME-2130 as in <see cref="PlanningCodes"/>.</remarks>
public static partial class BuildingFile
{
    private static readonly Dictionary<string, DeviceRole> Roles = new(StringComparer.Ordinal)
    {
        ["grid"] = DeviceRole.Grid, ["pv"] = DeviceRole.Pv, ["battery"] = DeviceRole.Battery, ["load"] = DeviceRole.Load, ["other"] = DeviceRole.Other,
    };

    private static readonly Dictionary<string, ModbusFramingName> Framings = new(StringComparer.Ordinal)
    {
        ["modbus-tcp"] = ModbusFramingName.ModbusTcp, ["modbus-rtu"] = ModbusFramingName.ModbusRtu, ["rtu-over-tcp"] = ModbusFramingName.RtuOverTcp,
    };

    private static readonly Dictionary<string, DeviceDriver> Protocols = new(StringComparer.Ordinal)
    {
        ["sml"] = DeviceDriver.Sml, ["sunspec"] = DeviceDriver.SunSpec, ["s0"] = DeviceDriver.S0,
    };

    private static readonly Dictionary<string, bool> EnergySources = new(StringComparer.Ordinal) { ["registers"] = false, ["power"] = true };

    /// <summary>Reads a file.</summary>
    /// <param name="profiles">Names of the known profiles.</param>
    /// <returns>The building, and no findings; or findings, and no building.</returns>
    public static (Building? Building, IReadOnlyList<Finding> Findings) Read(StrictYaml yaml, IReadOnlySet<string> profiles)
    {
        var root = yaml.Root;
        string name = root.Text("building");
        string gateway = root.Text("gateway", GatewayPattern(), "1 to 64 letters, digits, '.', '_' or '-'");
        var zone = Zone(root);
        var power = ConnectionPower(root);
        var hub = Hub(root.OptionalMap("hub"));
        var buses = root.Maps("buses").Select(map => Bus(map, gateway)).ToList();
        var devices = root.Maps("devices").Select(map => (Map: map, Settings: Device(map))).ToList();
        var relays = root.OptionalMaps("relays").Select(map => (Map: map, Settings: ControlSection.Relay(map))).ToList();
        var control = ControlSection.Control(root.OptionalMap("control"), [.. relays.Select(r => r.Settings)]);
        var tariff = TariffSection.Tariff(root.OptionalMap("tariff"));
        var wishes = TariffSection.Wishes(root.OptionalMap("wishes"), control);
        var place = ControlSection.Place(root.OptionalMap("location"));
        var publish = MqttSection.Publish(root.OptionalMap("publish"), buses.Select(b => b.Settings));
        var enclosure = EnclosureSection.Sensor(root.OptionalMap("enclosure"));
        var light = EnclosureSection.Light(root.OptionalMap("lamp"));
        var parts = PartsSection.Parts(root.OptionalMap("parts"));
        BuildingRules.Check(root, buses, devices, profiles);
        PulseSection.Check(devices, relays, power);
        ControlRules.Check(root, buses, devices, relays);

        var findings = yaml.Complete();
        return findings.Count > 0
            ? (null, findings)
            : (new(name, new(gateway), zone, power, hub, [.. buses.Select(b => b.Settings)], [.. devices.Select(d => d.Settings)])
            {
                Relays = [.. relays.Select(r => r.Settings)], Control = control, Tariff = tariff, Wishes = wishes, Place = place, Publish = publish, Parts = parts, Enclosure = enclosure, StatusLight = light,
            }, findings);
    }

    private static DateTimeZone Zone(YamlMap root)
    {
        string text = root.Text("timeZone");
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(text) is { } zone) return zone;
        if (text.Length > 0) root.Report("CME-1207", "timeZone", $"'{text}' is not a time zone: use a name such as Europe/Berlin.");
        return DateTimeZone.Utc;
    }

    private static Power ConnectionPower(YamlMap root)
    {
        if (root.OptionalText("connectionPower", PowerPattern(), "a power such as 11 kW") is not { Length: > 0 } text) return Power.FromWatts(30_000);
        decimal number = decimal.Parse(text.TrimEnd('W', 'k', ' '), CultureInfo.InvariantCulture);
        decimal watts = text.Contains('k', StringComparison.Ordinal) ? number * 1000 : number;
        if (watts is < 500 or > 1_000_000) root.Report("CME-1207", "connectionPower", "A grid connection has 0.5 kW to 1000 kW.");
        return Power.FromWatts(watts);
    }

    private static Uri? Hub(YamlMap? hub)
    {
        string? text = hub?.Text("address");
        if (string.IsNullOrEmpty(text)) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http") || address.PathAndQuery != "/")
            hub!.Report("CME-1207", "address", $"'{text}' is not an address such as https://hub.example.org:8091.");
        else if (HubAddressFault(address) is { } fault) hub!.Report("CME-1225", "address", fault);
        return address;
    }

    /// <summary>Why an address may not be used; absent if it may: energy data never leave the machine in cleartext.</summary>
    public static string? HubAddressFault(Uri address) => address.Scheme == Uri.UriSchemeHttps || address.IsLoopback
        ? null
        : "Cleartext (http) is allowed on loopback only: use https.";

    private static (YamlMap Map, BusSettings Settings) Bus(YamlMap map, string gateway)
    {
        string id = map.Text("id", IdPattern(), "1 to 32 of a-z, 0-9 and '-'");
        if (map.OptionalText("mqtt", EndPointPattern(), "host:port") is { } broker) return (map, MqttSection.Bus(map, id, broker, gateway));
        ModbusFramingName? framing = map.OptionalWord("framing", Framings);
        if (framing is null && map.Has("part")) map.Report("CME-1204", "part", "'part' belongs to a bus with 'framing' or 'mqtt'.");
        string part = framing is null ? "" : PartsSection.Name(map, "part", Ports.Modbus);
        var timeout = Milliseconds(map, "timeout", 1000, 50, 60_000);
        string? serial = map.OptionalText("serial");
        string? settings = map.OptionalText("settings");
        string? tcp = map.OptionalText("tcp", EndPointPattern(), "host:port");
        if (serial is null == tcp is null) map.Report("CME-1206", "", "A bus has either 'serial', 'tcp' or 'mqtt'.");
        if (tcp is not null)
        {
            if (settings is not null) map.Report("CME-1204", "settings", "'settings' belongs to a serial bus.");
            int colon = tcp.LastIndexOf(':');
            int port = colon > 0 && int.TryParse(tcp.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int p) ? p : 0;
            if (tcp.Length > 0 && port is < 1 or > 65535) map.Report("CME-1207", "tcp", "A port is a number from 1 to 65535.");
            return (map, new TcpBus(id, colon > 0 ? tcp[..colon].Trim('[', ']') : "", port, framing, timeout) { Part = part });
        }

        var parsed = SerialSettings.Parse(settings ?? "9600-8N1");
        if (!parsed.Success) map.Report(parsed.Error.Code, "settings", parsed.Error.Text);
        return (map, new SerialBus(id, serial ?? "", parsed.Value ?? SerialSettings.Sml, framing, timeout) { Part = part });
    }

    private static ConfiguredDevice Device(YamlMap map)
    {
        string id = map.Text("id", IdPattern(), "1 to 32 of a-z, 0-9 and '-'");
        string? profile = map.OptionalText("profile");
        var protocol = map.OptionalWord("protocol", Protocols);
        var mqtt = MqttSection.Meter(map);
        if (((bool[])[profile is not null, protocol is not null, mqtt is not null]).Count(given => given) != 1)
            map.Report("CME-1206", "", "A device has either 'protocol' (sml, sunspec, s0), 'profile' or 'mqtt'.");
        decimal ratio = map.OptionalDecimal("ratio", 0.000001m, 10_000) ?? 1;
        if (ratio * 1_000_000 % 1 != 0) map.Report("CME-1207", "ratio", "A CT factor has at most six decimals.");
        return new(
            new(id), map.OptionalText("name") ?? id, map.Word("role", Roles), PulseSection.Bus(map, protocol), mqtt is null ? protocol ?? DeviceDriver.Profile : DeviceDriver.Mqtt, profile,
            (byte)(map.OptionalInteger("unit", 0, 247) ?? 1), map.Flag("invert"), ratio, Milliseconds(map, "poll", 1000, 100, 60_000),
            map.OptionalWord("energy", EnergySources))
        {
            Mqtt = mqtt, Battery = ControlSection.Battery(map), Plant = ControlSection.Plant(map), Load = ControlSection.Load(map), Pulses = PulseSection.Pulses(map, protocol),
        };
    }

    private static Duration Milliseconds(YamlMap map, string key, int byDefault, int min, int max)
    {
        if (map.OptionalText(key, TimePattern(), "a time such as 500 ms or 2 s") is not { Length: > 0 } text) return Duration.FromMilliseconds(byDefault);
        bool isMilliseconds = text.EndsWith("ms", StringComparison.Ordinal);
        bool read = long.TryParse(text.TrimEnd('m', 's', ' '), NumberStyles.None, CultureInfo.InvariantCulture, out long number);
        long milliseconds = !read ? -1 : isMilliseconds ? number : number < 100_000 ? number * 1000 : -1;
        if (milliseconds < min || milliseconds > max)
            map.Report("CME-1207", key, FormattableString.Invariant($"'{text}' is outside {min} ms to {max} ms."));
        return Duration.FromMilliseconds(Math.Clamp(milliseconds, min, max));
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,31}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex GatewayPattern();

    [GeneratedRegex(@"\A[0-9]{1,7}(\.[0-9]{1,3})? ?k?W\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PowerPattern();

    [GeneratedRegex(@"\A[0-9]{1,6} ?m?s\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TimePattern();

    [GeneratedRegex(@"\A[^\s:]+:[0-9]{1,5}\z|\A\[[0-9a-fA-F:]+\]:[0-9]{1,5}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EndPointPattern();
}
