using CoMaKo.Devices.Protocols.Profiles;

namespace CoMaKo.Edge.Configuration;

/// <summary>Rules over the whole building file: what refers to what, and what fits together.</summary>
internal static class BuildingRules
{
    public static void Check(
        YamlMap root, IReadOnlyList<(YamlMap Map, BusSettings Settings)> buses, IReadOnlyList<(YamlMap Map, ConfiguredDevice Settings)> devices, IReadOnlySet<string> profiles)
    {
        if (buses.Count > 32) root.Report("CME-1207", "buses", "A gateway serves at most 32 buses.");
        if (devices.Count > 64) root.Report("CME-1207", "devices", "A gateway serves at most 64 devices.");
        Unique(buses.Select(b => (b.Map, b.Settings.Id)));
        Unique(devices.Select(d => (d.Map, d.Settings.Id.Value)));
        Places(buses);
        foreach (var (map, device) in devices) Fits(map, device, buses, profiles);
        OneGrid(devices);
        OneReaderPerHead(buses, devices);
        OneUnitEach(devices);
    }

    private static void Unique(IEnumerable<(YamlMap Map, string Id)> items)
    {
        foreach (var twins in items.Where(i => i.Id.Length > 0).GroupBy(i => i.Id, StringComparer.Ordinal))
            foreach (var (map, id) in twins.Skip(1))
                map.Report("CME-1220", "id", $"The id '{id}' is already used: choose another.");
    }

    private static void Places(IReadOnlyList<(YamlMap Map, BusSettings Settings)> buses)
    {
        static (string Key, string Place) Place(BusSettings bus) => bus switch
        {
            SerialBus serial => ("serial", serial.Path),
            TcpBus tcp => ("tcp", FormattableString.Invariant($"{tcp.Host}:{tcp.Port}")),
            MqttBus mqtt => ("mqtt", FormattableString.Invariant($"{mqtt.Settings.Host}:{mqtt.Settings.Port}")),
            _ => ("", ""),
        };
        foreach (var same in buses.Where(b => Place(b.Settings).Place.Trim(':', '0').Length > 0).GroupBy(b => Place(b.Settings).Place, StringComparer.Ordinal))
            foreach (var (map, settings) in same.Skip(1))
                map.Report("CME-1220", Place(settings).Key, $"Another bus already uses {same.Key}: put its devices on one bus.");
        foreach (var (map, bus) in buses)
        {
            bool serial = bus is SerialBus;
            if (bus.Framing is { } framing && serial != (framing == ModbusFramingName.ModbusRtu))
                map.Report("CME-1222", "framing", serial ? "A serial bus carries modbus-rtu." : "A TCP bus carries modbus-tcp or rtu-over-tcp.");
        }
    }

    private static void Fits(YamlMap map, ConfiguredDevice device, IReadOnlyList<(YamlMap Map, BusSettings Settings)> buses, IReadOnlySet<string> profiles)
    {
        if (device.Profile is { Length: > 0 } profile && !profiles.Contains(profile))
            map.Report("CME-1223", "profile", $"There is no profile '{profile}': known are {string.Join(", ", profiles.Order(StringComparer.Ordinal))}.");
        if (device.Bus.Length == 0) return;
        if (buses.FirstOrDefault(b => b.Settings.Id == device.Bus).Settings is not { } bus)
            map.Report("CME-1221", "bus", $"There is no bus '{device.Bus}'.");
        else if (MqttSection.Misfit(device, bus) is { } misfit)
            map.Report("CME-1222", "bus", misfit);
        else if (device.Driver == DeviceDriver.Sml && bus.Framing is not null)
            map.Report("CME-1222", "bus", $"An SML meter cannot share the Modbus bus '{bus.Id}'.");
        else if (device.Driver is not (DeviceDriver.Sml or DeviceDriver.Mqtt) && bus.Framing is null)
            map.Report("CME-1222", "bus", $"The bus '{bus.Id}' needs a 'framing' for this device, e.g. modbus-tcp.");
    }

    private static void OneGrid(IReadOnlyList<(YamlMap Map, ConfiguredDevice Settings)> devices)
    {
        // The word as written: a misspelt role has its own finding and must not look like a second grid meter.
        foreach (var (map, device) in devices.Where(d => d.Map.OptionalText("role") == "grid").Skip(1))
            map.Report("CME-1224", "role", $"Only one device can be at the grid connection; '{device.Id}' is the second: give it another role.");
    }

    private static void OneReaderPerHead(IReadOnlyList<(YamlMap Map, BusSettings Settings)> buses, IReadOnlyList<(YamlMap Map, ConfiguredDevice Settings)> devices)
    {
        foreach (var (_, bus) in buses.Where(b => b.Settings is not MqttBus && b.Settings.Framing is null))
            foreach (var (map, _) in devices.Where(d => d.Settings.Bus == bus.Id).Skip(1))
                map.Report("CME-1224", "bus", $"An optical head reads one meter; '{bus.Id}' has one already.");
    }

    private static void OneUnitEach(IReadOnlyList<(YamlMap Map, ConfiguredDevice Settings)> devices)
    {
        var polled = devices.Where(d => d.Settings.Driver is not (DeviceDriver.Sml or DeviceDriver.Mqtt) && d.Settings.Bus.Length > 0);
        foreach (var twins in polled.GroupBy(d => (d.Settings.Bus, d.Settings.Unit)))
            foreach (var (map, device) in twins.Skip(1))
                map.Report("CME-1224", "unit", FormattableString.Invariant($"Unit {device.Unit} of bus '{device.Bus}' is already read by '{twins.First().Settings.Id}'."));
    }
}
