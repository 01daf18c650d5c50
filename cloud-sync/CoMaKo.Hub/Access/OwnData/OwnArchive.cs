using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace CoMaKo.Hub.Access.OwnData;

/// <summary>A context's share of what the cooperative keeps about a participant.</summary>
internal interface IOwnData
{
    /// <summary>Adds files of everything that this context keeps about it.</summary>
    Task WriteAsync(OwnArchive archive, string participant);
}

/// <summary>A ZIP of CSV (UTF-8, commas, decimal points, ISO times) and JSON files.</summary>
internal sealed class OwnArchive(ZipArchive zip)
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly List<(string Name, string What)> files = [];

    /// <summary>Names of the files with what they hold, in their order.</summary>
    public IReadOnlyList<(string Name, string What)> Files => files;

    /// <summary>Adds a table.</summary>
    /// <param name="what">What it holds, for the readme.</param>
    /// <param name="rows">Cells are texts, whole numbers, decimals or absent.</param>
    public void AddCsv(string name, string what, string[] columns, IEnumerable<object?[]> rows)
    {
        using var text = Open(name, what);
        text.Write(string.Join(',', columns) + "\r\n");
        foreach (object?[] row in rows) text.Write(string.Join(',', row.Select(Cell)) + "\r\n");
    }

    /// <summary>Adds a document.</summary>
    public void AddJson(string name, string what, object document)
    {
        using var text = Open(name, what);
        text.Write(JsonSerializer.Serialize(document, Json));
    }

    /// <summary>Adds a plain text.</summary>
    public void AddText(string name, string what, string content)
    {
        using var text = Open(name, what);
        text.Write(content);
    }

    private StreamWriter Open(string name, string what)
    {
        files.Add((name, what));
        return new StreamWriter(zip.CreateEntry(name, CompressionLevel.Fastest).Open(), new UTF8Encoding(false));
    }

    /// <summary>A spreadsheet takes a cell that begins like a formula for one.</summary>
    private static string Cell(object? value)
    {
        string text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        if (value is string && text is ['=' or '+' or '-' or '@' or '\t', ..]) text = "'" + text;
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
