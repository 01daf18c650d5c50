using System.Text;
using System.Text.Json;

namespace CoMaKo.Hub.Web.Api;

/// <summary>Where the members of a JSON text stand, so that a finding names its line. Members are named as findings name them: <c>alerts.rules[0].kind</c>.</summary>
internal sealed class JsonLines
{
    private readonly Dictionary<string, int> lines = new(StringComparer.Ordinal) { [""] = 1 };

    /// <param name="text">JSON that was read before without an error.</param>
    public JsonLines(string text, JsonDocumentOptions options)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = options.CommentHandling, AllowTrailingCommas = options.AllowTrailingCommas, MaxDepth = options.MaxDepth });
        var open = new Stack<(string Path, int Index)>(); // index of the next element; -1 in an object
        string name = "";
        int line = 1;
        for (long seen = 0; reader.Read(); seen = reader.TokenStartIndex)
        {
            line += bytes.AsSpan((int)seen, (int)(reader.TokenStartIndex - seen)).Count((byte)'\n');
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) open.Pop();
            else if (reader.TokenType == JsonTokenType.PropertyName) lines.TryAdd(name = Under(open.Peek().Path, reader.GetString()!), line);
            else
            {
                if (open.TryPeek(out var place) && place.Index >= 0)
                {
                    open.Push(open.Pop() with { Index = place.Index + 1 });
                    lines.TryAdd(name = FormattableString.Invariant($"{place.Path}[{place.Index}]"), line);
                }

                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) open.Push((name, reader.TokenType == JsonTokenType.StartArray ? 0 : -1));
            }
        }
    }

    /// <summary>The line of a member, counted from 1; of one that is missing the line of what should hold it.</summary>
    public int Of(string path)
    {
        int line;
        while (!lines.TryGetValue(path, out line)) path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))];
        return line;
    }

    private static string Under(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
