using System.Text.RegularExpressions;
using CoMaKo.Devices.Protocols.Profiles;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>Reads the key <c>mqtt</c> of a device in the building file.</summary>
/// <remarks>Codes besides those of <see cref="StrictYaml"/>: CME-2521 no path, CME-2522 a topic with wildcards or too long, CME-2523 a measurand twice.</remarks>
public static partial class MqttMapReader
{
    private const int MostReadings = 64;

    private static readonly Dictionary<string, MqttFormat> Formats = new(StringComparer.Ordinal)
    {
        ["tasmota-sml"] = MqttFormat.TasmotaSml, ["shelly-3em"] = MqttFormat.Shelly3Em, ["zigbee2mqtt"] = MqttFormat.Zigbee2Mqtt, ["json"] = MqttFormat.Json,
    };

    private static readonly Dictionary<string, MqttTimeForm> TimeForms = new(StringComparer.Ordinal)
    {
        ["unix"] = MqttTimeForm.UnixSeconds, ["unix-ms"] = MqttTimeForm.UnixMilliseconds, ["iso"] = MqttTimeForm.Iso,
    };

    private static readonly Dictionary<string, bool> Counts = new(StringComparer.Ordinal) { ["meter"] = false, ["inverter"] = true };

    private enum MqttFormat
    {
        TasmotaSml,
        Shelly3Em,
        Zigbee2Mqtt,
        Json,
    }

    /// <summary>Reads the map.</summary>
    /// <param name="every">How far apart messages are; the caller knows how times are written.</param>
    public static MqttMeterMap Read(YamlMap map, Func<YamlMap, Duration?> every)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(every);
        var format = map.Word("format", Formats);
        var period = every(map) ?? Duration.FromSeconds(format == MqttFormat.Zigbee2Mqtt ? 60 : 10);
        var read = format == MqttFormat.Json ? Json(map, period) : Known(map, format, period);
        return read with
        {
            Time = Time(map.OptionalMap("time")),
            MeterId = OptionalPath(map, "meter") ?? read.MeterId,
            CountsAsInverter = map.OptionalWord("counts", Counts) ?? false,
        };
    }

    /// <summary>Whether a text is the name of one topic: an allow-list has no wildcards.</summary>
    public static bool IsTopic(string text) => TopicPattern().IsMatch(text);

    private static MqttMeterMap Known(YamlMap map, MqttFormat format, Duration period)
    {
        string topic = Topic(map, isNeeded: true) ?? "";
        return format switch
        {
            MqttFormat.Shelly3Em => MqttFormats.Shelly3Em(topic.TrimEnd('/'), period),
            MqttFormat.Zigbee2Mqtt => MqttFormats.Zigbee2Mqtt(topic, period),
            _ => MqttFormats.TasmotaSml(topic, map.OptionalText("group", GroupPattern(), "a name of letters, digits, '_' or '-'") is { Length: > 0 } group ? group : "SML", period),
        };
    }

    private static MqttMeterMap Json(YamlMap map, Duration period)
    {
        string? common = Topic(map, isNeeded: false);
        var maps = map.Maps("readings");
        if (maps.Count > MostReadings) map.Report("CME-1207", "readings", "A device has at most 64 readings.");
        var fields = maps.Select(reading => (Map: reading, Field: Field(reading, common))).ToList();
        foreach (var twins in fields.Where(f => f.Map.IsSound).GroupBy(f => f.Field.Measurand))
            foreach (var (reading, field) in twins.Skip(1))
                reading.Report("CME-2523", "measurand", $"{field.Measurand} is read already: one device has it once.");
        return new([.. fields.Select(f => f.Field)], period);
    }

    private static MqttField Field(YamlMap map, string? common)
    {
        var measurand = map.Word("measurand", ProfileWords.Measurands);
        string topic = Topic(map, isNeeded: common is null) ?? common ?? "";
        string unit = map.Text("unit");
        var units = ProfileWords.UnitsOf(measurand);
        decimal scale = 1;
        if (map.IsSound && !units.TryGetValue(unit, out scale)) map.Report("CME-1207", "unit", $"'{unit}' is no unit of {measurand}: use {string.Join(", ", units.Keys)}.");
        return new(topic, OptionalPath(map, "path") ?? JsonPath.Root, measurand, scale)
        {
            Unit = OptionalPath(map, "unitPath") is { } at ? (at, unit) : null,
            Negate = map.Flag("negate"),
            Step = (map.OptionalDecimal("step", 0, 1_000_000) ?? 0) * scale,
        };
    }

    private static (JsonPath, MqttTimeForm)? Time(YamlMap? map) =>
        map is null ? null : (map.Text("path") is { Length: > 0 } text ? PathOf(map, "path", text) : JsonPath.Root, map.Word("form", TimeForms));

    private static JsonPath? OptionalPath(YamlMap map, string key) => map.OptionalText(key) is { Length: > 0 } text ? PathOf(map, key, text) : null;

    private static JsonPath PathOf(YamlMap map, string key, string text)
    {
        var parsed = JsonPath.Parse(text);
        if (!parsed.Success) map.Report(parsed.Error.Code, key, parsed.Error.Text);
        return parsed.Value ?? JsonPath.Root;
    }

    private static string? Topic(YamlMap map, bool isNeeded)
    {
        string? text = isNeeded ? map.Text("topic") : map.OptionalText("topic");
        if (text is { Length: > 0 } && !IsTopic(text))
            map.Report("CME-2522", "topic", $"'{text}' does not fit: expected the name of one topic, without the wildcards + and #, at most 256 characters.");
        return text;
    }

    [GeneratedRegex(@"\A[^+#$\p{C}][^+#\p{C}]{0,255}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex TopicPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,32}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex GroupPattern();
}
