using System.Collections.Immutable;
using System.Text.Json;
using CoMaKo.Quantities;
using NodaTime;
using InstantPattern = NodaTime.Text.InstantPattern;

namespace CoMaKo.Edge.Control.Directives;

/// <summary>Reads the JSON content of a directive strictly; the hub is trusted for what it may say, not for how it says it.</summary>
public static class DirectiveReader
{
    private const int MaxCharacters = 256 * 1024, MaxSlots = 800;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8 };

    private static readonly Dictionary<string, DirectedLimit> Limits = new(StringComparer.Ordinal)
    {
        ["dim-14a"] = DirectedLimit.Dim14a, ["feed-in"] = DirectedLimit.FeedIn, ["grid-import"] = DirectedLimit.GridImport,
    };

    /// <summary>Reads a directive of a kind that this gateway executes.</summary>
    /// <returns>The directive; or <c>CME-2081</c> a kind that is not executed here, <c>CME-2082</c> content that does not fit the kind.</returns>
    public static ParseResult<HubDirective> Read(string id, string kind, Instant from, Instant until, string issuedBy, string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (kind is not ("limit" or "prices" or "forecast")) return new ParseError("CME-2081", 0, $"Directives of kind '{kind}' are not executed by this version.");
        if (until <= from) return Wrong("it ends before it begins");
        if (content.Length > MaxCharacters) return Wrong($"it has more than {MaxCharacters} characters");
        try
        {
            using var json = JsonDocument.Parse(content, Strict);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return Wrong("it is not an object");
            return kind switch
            {
                "limit" => Limit(json.RootElement, id, from, until, issuedBy),
                "prices" => Prices(json.RootElement, id, from, until, issuedBy),
                _ => Forecast(json.RootElement, id, from, until, issuedBy),
            };
        }
        catch (JsonException e)
        {
            return Wrong(e.Message);
        }
        catch (FormatException e)
        {
            return Wrong(e.Message);
        }
    }

    private static ParseResult<HubDirective> Limit(JsonElement root, string id, Instant from, Instant until, string issuedBy)
    {
        Only(root, "limit", "watts");
        if (!Limits.TryGetValue(Text(root, "limit"), out var kind)) throw new FormatException($"'limit' is one of {string.Join(", ", Limits.Keys)}");
        double watts = Number(Property(root, "watts"), "watts", 0, 10_000_000);
        return new LimitDirective(id, from, until, issuedBy, kind, Power.FromWatts((decimal)watts));
    }

    private static ParseResult<HubDirective> Prices(JsonElement root, string id, Instant from, Instant until, string issuedBy)
    {
        Only(root, "eurPerKwh");
        var prices = Slots(root, "eurPerKwh", -10, 10);
        if (prices.IsEmpty) throw new FormatException("'eurPerKwh' has no slots");
        return new PriceDirective(id, from, until, issuedBy, prices);
    }

    private static ParseResult<HubDirective> Forecast(JsonElement root, string id, Instant from, Instant until, string issuedBy)
    {
        Only(root, "loadKw", "pvKw", "coopImportKw", "coopExportKw");
        return new ForecastDirective(
            id, from, until, issuedBy, Slots(root, "loadKw", 0, 10_000), Slots(root, "pvKw", 0, 10_000), Slots(root, "coopImportKw", 0, 10_000), Slots(root, "coopExportKw", 0, 10_000));
    }

    /// <summary><c>{"start":"2026-11-21T12:00:00Z","values":[…]}</c>: consecutive quarter hours; null leaves one out.</summary>
    private static ImmutableArray<SlotValue> Slots(JsonElement root, string name, double least, double most)
    {
        if (!root.TryGetProperty(name, out var curve)) return [];
        if (curve.ValueKind != JsonValueKind.Object) throw new FormatException($"'{name}' is not an object");
        Only(curve, "start", "values");
        var start = InstantPattern.ExtendedIso.Parse(Text(curve, "start"));
        if (!start.Success || start.Value != QuarterHour.Containing(start.Value).Start) throw new FormatException($"'{name}.start' is not the start of a quarter hour in UTC");
        var values = Property(curve, "values");
        if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() > MaxSlots) throw new FormatException($"'{name}.values' is not a list of at most {MaxSlots}");
        var slots = ImmutableArray.CreateBuilder<SlotValue>(values.GetArrayLength());
        var slot = QuarterHour.Containing(start.Value);
        foreach (var value in values.EnumerateArray())
        {
            if (value.ValueKind != JsonValueKind.Null) slots.Add(new(slot, Number(value, name, least, most)));
            slot = slot.Next;
        }

        return slots.ToImmutable();
    }

    private static void Only(JsonElement element, params string[] names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            if (!names.Contains(property.Name, StringComparer.Ordinal)) throw new FormatException($"'{property.Name}' is not known here");
            if (!seen.Add(property.Name)) throw new FormatException($"'{property.Name}' stands twice");
        }
    }

    private static JsonElement Property(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value : throw new FormatException($"'{name}' is missing");

    private static string Text(JsonElement element, string name) =>
        Property(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw new FormatException($"'{name}' is not a text");

    private static double Number(JsonElement value, string name, double least, double most) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most
            ? number
            : throw new FormatException(FormattableString.Invariant($"'{name}' holds something else than numbers from {least} to {most}"));

    private static ParseError Wrong(string why) => new("CME-2082", 0, $"The directive's content cannot be used: {why}.");
}
