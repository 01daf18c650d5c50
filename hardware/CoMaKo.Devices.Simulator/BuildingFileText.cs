using System.Text;
using CoMaKo.Devices.Simulator.Devices;

namespace CoMaKo.Devices.Simulator;

/// <summary>The building file with which a gateway reads this simulator.</summary>
public static class BuildingFileText
{
    /// <summary>The grid meter, further SML meters, PV and battery; the flats' Modbus meters are there for those who add them.</summary>
    public static string Of(IEnumerable<SimulatedDevice> devices)
    {
        ArgumentNullException.ThrowIfNull(devices);
        var lines = devices.Where(d => !d.Id.StartsWith("sub-", StringComparison.Ordinal)).Select(d => d.BuildingLines()).ToList();
        var text = new StringBuilder("# Written by comako-simulator.\nbuilding: Lindenhof 7\ngateway: gw-0417\ntimeZone: Europe/Berlin\nconnectionPower: 34 kW\nbuses:\n");
        foreach (var line in lines)
            if (line.Bus is not null) text.Append("  - ").Append(line.Bus).Append('\n');
        text.Append("devices:\n");
        foreach (var line in lines) text.Append("  - ").Append(line.Device).Append('\n');
        return text.ToString();
    }

    /// <summary>Replaces the file in one step, so that nobody reads half of it.</summary>
    public static void Write(string path, IEnumerable<SimulatedDevice> devices)
    {
        File.WriteAllText($"{path}.new", Of(devices));
        File.Move($"{path}.new", path, overwrite: true);
    }
}
