using System.Globalization;
using System.Text;
using System.Text.Json;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.Hub.Access;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>The report page of a group that is too large to be settled while somebody waits: it shows the night's run, in parts, with the totals of all.</summary>
public sealed class LargeGroupPageTests : IAsyncLifetime
{
    private const int Points = 120;

    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Page_ShowsTheNightsRunInParts(Engine engine)
    {
        await StartAsync(engine);
        var before = await PageAsync("from=2026-05-01&to=2026-06-01");
        Assert.Contains("settled tonight", before.QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
        Assert.Null(before.QuerySelector("table"));

        Assert.Equal(200, (await hub.PostAsync("/balance_groups/BK1/runs", """{"month":"2026-05"}""")).Code);
        var report = (await hub.GetAsync("/balance_groups/BK1/report?from=2026-05-01&to=2026-06-01")).Json;
        var page = await PageAsync("from=2026-05-01&to=2026-06-01");
        Assert.Contains("As of 1 Jun, 12:00.", page.QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(Totals(report), Foot(page));
        List<string> seen = [.. Rows(page)];
        for (int pages = 1; page.QuerySelector(".pager a")?.GetAttribute("href") is { } next && pages < 5; pages++) seen.AddRange(Rows(page = await PageAsync(next.Split('?')[1])));
        Assert.Equal(
            report.GetProperty("settlement").EnumerateObject().OrderBy(point => point.Name, StringComparer.Ordinal).Select(point => $"{point.Name} {point.Value.GetProperty(point.Name == "ZP000" ? "credit_eur" : "cost_eur").GetRawText()}"), seen);
        Assert.Equal(["ZP007"], Rows(await PageAsync("from=2026-05-01&to=2026-06-01&search=ZP007")).Select(row => row.Split(' ')[0]));

        // A day of the stored month: its energy and its bars, and no money.
        var ofDay = (await hub.GetAsync("/balance_groups/BK1/report?from=2026-05-20&to=2026-05-21")).Json;
        var day = await PageAsync("from=2026-05-20&to=2026-05-21");
        Assert.Equal(Totals(ofDay), Foot(day));
        Assert.Null(day.QuerySelector("[data-head='owes EUR']"));
        string bars = day.QuerySelector("path.bar-neighbours[d^='M1 ']")!.GetAttribute("d")!;
        Assert.True(bars.Length > 500);
        Assert.Equal((await PageAsync("from=2026-05-20&to=2026-05-21&now=true")).QuerySelector("path.bar-neighbours[d^='M1 ']")!.GetAttribute("d"), bars);
    }

    [Theory, OnSqlite]
    public async Task Page_OfAMember_HasItsOwnPoints(Engine engine)
    {
        await StartAsync(engine);
        Assert.Equal(200, (await hub.PostAsync("/balance_groups/BK1/runs", """{"month":"2026-05"}""")).Code);
        using var member = hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Member, "P8's") { Participant = "P8" }, "test")).Text);
        string page = await (await member.GetAsync(new Uri("/balance_groups/BK1/report.html?from=2026-05-01&to=2026-06-01", UriKind.Relative))).Content.ReadAsStringAsync();
        Assert.Equal(["ZP008"], Rows(new HtmlParser().ParseDocument(page)).Select(row => row.Split(' ')[0]));
        Assert.DoesNotContain("ZP007", page, StringComparison.Ordinal);
    }

    private static string Totals(JsonElement report) => string.Join(' ', new[] { "total_consumed_kwh", "allocated_kwh", "total_generated_kwh", "surplus_kwh" }
        .Select(name => report.GetProperty(name).GetDecimal().ToString("N3", CultureInfo.InvariantCulture)));

    private async Task<IHtmlDocument> PageAsync(string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/balance_groups/BK1/report.html?{query}");
        request.Headers.Add("Accept-Language", "en");
        using var answer = await hub.Pages.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
    }

    private static List<string> Rows(IHtmlDocument page) => [.. page.QuerySelectorAll("tbody tr").Select(row =>
        $"{row.Children[0].TextContent} {row.QuerySelectorAll("[data-head$='EUR']").Select(money => money.TextContent).FirstOrDefault(text => text != "–")}".Trim())];

    private static string Foot(IHtmlDocument page) => string.Join(' ', new[] { "used", "from neighbours", "made", "left the group" }.Select(head => page.QuerySelector($"tfoot [data-head='{head}']")!.TextContent));

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        var csv = new StringBuilder("metering_point,day,slot,kwh\n");
        var random = new Random(3);
        for (int i = 0; i < Points; i++)
        {
            Assert.Equal(201, (await hub.PutAsync($"/metering_points/ZP{i:000}", $$"""{"participant":"P{{i}}","direction":"{{(i == 0 ? "generation" : "consumption")}}"}""")).Code);
            for (int slot = 1; slot <= 96; slot++)
                if (i != 5 || slot != 40) csv.Append(CultureInfo.InvariantCulture, $"ZP{i:000},2026-05-20,{slot},{(i == 0 ? random.Next(20_000) : random.Next(300)) / 1000m}\n");
        }

        Assert.Equal(201, (await hub.PutAsync("/balance_groups/BK1", $$"""{"name":"G","metering_points":[{{string.Join(',', Enumerable.Range(0, Points).Select(i => $"\"ZP{i:000}\""))}}]}""")).Code);
        Assert.Equal(200, (await hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);
    }
}
