using System.Globalization;
using System.Text.Json;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>Where a value stands in a JSON document: <c>SML.Total_in</c>, <c>emeters[0].power</c>, <c>[1]</c>; the empty path is the document itself.</summary>
public sealed class JsonPath
{
    private const int MostSteps = 16;

    private readonly string text;
    private readonly IReadOnlyList<(string? Name, int Index)> steps;

    private JsonPath(string text, IReadOnlyList<(string? Name, int Index)> steps) => (this.text, this.steps) = (text, steps);

    /// <summary>The document itself.</summary>
    public static JsonPath Root { get; } = new("", []);

    /// <summary>Reads a path.</summary>
    /// <returns>CME-2521 if it is none.</returns>
    public static ParseResult<JsonPath> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var found = new List<(string?, int)>();
        int at = 0;
        while (at < text.Length)
        {
            if (text[at] == '[')
            {
                int end = text.IndexOf(']', at);
                if (end < 0 || !int.TryParse(text.AsSpan(at + 1, end - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)) return Wrong(text, at);
                found.Add((null, index));
                at = end + 1;
            }
            else
            {
                if (at > 0 && text[at++] != '.') return Wrong(text, at);
                int length = text.AsSpan(at).IndexOfAny('.', '[');
                string name = length < 0 ? text[at..] : text.Substring(at, length);
                if (name.Length == 0) return Wrong(text, at);
                found.Add((name, 0));
                at += name.Length;
            }
        }

        return found.Count > MostSteps ? Wrong(text, 0) : new JsonPath(text, found);
    }

    /// <summary>The value there; absent if the document has no such place.</summary>
    public JsonElement? Find(JsonElement document)
    {
        var at = document;
        foreach (var (name, index) in steps)
        {
            if (name is null)
            {
                if (at.ValueKind != JsonValueKind.Array || index >= at.GetArrayLength()) return null;
                at = at[index];
            }
            else if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at))
            {
                return null;
            }
        }

        return at;
    }

    public override string ToString() => text.Length == 0 ? "the payload" : text;

    private static ParseError Wrong(string text, int at) => new("CME-2521", at, $"'{text}' is not a path such as SML.Total_in or emeters[0].power.");
}
