using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Configuration;

/// <summary>Reads the keys of a pulse output (S0): it has a GPIO line instead of a bus.</summary>
internal static class PulseSection
{
    private static readonly string[] OwnKeys = ["chip", "line", "impulses", "pulse", "start"], KeysOfBuses = ["bus", "unit", "invert", "energy"];

    /// <summary>The bus of a device; empty for a pulse output.</summary>
    public static string Bus(YamlMap map, DeviceDriver? protocol)
    {
        if (protocol != DeviceDriver.S0) return map.Text("bus");
        foreach (string key in KeysOfBuses)
            if (map.Has(key)) map.Report("CME-1204", key, key == "invert" ? "A pulse output counts in one direction: its role says which." : $"'{key}' belongs to a device on a bus; a pulse output has 'chip' and 'line'.");
        return "";
    }

    /// <returns>Absent for every other protocol.</returns>
    public static ConfiguredPulses? Pulses(YamlMap map, DeviceDriver? protocol)
    {
        if (protocol == DeviceDriver.S0)
        {
            return new(
                map.Text("chip"), (int)map.Integer("line", 0, 65_535), map.Decimal("impulses", 0.1m, 100_000), map.Time("pulse", 0.005m, 1) ?? Duration.FromMilliseconds(30),
                map.Energy("start", 0, 10_000_000_000) ?? Energy.Zero);
        }

        foreach (string key in OwnKeys)
            if (map.Has(key)) map.Report("CME-1204", key, $"'{key}' belongs to a pulse output ('protocol: s0').");
        return null;
    }

    /// <param name="connection">Most that can flow.</param>
    public static void Check(IReadOnlyList<(YamlMap Map, ConfiguredDevice Settings)> devices, IReadOnlyList<(YamlMap Map, ConfiguredRelay Settings)> relays, Power connection)
    {
        var taken = relays.Select(r => (r.Settings.Contact.Chip, r.Settings.Contact.Number)).Where(c => c.Chip is not null).ToHashSet();
        foreach (var contacts in devices.Select(d => d.Settings.Load?.SgReady).OfType<ConfiguredSgReady>().Where(c => c.Chip is not null))
            taken.UnionWith([(contacts.Chip, contacts.First), (contacts.Chip, contacts.Second)]);
        foreach (var (map, device) in devices)
        {
            if (device.Pulses is not { } pulses || !map.IsSound) continue;
            if (!taken.Add((pulses.Chip, pulses.Line))) map.Report("CME-1220", "line", FormattableString.Invariant($"Another entry uses line {pulses.Line} of {pulses.Chip} already."));
            decimal perSecond = connection.Watts / device.Ratio / 1000 * pulses.PerKilowattHour / 3600;
            if (perSecond * 2 * (decimal)pulses.Length.TotalSeconds > 1)
                map.Report("CME-1229", "impulses", FormattableString.Invariant($"At the connection's {connection.Watts / 1000:0.#} kW the meter would give {perSecond:0.#} pulses a second, more than fit with {pulses.Length.TotalMilliseconds:0.#} ms each: check 'impulses', 'pulse' and 'connectionPower'."));
        }
    }
}
