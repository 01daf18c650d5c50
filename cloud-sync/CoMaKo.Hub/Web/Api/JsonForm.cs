using System.Text.Json;
using System.Text.RegularExpressions;
using CoMaKo.Settlement.Curves;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Web.Api;

/// <summary>
/// A JSON object from outside, read member by member; nothing throws, every mistake becomes a finding. Members nobody asked for and members that come
/// twice are mistakes too: call <see cref="Close"/> at the end. Codes: CMH-1602 unknown, 1603 twice, 1604 missing, 1605 type, 1606 form, 1607 too fine,
/// 1608 out of range, 1609 time.
/// </summary>
internal sealed partial class JsonForm
{
    private readonly Dictionary<string, JsonElement> members = new(StringComparer.Ordinal);
    private readonly HashSet<string> asked = new(StringComparer.Ordinal);
    private readonly FormFindings findings;
    private readonly int? row;
    private readonly string prefix;

    private JsonForm(FormFindings findings, int? row, string prefix) => (this.findings, this.row, this.prefix) = (findings, row, prefix);

    /// <summary>Opens an object.</summary>
    /// <param name="prefix">Path of the object in the body, with its dot; empty for the body itself.</param>
    /// <returns>The form; absent, with a finding, if it is no object.</returns>
    public static JsonForm? Open(JsonElement element, FormFindings findings, int? row = null, string prefix = "")
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            findings.Add(row, prefix.TrimEnd('.'), "CMH-1605", "An object is expected.");
            return null;
        }

        var form = new JsonForm(findings, row, prefix);
        foreach (var member in element.EnumerateObject())
            if (!form.members.TryAdd(member.Name, member.Value)) form.Add(member.Name, "CMH-1603", "The member comes twice.");
        return form;
    }

    public bool Has(string name) => members.ContainsKey(name);

    public void Add(string name, string code, string text) => findings.Add(row, prefix + name, code, text);

    /// <summary>A member's value; absent without a finding unless it is required.</summary>
    public JsonElement? Any(string name, bool isRequired = false)
    {
        asked.Add(name);
        if (members.TryGetValue(name, out var value)) return value;
        if (isRequired) Add(name, "CMH-1604", "The member is missing.");
        return null;
    }

    /// <summary>A text for people: 1 to <paramref name="most"/> characters, none of them a control character.</summary>
    public string? Text(string name, bool isRequired = false, int most = 100)
    {
        if (Any(name, isRequired) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String)
        {
            Add(name, "CMH-1605", "A text is expected.");
            return null;
        }

        string text = value.GetString()!;
        if (text.Length >= 1 && text.Length <= most && text.Trim().Length == text.Length && !text.Any(char.IsControl)) return text;
        Add(name, "CMH-1606", FormattableString.Invariant($"The text has 1 to {most} characters, no control characters and no blanks at its ends."));
        return null;
    }

    /// <summary>An id of the cooperative's own.</summary>
    public string? Id(string name, bool isRequired = false)
    {
        if (Text(name, isRequired) is not { } text) return null;
        if (IsId(text)) return text;
        Add(name, "CMH-1606", IdForm);
        return null;
    }

    /// <summary>One of several words (the values of <typeparamref name="T"/> in snake_case).</summary>
    public T? Word<T>(string name, bool isRequired = false)
        where T : struct, Enum
    {
        if (Any(name, isRequired) is not { } value) return null;
        var words = Enum.GetValues<T>().ToDictionary(each => JsonNamingPolicy.SnakeCaseLower.ConvertName(each.ToString()), StringComparer.Ordinal);
        if (value.ValueKind == JsonValueKind.String && words.TryGetValue(value.GetString()!, out var found)) return found;
        Add(name, "CMH-1606", $"One of {string.Join(", ", words.Keys)} is expected.");
        return null;
    }

    /// <summary>A list of such words; empty if it is absent.</summary>
    public IReadOnlyList<T> Words<T>(string name)
        where T : struct, Enum
    {
        if (Any(name) is not { } list) return [];
        var words = Enum.GetValues<T>().ToDictionary(each => JsonNamingPolicy.SnakeCaseLower.ConvertName(each.ToString()), StringComparer.Ordinal);
        var found = new List<T>();
        if (list.ValueKind != JsonValueKind.Array) Add(name, "CMH-1605", "A list of words is expected.");
        else
            foreach (var item in list.EnumerateArray())
                if (item.ValueKind == JsonValueKind.String && words.TryGetValue(item.GetString()!, out var word)) found.Add(word);
                else Add(name, "CMH-1606", $"Words of {string.Join(", ", words.Keys)} are expected.");
        return found;
    }

    public bool? Flag(string name)
    {
        if (Any(name) is not { } value) return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Add(name, "CMH-1605", "true or false is expected.");
        return null;
    }

    /// <summary>A number from <paramref name="least"/> to <paramref name="most"/>, as a whole multiple of its smallest unit.</summary>
    /// <param name="decimals">Decimals that it may have: 3 for kWh, which gives Wh.</param>
    public long? Number(string name, int decimals, long least, long most, bool isRequired = false) =>
        Any(name, isRequired) is { } value ? Number(name, value, decimals, least, most) : null;

    /// <inheritdoc cref="Number(string, int, long, long, bool)"/>
    public long? Number(string name, JsonElement value, int decimals, long least, long most)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            Add(name, "CMH-1605", "A number is expected.");
            return null;
        }

        var outcome = FixedPoint.Parse(value.GetRawText(), decimals, out long scaled);
        if (outcome == NumberOutcome.Good && scaled >= least && scaled <= most) return scaled;
        if (outcome == NumberOutcome.TooFine) Add(name, "CMH-1607", FormattableString.Invariant($"The number has at most {decimals} decimals."));
        else Add(name, "CMH-1608", $"The number lies from {FixedPoint.Format(least, decimals)} to {FixedPoint.Format(most, decimals)}.");
        return null;
    }

    /// <summary>Energy from 0 on, in Wh.</summary>
    public long? Energy(string name, long mostWh, bool isRequired = false) => Number(name, 3, 0, mostWh, isRequired);

    /// <summary>A price from 0 to 1 000 ct/kWh, in 1/10 000 ct.</summary>
    public long? Price(string name) => Number(name, 4, 0, 10_000_000);

    /// <summary>A Berlin day, as its number.</summary>
    public int? Day(string name)
    {
        if (Text(name) is not { } text) return null;
        if (LocalDatePattern.Iso.Parse(text) is { Success: true } day && day.Value.Year is >= 2000 and < 2200) return MarketDay.Number(day.Value);
        Add(name, "CMH-1609", "A day is expected, e.g. 2026-06-01.");
        return null;
    }

    /// <summary>An instant with offset, whole seconds.</summary>
    public Instant? Time(string name, bool isRequired = false)
    {
        if (Text(name, isRequired) is not { } text) return null;
        if (ParseInstant(text) is { } instant) return instant;
        Add(name, "CMH-1609", "An instant with offset and whole seconds is expected, e.g. 2026-06-01T12:00:00Z.");
        return null;
    }

    /// <summary>Reports members that nobody asked for.</summary>
    public void Close()
    {
        foreach (string name in members.Keys.Where(name => !asked.Contains(name))) Add(name, "CMH-1602", "There is no such member.");
    }

    internal const string IdForm = "An id has 1 to 64 of the characters A-Z a-z 0-9 . _ ~ - and is none of the words anomalies, voice.";

    /// <summary>Whether a text may be an id in a path.</summary>
    internal static bool IsId(string text) => IdPattern().IsMatch(text) && text is not ("anomalies" or "voice" or "." or "..");

    /// <returns>Absent if it is no instant with offset and whole seconds between 2000 and 2200.</returns>
    internal static Instant? ParseInstant(string text)
    {
        if (OffsetDateTimePattern.Rfc3339.Parse(text) is not { Success: true } parsed || parsed.Value.Year is < 2000 or >= 2200) return null;
        var instant = parsed.Value.ToInstant();
        return instant.ToUnixTimeTicks() % NodaConstants.TicksPerSecond == 0 ? instant : null;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._~-]{1,64}\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex IdPattern();
}
