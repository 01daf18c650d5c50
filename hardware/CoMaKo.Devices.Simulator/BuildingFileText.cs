using System.Text;
using CoMaKo.Devices.Simulator.Devices;

namespace CoMaKo.Devices.Simulator;

/// <summary>The building file with which a gateway reads this simulator.</summary>
public static class BuildingFileText
{
    /// <summary>The grid meter, further SML meters, PV and battery; the flats' Modbus meters are there for those who add them.</summary>
    /// <param name="control">With what a gateway needs that drives the devices: write sides and the grid operator's contacts.</param>
    public static string Of(IEnumerable<SimulatedDevice> devices, bool control = false)
    {
        ArgumentNullException.ThrowIfNull(devices);
        var lines = devices.Where(d => !d.Id.StartsWith("sub-", StringComparison.Ordinal)).Select(d => d.BuildingLines()).ToList();
        var text = new StringBuilder("# Written by comako-simulator.\nbuilding: Lindenhof 7\ngateway: gw-0417\ntimeZone: Europe/Berlin\nconnectionPower: 34 kW\n");
        Add(text, "buses", lines.Select(l => l.Bus));
        Add(text, "devices", lines.Select(l => l.Device is { } device ? $"{device}{(control && l.Control is { } more ? $", {more}" : "")} }}" : null));
        if (control) Add(text, "relays", lines.SelectMany(l => l.Relays));
        return text.ToString();
    }

    /// <summary>Replaces the file in one step, so that nobody reads half of it.</summary>
    public static void Write(string path, IEnumerable<SimulatedDevice> devices, bool control = false)
    {
        File.WriteAllText($"{path}.new", Of(devices, control));
        File.Move($"{path}.new", path, overwrite: true);
    }

    private static void Add(StringBuilder text, string key, IEnumerable<string?> items)
    {
        var given = items.OfType<string>().ToList();
        if (given.Count == 0) return;
        text.Append(key).Append(":\n");
        foreach (string item in given) text.Append("  - ").Append(item).Append('\n');
    }
}
