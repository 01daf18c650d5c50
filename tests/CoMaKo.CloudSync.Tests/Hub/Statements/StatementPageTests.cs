using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Statements;

/// <summary>What the pages of statements say, and that each line leads to what it rests on.</summary>
public sealed class StatementPageTests
{
    private const string Anna = "2025-08.1-BK123456-0001", Ben = "2025-08.1-BK123456-0002";

    [Theory, OnSqlite]
    [Row("en", "From neighbours 367.788 kWh at 10 ct = 36.78 EUR.", "You owe 36.78 EUR."), Row("de", "Von Nachbarn 367,788 kWh zu 10 ct = 36,78 EUR.", "Zu zahlen: 36,78 EUR.")]
    public async Task Page_BeginsWithPlainLines(Engine engine, string language, string first, string last)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();

        var page = await ReadAsync(world.Hub.Pages, $"/pages/statements/{Anna}", language);

        string[] lines = [.. page.QuerySelectorAll(".plain").Select(line => Plain(line.TextContent))];
        Assert.Equal((first, last), (lines[0], lines[^1]));
        Assert.Equal(3, lines.Length);
    }

    /// <summary>Statement → line → day → quarter hour, by links only; the figures of each step add up to the step before.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Line_LeadsToItsQuarterHours_WhichAddUpToIt(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        using var anna = await world.MemberAsync("anna");

        var statement = await ReadAsync(anna, $"/pages/statements/{Anna}", "en");
        var line = await ReadAsync(anna, Link(statement, "/lines/"), "en");
        string kwh = line.QuerySelector("tbody td.right")!.TextContent;
        var day = await ReadAsync(anna, Link(line, "/days/"), "en");
        var slot = await ReadAsync(anna, Link(day, "/slots/"), "en");

        Assert.Equal("367.788", kwh);
        Assert.Equal(96, day.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(367_788, day.QuerySelectorAll("tbody td.strong").Sum(cell => long.Parse(cell.TextContent.Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Contains("operator's import", slot.QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("group used", day.QuerySelector("thead")!.TextContent, StringComparison.Ordinal); // two persons: the sums would tell ben's values
        Assert.Contains("group used", (await ReadAsync(world.Hub.Pages, Link(line, "/days/"), "en")).QuerySelector("thead")!.TextContent, StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    public async Task Pages_OfOthers_AreNotThere(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();
        using var anna = await world.MemberAsync("anna");

        foreach (string path in (string[])
        [
            $"/pages/statements/{Ben}", $"/pages/statements/{Ben}/lines/1", $"/statements/{Ben}.html", $"/pages/statements/{Anna}/days/2025-08-01?point=ZP002", $"/pages/statements/{Anna}/lines/99",
            $"/pages/statements/{Anna}/slots/1754000100?point=ZP901&direction=generation", $"/pages/statements/{Anna}/days/2025-09-01?point=ZP001",
        ])
            Assert.Equal(404, (int)(await anna.GetAsync(new Uri(path, UriKind.Relative))).StatusCode);
        string list = await anna.GetStringAsync(new Uri("/pages/statements?participant=ben", UriKind.Relative));
        Assert.Contains(Anna, list, StringComparison.Ordinal);
        Assert.DoesNotContain(Ben, list, StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    public async Task List_KeepsItsFilterInTheAddress(Engine engine)
    {
        await using var world = await StatementWorld.StartAsync(engine);
        await world.CloseAsync();

        var page = await ReadAsync(world.Hub.Pages, "/pages/statements?month=2025-08&payment=open", "en");
        string csv = await world.Hub.Pages.GetStringAsync(new Uri(page.QuerySelector("a[download]")!.GetAttribute("href")!, UriKind.Relative));

        Assert.Equal(("2025-08", "open"), (((IHtmlInputElement)page.QuerySelector("input[name=month]")!).Value, ((IHtmlSelectElement)page.QuerySelector("select")!).Value));
        Assert.Equal(2, page.QuerySelectorAll("tbody tr").Length);
        Assert.Equal(3, csv.TrimEnd().Split('\n').Length);
        Assert.Empty((await ReadAsync(world.Hub.Pages, "/pages/statements?payment=overdue", "en")).QuerySelectorAll("tbody tr"));
    }

    private static string Link(IHtmlDocument page, string part) => page.QuerySelector($"tbody a[href*='{part}']")!.GetAttribute("href")!;

    private static string Plain(string text) => text.Replace('\u00A0', ' ').Trim();

    private static async Task<IHtmlDocument> ReadAsync(HttpClient client, string path, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Language", language);
        using var response = await client.SendAsync(request);
        string html = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {html}");
        return new HtmlParser().ParseDocument(html);
    }
}
