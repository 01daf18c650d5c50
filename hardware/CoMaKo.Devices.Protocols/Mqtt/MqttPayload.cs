using System.Text.Json;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Quantities;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>What a payload says, and what of it cannot be used.</summary>
/// <param name="Values">In the measurands' units, as sent: not yet inverted or multiplied.</param>
/// <param name="MeterId">Lower-case hex; absent if not sent.</param>
/// <param name="TakenAt">By the device's clock; absent if not sent.</param>
/// <param name="Faults">What was wrong; the values beside are good all the same.</param>
public sealed record MqttContent(IReadOnlyList<MeasuredValue> Values, string? MeterId, Instant? TakenAt, IReadOnlyList<ParseError> Faults);

/// <summary>Reads payloads by a map. Never throws on input; what is doubtful never becomes a value.</summary>
public static class MqttPayload
{
    /// <summary>Beyond this in its own unit nothing in a building can be.</summary>
    private const decimal Greatest = 1_000_000_000_000m;

    private const int LongestMeterId = 44;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Reads the payload of one topic.</summary>
    /// <returns>Codes of faults: CME-2511 no JSON, CME-2512 no number or one that cannot be, CME-2513 nothing known in it, CME-2514 another unit, CME-2515 no time.</returns>
    public static MqttContent Read(MqttMeterMap map, string topic, ReadOnlyMemory<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(map);
        try
        {
            using var document = JsonDocument.Parse(payload, Strict);
            return Read(map, topic, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // the latter: a text that is no Unicode
        {
            return new([], null, null, [new("CME-2511", (int)((e as JsonException)?.BytePositionInLine ?? 0), $"The payload of '{topic}' is not JSON: choose the right topic and format.")]);
        }
    }

    private static MqttContent Read(MqttMeterMap map, string topic, JsonElement root)
    {
        var values = new List<MeasuredValue>(map.Fields.Count);
        var faults = new List<ParseError>();
        foreach (var field in map.Fields)
            if (field.Topic == topic && Value(field, root, faults) is { } value) values.Add(value);
        if (values.Count == 0 && faults.Count == 0)
            faults.Add(new("CME-2513", 0, $"'{topic}' has none of the values {string.Join(", ", map.Fields.Where(f => f.Topic == topic).Select(f => f.Path))}: check the format and its names."));
        Instant? taken = map.Time is var (path, form) && path.Find(root) is { } at ? Time(at, form, path, faults) : null;
        return new(values, MeterIdOf(map, root), taken, faults);
    }

    private static MeasuredValue? Value(MqttField field, JsonElement root, List<ParseError> faults)
    {
        if (field.Path.Find(root) is not { ValueKind: not JsonValueKind.Null } element) return null;
        if (JsonDecimal.Read(element) is not { } number) return Fault("CME-2512", $"{field.Path} in '{field.Topic}' is not a number of at most 28 digits.");
        if (field.Unit is var (path, word) && (path.Find(root) is not { ValueKind: JsonValueKind.String } unit || !unit.ValueEquals(word)))
            return Fault("CME-2514", $"{path} in '{field.Topic}' does not say '{word}': the value is not used; correct the unit in the building file.");
        if (Math.Abs(number) > Greatest) return Fault("CME-2512", $"{field.Path} in '{field.Topic}' is beyond anything in a building.");
        decimal value = (field.Negate ? -number : number) * field.Scale;
        if (!IsPossible(field.Measurand, value)) return Fault("CME-2512", FormattableString.Invariant($"{field.Path} in '{field.Topic}' cannot be {value} as {field.Measurand}."));
        return new(field.Measurand, ProfileWords.ObisOf(field.Measurand), value, field.Step, IsFloat: false, IsDerived: false);

        MeasuredValue? Fault(string code, string text)
        {
            faults.Add(new(code, 0, text));
            return null;
        }
    }

    private static bool IsPossible(Measurand measurand, decimal value) => measurand switch
    {
        _ when Math.Abs(value) > Greatest => false,
        >= Measurand.ActiveEnergyImport and <= Measurand.ActiveEnergyExportTariff2 => value >= 0,
        Measurand.StateOfCharge or Measurand.StateOfHealth => value is >= 0 and <= 100,
        Measurand.MaxChargePower or Measurand.MaxDischargePower or Measurand.BatteryCapacity => value >= 0,
        _ => true,
    };

    private static string? MeterIdOf(MqttMeterMap map, JsonElement root)
    {
        if (map.MeterId?.Find(root) is not { ValueKind: JsonValueKind.String } element || element.GetString() is not { Length: > 0 and <= LongestMeterId } text) return null;
        return text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit) ? text.ToLowerInvariant() : null;
    }

    private static Instant? Time(JsonElement element, MqttTimeForm form, JsonPath path, List<ParseError> faults)
    {
        Instant? time = form switch
        {
            MqttTimeForm.Iso => element.ValueKind == JsonValueKind.String && OffsetDateTimePattern.ExtendedIso.Parse(element.GetString()!) is { Success: true } parsed ? parsed.Value.ToInstant() : null,
            _ => JsonDecimal.Read(element) is { } number && Milliseconds(number, form) is { } ms ? Instant.FromUnixTimeMilliseconds(ms) : null,
        };
        if (time is null) faults.Add(new("CME-2515", 0, $"{path} is not a time: choose the right form, or remove 'time'."));
        return time;
    }

    /// <summary>Between 1970 and 2100; another number is not this form of time.</summary>
    private static long? Milliseconds(decimal number, MqttTimeForm form)
    {
        const decimal Latest = 4_102_444_800_000m;
        decimal ms = form == MqttTimeForm.UnixSeconds ? number * 1000 : number;
        return number is < 0 or > Latest || ms > Latest ? null : decimal.ToInt64(decimal.Floor(ms));
    }
}
