using System.Text;

namespace CoMaKo.Hub.Web.Api.Csv;

/// <summary>
/// A table as the answer of a request: UTF-8 without byte order mark, for a German reader with semicolon and decimal comma, for others with comma and
/// point. Equal rows give equal bytes.
/// </summary>
/// <param name="rows">Cells in the columns' order, numbers with a decimal point; absent cells are empty.</param>
internal sealed class CsvAnswer(string name, IReadOnlyList<CsvColumn> columns, IReadOnlyList<string?[]> rows) : IResult
{
    public const string MediaType = "text/csv";

    private const int BlockCharacters = 32_768;

    /// <summary>Whether a request prefers CSV to JSON.</summary>
    public static bool IsWanted(HttpRequest request)
    {
        request.HttpContext.Response.Headers.Vary = "Accept, Accept-Language";
        return request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1).FirstOrDefault()?.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <summary>Whether the reader's spreadsheet is a German one: <c>?language=</c>, else <c>Accept-Language</c>.</summary>
    public static bool IsGerman(HttpRequest request)
    {
        if (request.Query["language"].ToString() is { Length: > 0 } language) return language == "de";
        return request.GetTypedHeaders().AcceptLanguage.OrderByDescending(wish => wish.Quality ?? 1).FirstOrDefault()?.Value.StartsWith("de", StringComparison.OrdinalIgnoreCase) == true;
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        bool isGerman = IsGerman(httpContext.Request);
        httpContext.Response.ContentType = MediaType + "; charset=utf-8";
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}.csv\"";
        var text = new StringBuilder(2 * BlockCharacters);
        foreach (string line in Lines(isGerman))
        {
            text.Append(line).Append('\n');
            if (text.Length < BlockCharacters) continue;
            await httpContext.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), httpContext.RequestAborted);
            text.Clear();
        }

        await httpContext.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), httpContext.RequestAborted);
    }

    /// <summary>Header and rows without their line ends.</summary>
    private IEnumerable<string> Lines(bool isGerman)
    {
        char separator = isGerman ? ';' : ',';
        yield return string.Join(separator, columns.Select(column => column.Name));
        foreach (string?[] row in rows) yield return string.Join(separator, columns.Select((column, i) => CellOf(column, row[i], separator, isGerman)));
    }

    private static string CellOf(CsvColumn column, string? value, char separator, bool isGerman) => (value, column.Kind) switch
    {
        (null, _) => "",
        (_, CsvKind.Number) => isGerman ? value.Replace('.', ',') : value,
        _ => CsvText.Quoted(CsvText.Neutral(value), separator),
    };
}
