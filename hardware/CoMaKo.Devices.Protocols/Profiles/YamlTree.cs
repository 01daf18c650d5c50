using CoMaKo.Quantities;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>A node of the file with its place.</summary>
internal abstract record YamlNode(string Path, int Line);

internal sealed record YamlScalar(string Path, int Line, string Text, bool IsPlain) : YamlNode(Path, Line)
{
    /// <summary><c>key:</c> without a value, or YAML's words for it.</summary>
    public bool IsEmpty => IsPlain && Text is "" or "~" or "null";
}

internal sealed record YamlSequence(string Path, int Line, List<YamlNode> Items) : YamlNode(Path, Line);

internal sealed record YamlMapping(string Path, int Line) : YamlNode(Path, Line)
{
    public Dictionary<string, YamlEntry> Entries { get; } = [];
}

/// <summary>A key's line and its value.</summary>
internal readonly record struct YamlEntry(int Line, YamlNode Value);

/// <summary>Stands where something stood that is already reported; readers pass over it in silence.</summary>
internal sealed record YamlBroken(string Path, int Line) : YamlNode(Path, Line);

/// <summary>Turns YAML events into nodes with paths and lines, and refuses what the strict dialect leaves out.</summary>
internal sealed class YamlTreeReader
{
    private readonly IParser parser;
    private readonly List<Finding> findings;

    private YamlTreeReader(IParser parser, List<Finding> findings)
    {
        this.parser = parser;
        this.findings = findings;
    }

    /// <summary>The map at the top, or null with a finding.</summary>
    public static YamlMapping? Read(string text, List<Finding> findings)
    {
        try
        {
            return new YamlTreeReader(new Parser(new StringReader(text)), findings).Document();
        }
        catch (YamlException e)
        {
            findings.Add(new("CME-1201", "", LineOf(e.Start), $"This is not YAML: {e.Message.TrimEnd('.')}."));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or IndexOutOfRangeException or OverflowException)
        {
            // The library meets malformed input with these as well; where it stopped is not known.
            findings.Add(new("CME-1201", "", null, "This is not YAML: the text cannot be parsed."));
        }

        return null;
    }

    private YamlMapping? Document()
    {
        parser.Consume<StreamStart>();
        if (!parser.Accept<DocumentStart>(out _))
        {
            findings.Add(new("CME-1201", "", 1, "The file is empty."));
            return null;
        }

        parser.MoveNext();
        var root = Node("", 0);
        if (root is null) return null;
        parser.Consume<DocumentEnd>();
        if (parser.Accept<DocumentStart>(out var second))
            findings.Add(new("CME-1202", "", LineOf(second.Start), "Only one document per file: remove '---' and what follows."));
        if (root is YamlMapping map) return map;
        findings.Add(new("CME-1206", "", root.Line, "The top of the file must be a map of keys and values."));
        return null;
    }

    /// <summary>Null when the nesting is too deep: reading stops there.</summary>
    private YamlNode? Node(string path, int depth)
    {
        if (depth > StrictYaml.MaxDepth)
        {
            findings.Add(new("CME-1202", path, LineOf(parser.Current!.Start), FormattableString.Invariant($"Nesting is deeper than {StrictYaml.MaxDepth}.")));
            return null;
        }

        if (parser.TryConsume<AnchorAlias>(out var alias)) return Refuse(path, alias, "Aliases ('*name') are not allowed: write the value out.");
        if (!parser.Accept<NodeEvent>(out var node)) throw new InvalidOperationException("A node is missing.");
        string? refusal = !node.Anchor.IsEmpty ? "Anchors ('&name') are not allowed: remove it."
            : !node.Tag.IsEmpty && !node.Tag.IsNonSpecific ? "Tags ('!name') are not allowed: remove it." : null;
        YamlNode? read = node switch
        {
            MappingStart => Map(path, depth),
            SequenceStart => List(path, depth),
            _ => Scalar(path),
        };
        return refusal is null || read is null ? read : Refuse(path, node, refusal);
    }

    private YamlScalar Scalar(string path)
    {
        var scalar = parser.Consume<Scalar>();
        return new(path, LineOf(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain);
    }

    private YamlSequence? List(string path, int depth)
    {
        var list = new YamlSequence(path, LineOf(parser.Consume<SequenceStart>().Start), []);
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            if (Node(FormattableString.Invariant($"{path}[{list.Items.Count}]"), depth + 1) is not { } item) return null;
            list.Items.Add(item);
        }

        return list;
    }

    private YamlMapping? Map(string path, int depth)
    {
        var map = new YamlMapping(path, LineOf(parser.Consume<MappingStart>().Start));
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            int line = LineOf(parser.Current!.Start);
            if (Node(path, depth + 1) is not { } keyNode) return null;
            string? key = (keyNode as YamlScalar)?.Text;
            string below = key is null ? path : path.Length == 0 ? key : $"{path}.{key}";
            if (Node(below, depth + 1) is not { } value) return null;
            if (key is null) findings.Add(new("CME-1202", path, line, "A key must be a plain word."));
            else if (map.Entries.TryGetValue(key, out var first))
                findings.Add(new("CME-1203", below, line, FormattableString.Invariant($"The key '{key}' is already given in line {first.Line}: remove one.")));
            else map.Entries.Add(key, new(line, value));
        }

        return map;
    }

    private YamlBroken Refuse(string path, ParsingEvent at, string text)
    {
        int line = LineOf(at.Start);
        findings.Add(new("CME-1202", path, line, text));
        return new(path, line);
    }

    private static int LineOf(Mark mark) => (int)mark.Line;
}
