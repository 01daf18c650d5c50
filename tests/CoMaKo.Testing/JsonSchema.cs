using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CoMaKo.Testing;

/// <summary>
/// Checks a document against the part of JSON Schema 2020-12 that the schemas in <c>contracts/schemas</c> use. A keyword that is not known here is an error, so nothing is left unchecked.
/// </summary>
public sealed class JsonSchema(JsonElement root)
{
    private static readonly string[] Notes = ["$schema", "$id", "$defs", "title", "description"];

    /// <summary>Reads a schema of <c>contracts/schemas</c>.</summary>
    public static JsonSchema Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Repository.At("contracts", "schemas", file)));
        return new JsonSchema(document.RootElement.Clone());
    }

    /// <summary>What is wrong with the document, each with its place; empty if it fits.</summary>
    public IReadOnlyList<string> Check(JsonElement document)
    {
        var findings = new List<string>();
        Check(root, document, "$", findings);
        return findings;
    }

    private void Check(JsonElement schema, JsonElement value, string at, List<string> findings)
    {
        foreach (var keyword in schema.EnumerateObject().Where(k => !Notes.Contains(k.Name)))
        {
            var rule = keyword.Value;
            bool fits = keyword.Name switch
            {
                "$ref" => Descend(root.GetProperty("$defs").GetProperty(rule.GetString()!["#/$defs/".Length..]), value, at, findings),
                "type" => rule.ValueKind == JsonValueKind.Array ? rule.EnumerateArray().Any(t => IsType(value, t.GetString()!)) : IsType(value, rule.GetString()!),
                "enum" => rule.EnumerateArray().Any(v => JsonElement.DeepEquals(v, value)),
                "required" => value.ValueKind != JsonValueKind.Object || rule.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
                "properties" => Properties(rule, value, at, findings),
                "additionalProperties" => rule.GetBoolean() || value.ValueKind != JsonValueKind.Object
                    || value.EnumerateObject().All(p => schema.GetProperty("properties").TryGetProperty(p.Name, out _)),
                "items" => Items(rule, value, at, findings),
                "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, rule.GetString()!, RegexOptions.None, TimeSpan.FromSeconds(1)),
                "minLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.Length >= rule.GetInt32(),
                "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() >= rule.GetDecimal(),
                "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDecimal() <= rule.GetDecimal(),
                _ => throw new NotSupportedException($"The keyword '{keyword.Name}' is not known to this check."),
            };
            if (!fits) findings.Add($"{at}: {keyword.Name} {rule} does not hold for {value}");
        }
    }

    private bool Descend(JsonElement schema, JsonElement value, string at, List<string> findings)
    {
        Check(schema, value, at, findings);
        return true;
    }

    private bool Properties(JsonElement rules, JsonElement value, string at, List<string> findings)
    {
        if (value.ValueKind != JsonValueKind.Object) return true;
        foreach (var property in value.EnumerateObject())
            if (rules.TryGetProperty(property.Name, out var schema)) Check(schema, property.Value, $"{at}.{property.Name}", findings);
        return true;
    }

    private bool Items(JsonElement schema, JsonElement value, string at, List<string> findings)
    {
        if (value.ValueKind != JsonValueKind.Array) return true;
        int index = 0;
        foreach (var item in value.EnumerateArray()) Check(schema, item, string.Create(CultureInfo.InvariantCulture, $"{at}[{index++}]"), findings);
        return true;
    }

    private static bool IsType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDecimal() % 1 == 0,
        _ => throw new NotSupportedException($"The type '{type}' is not known to this check."),
    };
}
