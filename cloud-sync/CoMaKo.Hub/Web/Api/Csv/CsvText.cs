namespace CoMaKo.Hub.Web.Api.Csv;

/// <summary>Cells as they are written, and back.</summary>
internal static class CsvText
{
    /// <summary>A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV Injection), and so does one that has apostrophes there already.</summary>
    public static string Neutral(string text) => IsFormula(text) ? "'" + text : text;

    /// <summary>The text again.</summary>
    public static ReadOnlySpan<char> Plain(ReadOnlySpan<char> cell) => cell is ['\'', ..] && IsFormula(cell) ? cell[1..] : cell;

    /// <summary>A cell as it stands in a line (RFC 4180).</summary>
    public static string Quoted(string text, char separator) =>
        text.AsSpan().ContainsAny(separator, '"') || text.AsSpan().ContainsAny('\r', '\n') ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private static bool IsFormula(ReadOnlySpan<char> text) => text.TrimStart('\'') is ['=' or '+' or '-' or '@' or '\t' or '\r', ..];
}
