using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Web.Views;

namespace CoMaKo.Hub.Web.Operators;

/// <summary>Every list's page and file.</summary>
internal static class TablePages
{
    private const int MostRows = 100;
    private const int MostInFile = 1_000_000;

    public static void MapTablePages(this IEndpointRouteBuilder pages)
    {
        foreach (var source in pages.ServiceProvider.GetServices<TableSource>())
        {
            pages.MapGet(source.Address, (HttpContext context, PageWriter page, string? after, string? done) => ShowAsync(context, page, source, after ?? "", done));
            pages.MapGet(source.Address + ".csv", (Delegate)((HttpContext context) => FileAsync(context, source)));
        }
    }

    private static async Task ShowAsync(HttpContext context, PageWriter page, TableSource source, string after, string? done)
    {
        var filter = FilterOf(context, source);
        var rows = await source.ReadAsync(filter, after, MostRows + 1, new Wording(PageContext.LanguageOf(context.Request)));
        await page.WriteAsync<TablePage>(say => say[source.Title], new()
        {
            ["Source"] = source, ["Rows"] = rows.Take(MostRows).ToList(), ["Filter"] = filter, ["Next"] = rows.Count > MostRows ? rows[MostRows - 1].Key : null, ["Done"] = done,
        });
    }

    private static async Task<IResult> FileAsync(HttpContext context, TableSource source)
    {
        var rows = await source.ReadAsync(FilterOf(context, source), "", MostInFile, new Wording(CsvAnswer.IsGerman(context.Request) ? "de" : "en"));
        return new CsvAnswer(source.Address.Split('/')[^1], [.. source.Columns.Select(column => new CsvColumn(column.Name, column.Kind))], [.. rows.Select(row => row.Cells.Select(cell => cell.Plain).ToArray())]);
    }

    private static Dictionary<string, string> FilterOf(HttpContext context, TableSource source) =>
        source.Filters.ToDictionary(filter => filter.Name, filter => context.Request.Query[filter.Name].ToString().Trim() is { Length: <= 100 } value ? value : "", StringComparer.Ordinal);
}
