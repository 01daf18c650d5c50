using CoMaKo.Devices.Protocols.Profiles;

namespace CoMaKo.Edge.Configuration;

/// <summary>Rules over what the building file says about control: contacts that can be reached, one contact for each meaning, loads with a way to limit them.</summary>
internal static class ControlRules
{
    public static void Check(
        YamlMap root, IReadOnlyList<(YamlMap Map, BusSettings Settings)> buses, IReadOnlyList<(YamlMap Map, ConfiguredDevice Settings)> devices,
        IReadOnlyList<(YamlMap Map, ConfiguredRelay Settings)> relays)
    {
        if (relays.Count > 16) root.Report("CME-1207", "relays", "A gateway watches at most 16 contacts.");
        foreach (var (map, relay) in relays) Reaches(map, relay.Contact.Bus, buses);
        foreach (var twins in relays.GroupBy(r => r.Settings.Meaning))
            foreach (var (map, _) in twins.Skip(1)) map.Report("CME-1220", "meaning", "Another contact has this meaning already.");
        foreach (var twins in relays.GroupBy(r => (r.Settings.Contact.Bus, r.Settings.Contact.Unit, r.Settings.Contact.Chip, r.Settings.Contact.Number)))
            foreach (var (map, _) in twins.Skip(1)) map.Report("CME-1220", "", "Another entry uses this contact already.");
        foreach (var (map, device) in devices.Where(d => d.Settings.Load is not null)) Limited(map, device, buses);
    }

    private static void Limited(YamlMap map, ConfiguredDevice device, IReadOnlyList<(YamlMap Map, BusSettings Settings)> buses)
    {
        if (device.Load!.SgReady is { } contacts) Reaches(map, contacts.Bus, buses);
        else if (device.Profile is null) map.Report("CME-1227", "controllable", "Nothing can limit this consumer: give 'sgReady', or a profile with a set-point.");
    }

    private static void Reaches(YamlMap map, string? bus, IReadOnlyList<(YamlMap Map, BusSettings Settings)> buses)
    {
        if (string.IsNullOrEmpty(bus)) return;
        if (buses.FirstOrDefault(b => b.Settings.Id == bus).Settings is not { } found) map.Report("CME-1221", "bus", $"There is no bus '{bus}'.");
        else if (found.Framing is null) map.Report("CME-1227", "bus", $"The I/O module needs a Modbus bus; '{bus}' has no 'framing'.");
    }
}
