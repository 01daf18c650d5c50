using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Edge.Hosting;

namespace CoMaKo.Edge.Configuration;

/// <summary>The sensor inside the gateway's enclosure.</summary>
/// <param name="Sensor">Name of the kernel's driver, or of the binding.</param>
/// <param name="I2cBus">Where the binding finds it; the kernel knows by itself.</param>
/// <param name="Part">Name of the part that reads it.</param>
public sealed record EnclosureSettings(string Sensor, int I2cBus, int Address, string Part);

/// <summary>The lamp at the enclosure.</summary>
/// <param name="Chip">GPIO chip of the two LEDs; absent for a lamp on SPI.</param>
/// <param name="SpiBus">Where the binding finds it.</param>
/// <param name="Part">Name of the part that drives it.</param>
public sealed record StatusLightSettings(string? Chip, int Green, int Red, bool LightsWhenLow, int SpiBus, int SpiSelect, string Part);

/// <summary>Reads <c>enclosure</c> and <c>lamp</c>.</summary>
internal static class EnclosureSection
{
    private const string Binding = "iot-bindings";

    private static readonly Dictionary<string, bool> Levels = new(StringComparer.Ordinal) { ["low"] = true, ["high"] = false };

    public static EnclosureSettings? Sensor(YamlMap? map)
    {
        if (map is null) return null;
        string part = PartsSection.Name(map, "part", Ports.Enclosure), sensor = map.Text("sensor");
        bool isBound = Is(map, Binding);
        if (isBound && sensor is not ("" or "sht3x")) map.Report("CME-1207", "sensor", $"'{sensor}' has no binding here: it is sht3x; for others use the kernel's driver.");
        if (!isBound) Refuse(map, $"'part: {Binding}'", "i2cBus", "address");
        return new(sensor, (int)(map.OptionalInteger("i2cBus", 0, 63) ?? 1), (int)(map.OptionalInteger("address", 3, 119) ?? 0x44), part);
    }

    public static StatusLightSettings? Light(YamlMap? map)
    {
        if (map is null) return null;
        string part = PartsSection.Name(map, "part", Ports.Light);
        if (Is(map, Binding))
        {
            Refuse(map, "LEDs on GPIO lines", "chip", "green", "red", "lightsWhen");
            return new(null, 0, 0, false, (int)(map.OptionalInteger("spiBus", 0, 63) ?? 0), (int)(map.OptionalInteger("spiSelect", 0, 63) ?? 0), part);
        }

        Refuse(map, $"'part: {Binding}'", "spiBus", "spiSelect");
        var settings = new StatusLightSettings(map.Text("chip"), (int)map.Integer("green", 0, 65_535), (int)map.Integer("red", 0, 65_535), map.OptionalWord("lightsWhen", Levels) ?? false, 0, 0, part);
        if (map.IsSound && settings.Green == settings.Red) map.Report("CME-1220", "red", "The green and the red LED have a line each.");
        return settings;
    }

    /// <summary>The keys belong to what is written, also where this build has no such part.</summary>
    private static bool Is(YamlMap map, string part) => map.OptionalText("part") == part;

    private static void Refuse(YamlMap map, string owner, params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
            if (map.Has(key)) map.Report("CME-1204", key, $"'{key}' belongs to {owner}.");
    }
}
