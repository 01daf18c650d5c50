using System.Text.Json;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>What a number may be.</summary>
/// <param name="Unit">For the text of a finding.</param>
internal sealed record NumberRange(double Least, double Most, string Unit)
{
    /// <summary>A third of a second to a year.</summary>
    public static readonly NumberRange Hours = new(1e-4, 8784, "h");
    public static readonly NumberRange Power = new(0, 1e6, "kW");
    public static readonly NumberRange Energy = new(0, 1e7, "kWh");
    public static readonly NumberRange Price = new(-1e4, 1e4, "EUR/kWh");
    public static readonly NumberRange Wear = new(0, 1e4, "EUR");
    public static readonly NumberRange Efficiency = new(1e-3, 1, "(efficiency, one way)");
    public static readonly NumberRange Share = new(0, 1, "(share per hour)");
}

/// <summary>Reads values out of a JSON document. A value that is wrong becomes a finding, and NaN takes its place, which no further check refuses.</summary>
internal sealed class JsonFields
{
    /// <summary>Of one array: its faults are mostly alike.</summary>
    private const int MaxFindingsPerSeries = 3;

    private const int MaxFindings = 100;

    private const int ShownCharacters = 60;

    private readonly List<Finding> findings = [];

    public IReadOnlyList<Finding> Findings => findings;

    public void Add(string code, string path, string text)
    {
        if (findings.Count < MaxFindings) findings.Add(new(code, path, null, text));
    }

    /// <summary>The members of an object by name; absent if it is none.</summary>
    public Dictionary<string, JsonElement>? Object(string path, JsonElement element, ReadOnlySpan<string> known)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            Add(PlanningCodes.WrongType, path, $"is {KindOf(element)}, not an object.");
            return null;
        }

        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            string name = NameOf(member);
            if (!known.Contains(name)) Add(PlanningCodes.UnknownKey, Join(path, Shown(name)), $"is no key here. Known: {string.Join(", ", known.ToArray())}.");
            else if (!members.TryAdd(name, member.Value)) Add(PlanningCodes.DuplicateKey, Join(path, name), "occurs twice; which one counts is not known.");
        }

        return members;
    }

    /// <summary>The members of an object inside; absent if it is absent or none.</summary>
    public Dictionary<string, JsonElement>? Child(string key, Dictionary<string, JsonElement> parent, ReadOnlySpan<string> known, bool isRequired)
    {
        if (parent.TryGetValue(key, out var element) && (isRequired || element.ValueKind != JsonValueKind.Null)) return Object(key, element, known);
        if (isRequired) Add(PlanningCodes.MissingKey, key, "is missing.");
        return null;
    }

    /// <summary>One number of an object; nothing is said if the object itself is missing.</summary>
    /// <param name="path">Its last part is the key.</param>
    public double Number(string path, Dictionary<string, JsonElement>? parent, NumberRange range, double? absent = null)
    {
        if (parent is null) return double.NaN;
        if (parent.TryGetValue(path[(path.IndexOf('.', StringComparison.Ordinal) + 1)..], out var element)) return Number(path, element, range) ?? double.NaN;
        if (absent is null) Add(PlanningCodes.MissingKey, path, "is missing.");
        return absent ?? double.NaN;
    }

    /// <summary>An array with one number for each step.</summary>
    public double[] Series(string key, Dictionary<string, JsonElement> parent, int steps, NumberRange range)
    {
        if (parent.TryGetValue(key, out var element)) return element.ValueKind == JsonValueKind.Array ? Series(key, element, steps, range) : WrongSeries(key, element, steps);
        Add(PlanningCodes.MissingKey, key, "is missing.");
        return new double[steps];
    }

    /// <summary>One number for all steps or an array; absent if the key is.</summary>
    /// <param name="path">Its last part is the key.</param>
    public double[]? Limit(string path, Dictionary<string, JsonElement> parent, int steps, NumberRange range, bool isRequired = false)
    {
        if (!parent.TryGetValue(path[(path.IndexOf('.', StringComparison.Ordinal) + 1)..], out var element) || (!isRequired && element.ValueKind == JsonValueKind.Null))
        {
            if (isRequired) Add(PlanningCodes.MissingKey, path, "is missing.");
            return null;
        }

        if (element.ValueKind == JsonValueKind.Array) return Series(path, element, steps, range);
        if (element.ValueKind != JsonValueKind.Number) return WrongSeries(path, element, steps);
        var values = new double[steps];
        Array.Fill(values, Number(path, element, range) ?? double.NaN);
        return values;
    }

    private double[] Series(string path, JsonElement element, int steps, NumberRange range)
    {
        int length = element.GetArrayLength(), wrong = 0, t = 0;
        if (length != steps) Add(PlanningCodes.WrongLength, path, FormattableString.Invariant($"has {length} values for {steps} steps."));
        if (length > PlanningFile.MaxSteps) return [];
        var values = new double[Math.Max(length, steps)];
        foreach (var value in element.EnumerateArray())
        {
            int before = findings.Count;
            values[t] = wrong > MaxFindingsPerSeries ? 0 : Number(FormattableString.Invariant($"{path}[{t}]"), value, range) ?? double.NaN;
            if (findings.Count > before && ++wrong > MaxFindingsPerSeries)
                findings[^1] = findings[^1] with { Text = findings[^1].Text + " Further values of this array were not looked at." };
            t++;
        }

        return values;
    }

    private double[] WrongSeries(string path, JsonElement element, int steps)
    {
        Add(PlanningCodes.WrongType, path, $"is {KindOf(element)}, not an array of numbers.");
        return new double[steps];
    }

    private double? Number(string path, JsonElement element, NumberRange range)
    {
        if (element.ValueKind != JsonValueKind.Number)
        {
            Add(PlanningCodes.WrongType, path, $"is {KindOf(element)}, not a number.");
            return null;
        }

        if (element.TryGetDouble(out double value) && value >= range.Least && value <= range.Most) return value;
        Add(PlanningCodes.OutOfRange, path, FormattableString.Invariant($"is {Shown(element.GetRawText())}, not within {range.Least} to {range.Most} {range.Unit}."));
        return null;
    }

    private static string Join(string path, string name) => path == "$" ? name : $"{path}.{name}";

    /// <summary>A name may be no text at all: half a surrogate pair, escaped.</summary>
    private static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "(a name that is no text)";
        }
    }

    private static string Shown(string text)
    {
        string cut = text.Length > ShownCharacters ? string.Concat(text.AsSpan(0, ShownCharacters), "…") : text;
        return string.Concat(cut.Select(character => char.IsControl(character) || char.IsSurrogate(character) ? '?' : character));
    }

    private static string KindOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}
