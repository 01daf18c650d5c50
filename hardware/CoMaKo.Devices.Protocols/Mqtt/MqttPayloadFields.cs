using System.Text.Json;
using CoMaKo.Devices.Protocols.Profiles;

namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>What a run of a payload's bytes is to the map.</summary>
public enum MqttFieldKind
{
    Value,
    Unit,
    Time,
    MeterId,
}

/// <summary>A run of a payload's bytes that the map knows, for the technicians' view.</summary>
/// <param name="Offset">First byte of the JSON token, from 0.</param>
/// <param name="Length">Its bytes, quotation marks included.</param>
/// <param name="Value">Present for <see cref="MqttFieldKind.Value"/>.</param>
/// <param name="Number">What stands there, exact; absent if that is no number.</param>
public sealed record MqttPayloadField(int Offset, int Length, string Path, MqttFieldKind Kind, MqttField? Value, decimal? Number)
{
    /// <summary>What the number is multiplied by to be in <see cref="Unit"/>.</summary>
    public decimal Factor => Value is null ? 1 : Value.Negate ? -Value.Scale : Value.Scale;

    /// <summary>The measurand's own unit; empty for a number without one.</summary>
    public string Unit => Value is not null && ProfileWords.UnitsOf(Value.Measurand).First(unit => unit.Value == 1).Key is var unit and not "1" ? unit : "";
}

/// <summary>Finds in a payload's bytes what <see cref="MqttPayload"/> reads from it. Never throws on input.</summary>
public static class MqttPayloadFields
{
    /// <summary>The known places, in wire order; of a payload that is cut or no JSON those before the fault.</summary>
    public static IReadOnlyList<MqttPayloadField> Explain(MqttMeterMap map, string topic, ReadOnlySpan<byte> payload)
    {
        var known = Known(map, topic);
        var found = new List<MqttPayloadField>();
        var reader = new Utf8JsonReader(payload, new() { MaxDepth = 32 });
        var place = new JsonPlace();
        try
        {
            while (reader.Read())
            {
                if (place.Move(ref reader) is not { } path || !known.TryGetValue(path, out var meaning)) continue;
                int offset = (int)reader.TokenStartIndex, length = (int)(reader.BytesConsumed - reader.TokenStartIndex);
                var number = reader.TokenType == JsonTokenType.Number ? JsonDecimal.Parse(payload.Slice(offset, length)) : null;
                found.Add(new(offset, length, path, meaning.Kind, meaning.Field, number));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return found;
        }

        return found;
    }

    private static Dictionary<string, (MqttFieldKind Kind, MqttField? Field)> Known(MqttMeterMap map, string topic)
    {
        var known = new Dictionary<string, (MqttFieldKind, MqttField?)>(StringComparer.Ordinal);
        if (map.Time is var (time, _)) known[time.ToString()] = (MqttFieldKind.Time, null);
        if (map.MeterId is { } id) known[id.ToString()] = (MqttFieldKind.MeterId, null);
        foreach (var field in map.Fields.Where(f => f.Topic == topic))
        {
            if (field.Unit is var (unit, _)) known[unit.ToString()] = (MqttFieldKind.Unit, null);
            known[field.Path.ToString()] = (MqttFieldKind.Value, field);
        }

        return known;
    }

    /// <summary>Where a reader stands, in the words of <see cref="JsonPath"/>.</summary>
    private sealed class JsonPlace
    {
        private readonly Stack<(string Path, int Index)> open = new(); // index −1: an object
        private string? name;

        /// <summary>The path of a scalar that was just read; absent at any other token.</summary>
        public string? Move(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = reader.GetString();
                    return null;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    open.Pop();
                    return null;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    open.Push((Next(), reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
                    return null;
                default:
                    return open.Count == 0 ? JsonPath.Root.ToString() : Next();
            }
        }

        /// <summary>The path of the value that begins here.</summary>
        private string Next()
        {
            if (!open.TryPop(out var around)) return "";
            bool isArray = around.Index >= 0;
            open.Push(isArray ? around with { Index = around.Index + 1 } : around);
            return isArray ? FormattableString.Invariant($"{around.Path}[{around.Index}]") : around.Path.Length == 0 ? name! : $"{around.Path}.{name}";
        }
    }
}
