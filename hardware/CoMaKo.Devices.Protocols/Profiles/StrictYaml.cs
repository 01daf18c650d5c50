using System.Text;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>
/// A YAML file that a person wrote, read strictly: the reader asks for what it knows, everything else is a finding with path and line.
/// No anchors, aliases, tags or second documents; plain scalars have no guessed types, the reader says what it expects.
/// </summary>
/// <example><code>
/// var yaml = StrictYaml.Parse(text);
/// string zone = yaml.Root.Text("timeZone");
/// int port = yaml.Root.OptionalInteger("port", 1, 65535) ?? 502;
/// foreach (YamlMap device in yaml.Root.Maps("devices")) { … }
/// IReadOnlyList&lt;Finding&gt; findings = yaml.Complete();   // empty: every value above is valid
/// </code></example>
/// <remarks>
/// Codes: CME-1201 unreadable or not YAML, CME-1202 a part of YAML that is not allowed here, CME-1203 duplicate key, CME-1204 unknown key,
/// CME-1205 missing key, CME-1206 wrong kind of value, CME-1207 value outside what is allowed.
/// </remarks>
public sealed class StrictYaml
{
    /// <summary>Largest file in bytes of UTF-8.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Deepest nesting of maps and lists.</summary>
    public const int MaxDepth = 16;

    private readonly List<Finding> findings;
    private readonly List<YamlMap> maps = [];

    private StrictYaml(YamlMapping? root, List<Finding> findings)
    {
        this.findings = findings;
        IsReadable = root is not null;
        Root = Open(root ?? new YamlMapping("", 1));
    }

    /// <summary>The document's map; empty if the file is not readable.</summary>
    public YamlMap Root { get; }

    /// <summary>Whether the file is YAML with a map at its top.</summary>
    public bool IsReadable { get; }

    /// <summary>Reads a text; never throws on input.</summary>
    public static StrictYaml Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Encoding.UTF8.GetByteCount(text) > MaxBytes) return Unreadable(TooLarge);
        var found = new List<Finding>();
        return new(YamlTreeReader.Read(text, found), found);
    }

    /// <summary>Reads UTF-8, with or without byte order mark; never throws on input.</summary>
    public static StrictYaml Parse(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxBytes) return Unreadable(TooLarge);
        if (utf8.StartsWith("\uFEFF"u8)) utf8 = utf8[3..];
        try
        {
            return Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(utf8));
        }
        catch (DecoderFallbackException)
        {
            return Unreadable("The file is not valid UTF-8: save it as UTF-8.");
        }
    }

    /// <summary>Reads a file; a file that cannot be read is a finding.</summary>
    public static StrictYaml Load(string path)
    {
        try
        {
            return new FileInfo(path).Length > MaxBytes ? Unreadable(TooLarge) : Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Unreadable($"The file cannot be read: {e.Message}");
        }
    }

    /// <summary>All findings in the order of lines, unknown keys of every map that was asked for included. An unreadable file has only the reason why.</summary>
    public IReadOnlyList<Finding> Complete()
    {
        var all = new List<Finding>(findings);
        foreach (var map in maps) map.AddUnknownKeys(all);
        return [.. all.OrderBy(f => f.Line ?? 0)];
    }

    internal YamlMap Open(YamlMapping mapping)
    {
        var map = new YamlMap(this, mapping);
        maps.Add(map);
        return map;
    }

    internal void Report(Finding finding)
    {
        if (IsReadable) findings.Add(finding);
    }

    private static readonly string TooLarge = FormattableString.Invariant($"The file is larger than {MaxBytes / 1024} KiB.");

    private static StrictYaml Unreadable(string text) => new(null, [new("CME-1201", "", null, text)]);
}
