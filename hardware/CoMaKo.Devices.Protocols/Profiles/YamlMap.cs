using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>
/// One map of a strict YAML file. Each call asks for one key and thereby makes it known; a missing or wrong value is reported once and a harmless
/// value comes back, so that reading goes on and finds the rest. Use results only if <see cref="StrictYaml.Complete"/> is empty.
/// </summary>
public sealed class YamlMap
{
    private readonly StrictYaml file;
    private readonly YamlMapping mapping;
    private readonly bool isStandIn;
    private readonly List<string> known = [];

    /// <param name="isStandIn">Takes the place of a map that is already reported: its keys are not reported as missing.</param>
    internal YamlMap(StrictYaml file, YamlMapping mapping, bool isStandIn = false)
    {
        this.file = file;
        this.mapping = mapping;
        this.isStandIn = isStandIn;
    }

    /// <summary>Where the map stands, e.g. <c>readings[2]</c>; empty at the top.</summary>
    public string Path => mapping.Path;

    /// <summary>Its first line, from 1.</summary>
    public int Line => mapping.Line;

    /// <summary>The keys as written, for maps whose keys are names of their own.</summary>
    public IEnumerable<string> Keys => mapping.Entries.Keys;

    /// <summary>Whether nothing was wrong here so far; rules across keys are worth checking only then.</summary>
    public bool IsSound { get; private set; } = true;

    /// <summary>Whether the key is written; it then counts as known.</summary>
    public bool Has(string key) => Entry(key) is not null;

    /// <summary>Line of a key, or of the key above a longer path such as <c>gridFee.windows[1]</c>; of the map if the key is absent.</summary>
    public int LineOf(string key)
    {
        int end = key.AsSpan().IndexOfAny('.', '[');
        return mapping.Entries.TryGetValue(end < 0 ? key : key[..end], out var entry) ? entry.Line : Line;
    }

    /// <summary>Adds a finding of the caller's own rules at a key; an empty key means the map itself. A map that is missing as a whole is reported once.</summary>
    public void Report(string code, string key, string text)
    {
        IsSound = false;
        if (!isStandIn) file.Report(new(code, PathOf(key), LineOf(key), text));
    }

    /// <summary>A text; quoted or not.</summary>
    /// <param name="pattern">What the whole text must match; absent: anything but blank.</param>
    /// <param name="form">The pattern in words, for the finding.</param>
    public string Text(string key, Regex? pattern = null, string? form = null) => OptionalText(key, pattern, form) ?? Missing(key, "");

    /// <inheritdoc cref="Text"/>
    /// <returns>Null if the key is absent.</returns>
    public string? OptionalText(string key, Regex? pattern = null, string? form = null) =>
        Entry(key) is { } node ? TextOf(node, pattern, form) ?? "" : null;

    /// <summary>A whole number, decimal or <c>0x</c> hexadecimal, not quoted.</summary>
    public long Integer(string key, long min = long.MinValue, long max = long.MaxValue) => OptionalInteger(key, min, max) ?? Missing(key, min);

    /// <inheritdoc cref="Integer"/>
    /// <returns>Null if the key is absent.</returns>
    public long? OptionalInteger(string key, long min = long.MinValue, long max = long.MaxValue) =>
        Entry(key) is { } node ? IntegerOf(node, min, max) ?? min : null;

    /// <summary>A decimal number without exponent, not quoted; exact.</summary>
    public decimal Decimal(string key, decimal min = decimal.MinValue, decimal max = decimal.MaxValue) => OptionalDecimal(key, min, max) ?? Missing(key, min);

    /// <inheritdoc cref="Decimal"/>
    /// <returns>Null if the key is absent.</returns>
    public decimal? OptionalDecimal(string key, decimal min = decimal.MinValue, decimal max = decimal.MaxValue)
    {
        if (Entry(key) is not { } node) return null;
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (Scalar(node, "a number such as 0.1", plain: true) is not { } scalar) return min;
        if (!decimal.TryParse(scalar.Text, Style, CultureInfo.InvariantCulture, out decimal value)) return Wrong(node, "a number such as 0.1", min);
        return value >= min && value <= max ? value : Outside(node, FormattableString.Invariant($"{value} is outside {min} to {max}."), min);
    }

    /// <summary><c>true</c> or <c>false</c>, not quoted; false if the key is absent.</summary>
    public bool Flag(string key) => OptionalFlag(key) ?? false;

    /// <summary><c>true</c> or <c>false</c>, not quoted.</summary>
    /// <returns>Null if the key is absent.</returns>
    public bool? OptionalFlag(string key)
    {
        if (Entry(key) is not { } node) return null;
        if (Scalar(node, "true or false", plain: true) is not { } scalar) return false;
        return scalar.Text switch { "true" => true, "false" => false, _ => Wrong(node, "true or false", false) };
    }

    /// <summary>One of a few words.</summary>
    public T Word<T>(string key, IReadOnlyDictionary<string, T> words) where T : struct => OptionalWord(key, words) ?? Missing(key, default(T));

    /// <inheritdoc cref="Word"/>
    /// <returns>Null if the key is absent.</returns>
    public T? OptionalWord<T>(string key, IReadOnlyDictionary<string, T> words) where T : struct
    {
        if (Entry(key) is not { } node) return null;
        if (Scalar(node, "a word", plain: false) is not { } scalar) return default(T);
        return words.TryGetValue(scalar.Text, out T value) ? value : Outside(node, $"'{scalar.Text}' is not known here: use {string.Join(", ", words.Keys)}.", default(T));
    }

    /// <summary>A map below this one; an empty one, with a finding, if it is missing.</summary>
    public YamlMap Map(string key) => OptionalMap(key) ?? Missing(key, Nothing(key));

    /// <returns>Null if the key is absent.</returns>
    public YamlMap? OptionalMap(string key) => Entry(key) is not { } node ? null : MapOf(node) ?? Nothing(key);

    /// <summary>A list of maps; at least one.</summary>
    public IReadOnlyList<YamlMap> Maps(string key) => [.. Items(key, required: true).Select(MapOf).OfType<YamlMap>()];

    /// <summary>A list of maps; empty if the key is absent.</summary>
    public IReadOnlyList<YamlMap> OptionalMaps(string key) => [.. Items(key, required: false).Select(MapOf).OfType<YamlMap>()];

    /// <summary>A list of texts; empty if the key is absent.</summary>
    public IReadOnlyList<string> OptionalTexts(string key, Regex? pattern = null, string? form = null) =>
        [.. Items(key, required: false).Select(node => TextOf(node, pattern, form)).OfType<string>()];

    /// <summary>A list of whole numbers; empty if the key is absent.</summary>
    public IReadOnlyList<long> OptionalIntegers(string key, long min = long.MinValue, long max = long.MaxValue) =>
        [.. Items(key, required: false).Select(node => IntegerOf(node, min, max)).OfType<long>()];

    internal void AddUnknownKeys(List<Finding> findings)
    {
        foreach (var (key, entry) in mapping.Entries)
        {
            if (known.Contains(key)) continue;
            string hint = known.Count == 0 ? "remove it" : $"known here are {string.Join(", ", known)}";
            findings.Add(new("CME-1204", PathOf(key), entry.Line, $"The key '{key}' is not known: {hint}."));
        }
    }

    private YamlNode? Entry(string key)
    {
        if (!known.Contains(key)) known.Add(key);
        return mapping.Entries.TryGetValue(key, out var entry) ? entry.Value : null;
    }

    private List<YamlNode> Items(string key, bool required)
    {
        if (Entry(key) is not { } node) return required ? Missing<List<YamlNode>>(key, []) : [];
        if (node is not YamlSequence list) return Wrong<List<YamlNode>>(node, "a list", []);
        return required && list.Items.Count == 0 ? Outside<List<YamlNode>>(node, "The list is empty.", []) : list.Items;
    }

    private YamlMap? MapOf(YamlNode node) => node is YamlMapping map ? file.Open(map) : Wrong<YamlMap?>(node, "a map of keys and values", null);

    private string? TextOf(YamlNode node, Regex? pattern, string? form)
    {
        if (Scalar(node, "a text", plain: false) is not { } scalar) return null;
        bool fits = pattern is null ? !string.IsNullOrWhiteSpace(scalar.Text) : pattern.IsMatch(scalar.Text);
        return fits ? scalar.Text : Outside<string?>(node, $"'{scalar.Text}' does not fit: expected {form ?? "a text that is not blank"}.", null);
    }

    private long? IntegerOf(YamlNode node, long min, long max)
    {
        if (Scalar(node, "a whole number", plain: true) is not { } scalar) return null;
        bool hex = scalar.Text.StartsWith("0x", StringComparison.Ordinal);
        bool read = hex
            ? long.TryParse(scalar.Text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value)
            : long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        if (!read) return Wrong<long?>(node, "a whole number such as 52 or 0x34", null);
        return value >= min && value <= max ? value : Outside<long?>(node, FormattableString.Invariant($"{scalar.Text} is outside {min} to {max}."), null);
    }

    private YamlScalar? Scalar(YamlNode node, string expected, bool plain) => node switch
    {
        YamlScalar { IsEmpty: true } => Outside<YamlScalar?>(node, "The value is empty: give one or remove the key.", null),
        YamlScalar { IsPlain: false } when plain => Wrong<YamlScalar?>(node, $"{expected}, without quotes", null),
        YamlScalar scalar => scalar,
        _ => Wrong<YamlScalar?>(node, expected, null),
    };

    private YamlMap Nothing(string key) => new(file, new YamlMapping(PathOf(key), LineOf(key)), isStandIn: true);

    private string PathOf(string key) => key.Length == 0 ? Path : Path.Length == 0 ? key : $"{Path}.{key}";

    private T Missing<T>(string key, T instead)
    {
        IsSound = false;
        if (!isStandIn) file.Report(new("CME-1205", PathOf(key), Line, $"The key '{key}' is missing."));
        return instead;
    }

    private T Wrong<T>(YamlNode node, string expected, T instead)
    {
        IsSound = false;
        if (node is not YamlBroken) file.Report(new("CME-1206", node.Path, node.Line, $"Expected {expected}."));
        return instead;
    }

    private T Outside<T>(YamlNode node, string text, T instead)
    {
        IsSound = false;
        file.Report(new("CME-1207", node.Path, node.Line, text));
        return instead;
    }
}
