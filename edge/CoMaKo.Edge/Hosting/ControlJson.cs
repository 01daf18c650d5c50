using System.Text.Json;
using System.Text.Json.Serialization;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Edge.Hosting;

/// <summary>
/// How control's states and journal entries are written: instants as text, durations in milliseconds, power in milliwatts, energy in watt hours, enums by name.
/// Absent values are written as null: a constructor's parameter that is not there at all means that the text is not what it should be.
/// Readers of one version back ignore what they do not know.
/// </summary>
internal static class ControlJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true,
        Converters =
        {
            new JsonStringEnumConverter(), new Text<Instant>(i => InstantPattern.ExtendedIso.Format(i), t => InstantPattern.ExtendedIso.Parse(t).Value),
            new Text<LocalDate>(d => LocalDatePattern.Iso.Format(d), t => LocalDatePattern.Iso.Parse(t).Value),
            new Text<DeviceId>(d => d.Value, t => new(t)),
            new Number<Duration>(d => d.TotalMilliseconds, n => Duration.FromMilliseconds(n)),
            new Whole<Power>(p => p.Milliwatts, n => new(n)), new Whole<Energy>(e => e.WattHours, n => new(n)),
            new Whole<QuarterHour>(q => q.StartUnixSeconds, QuarterHour.StartingAt),
        },
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>The value; absent if there is none or it cannot be read: its owner then begins with safe defaults.</summary>
    public static T? Read<T>(string? json) where T : class
    {
        if (json is null) return null;
        try
        {
            return JsonSerializer.Deserialize<T>(json, Options);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or UnparsableValueException or ArgumentException)
        {
            return null;
        }
    }

    private sealed class Text<T>(Func<T, string> write, Func<string, T> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => read(reader.GetString() ?? throw new JsonException());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(write(value));
    }

    private sealed class Number<T>(Func<T, double> write, Func<double, T> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => read(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(write(value));
    }

    private sealed class Whole<T>(Func<T, long> write, Func<long, T> read) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => read(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(write(value));
    }
}
