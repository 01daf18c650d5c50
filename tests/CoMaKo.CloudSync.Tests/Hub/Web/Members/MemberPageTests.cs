using System.Globalization;
using System.Net;
using System.Text.Json;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Web.Members;

/// <summary>The member's pages say what the reports say, and nothing of others.</summary>
public sealed class MemberPageTests : IAsyncLifetime
{
    private MemberScene scene = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (scene?.DisposeAsync() ?? ValueTask.CompletedTask);

    /// <summary>A closed month from its stored run, a running month as the preview says.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Month_SaysTheFiguresOfTheReport(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine);
        foreach (var (month, query) in ((string, string)[])[("2026-05", "run=2026-05.1"), ("2026-06", "from=2026-06-01&to=2026-07-01")])
        {
            var report = (await scene.Hub.GetAsync($"/balance_groups/{MemberScene.Group}/report?{query}")).Json.GetProperty("settlement");
            foreach (var (participant, point) in ((string, string)[])[("anna", "ZP001"), ("bert", "ZP002")])
            {
                string text = MemberScene.Plain((await scene.PageAsync(participant, $"/pages/my/month/{month}")).QuerySelector("main")!.TextContent);
                var row = report.GetProperty(point);
                Assert.Contains($"{Kwh(row, "allocated_kwh")} kWh came from neighbours.", text, StringComparison.Ordinal);
                Assert.Contains($"{Kwh(row, "grid_kwh")} kWh came from the grid.", text, StringComparison.Ordinal);
                Assert.Contains($"You owe {row.GetProperty("cost_eur").GetDecimal().ToString("N2", CultureInfo.InvariantCulture)} EUR.", text, StringComparison.Ordinal);
                Assert.Contains("at 10 ct per kWh", text, StringComparison.Ordinal);
            }

            string producer = MemberScene.Plain((await scene.PageAsync("dora", $"/pages/my/month/{month}")).QuerySelector("main")!.TextContent);
            var plant = report.GetProperty("ZP901");
            Assert.Contains($"Neighbours used {Kwh(plant, "shared_kwh")} kWh of your {Kwh(plant, "generated_kwh")} kWh.", producer, StringComparison.Ordinal);
            Assert.Contains($"You get {plant.GetProperty("credit_eur").GetDecimal().ToString("N2", CultureInfo.InvariantCulture)} EUR.", producer, StringComparison.Ordinal);
        }
    }

    /// <summary>The bakery draws and feeds: both directions, and the difference of both amounts.</summary>
    [Theory, OnSqlite]
    public async Task Month_OfAProsumer_SaysBothDirectionsAndTheDifference(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine);
        var row = (await scene.Hub.GetAsync($"/balance_groups/{MemberScene.Group}/report?run=2026-05.1")).Json.GetProperty("settlement").GetProperty("ZP003");
        var page = await scene.PageAsync("clara", "/pages/my/month/2026-05");
        decimal owed = row.GetProperty("cost_eur").GetDecimal() - row.GetProperty("credit_eur").GetDecimal();

        Assert.Equal(2, page.QuerySelectorAll(".lane-bars").Length);
        Assert.Contains($"You {(owed > 0 ? "owe" : "get")} {Math.Abs(owed).ToString("N2", CultureInfo.InvariantCulture)} EUR.", MemberScene.Plain(page.QuerySelector(".three")!.TextContent), StringComparison.Ordinal);
        Assert.Equal(["From neighbours", "Given to neighbours"], page.QuerySelectorAll(".reasons dt:not(.sum)").Select(reason => reason.FirstChild!.TextContent.Trim()));
    }

    /// <summary>Quarter hours of a closed day come from its run; their sums are the report's of that day.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Day_QuarterHoursAddUpToTheReport(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine);
        var report = (await scene.Hub.GetAsync($"/balance_groups/{MemberScene.Group}/report?from=2026-05-14&to=2026-05-15")).Json.GetProperty("settlement");
        foreach (var (participant, point) in ((string, string)[])[("anna", "ZP001"), ("clara", "ZP003"), ("dora", "ZP901")])
        {
            var sums = Sums(await scene.TextAsync(participant, "/pages/my/day/2026-05-14/table.csv"), 96);
            foreach (var (column, member) in ((string, string)[])[("used_kwh", "usage_kwh"), ("neighbours_kwh", "allocated_kwh"), ("grid_kwh", "grid_kwh"), ("generated_kwh", "generated_kwh"), ("shared_kwh", "shared_kwh"), ("left_kwh", "surplus_kwh")])
                if (report.GetProperty(point).TryGetProperty(member, out var expected)) Assert.Equal(expected.GetDecimal(), sums[column]);
        }

        string anna = MemberScene.Plain((await scene.PageAsync("anna", "/pages/my/day/2026-05-14")).QuerySelector("main")!.TextContent);
        var row = report.GetProperty("ZP001");
        Assert.Contains($"{Kwh(row, "allocated_kwh")} kWh came from neighbours.", anna, StringComparison.Ordinal);
        Assert.Contains($"You owe {(row.GetProperty("allocated_kwh").GetDecimal() / 10).ToString("N3", CultureInfo.InvariantCulture)} EUR for this day.", anna, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Today_ShowsWhatIsThere_AndCallsItPreliminary(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine);
        var page = await scene.PageAsync("anna", "/pages/my/day/2026-06-01");
        var report = (await scene.Hub.GetAsync($"/balance_groups/{MemberScene.Group}/report?from=2026-06-01&to=2026-06-02")).Json.GetProperty("settlement").GetProperty("ZP001");

        string text = MemberScene.Plain(page.QuerySelector("main")!.TextContent);
        Assert.Contains("Preliminary", text, StringComparison.Ordinal);
        Assert.Contains($"{Kwh(report, "allocated_kwh")} kWh came from neighbours.", text, StringComparison.Ordinal);
        Assert.Equal(48, page.QuerySelectorAll("#bars-table tbody tr").Count(row => row.Children[1].TextContent.Trim() != "–"));
    }

    /// <summary>The rows of a stored month carry the page: its group is not settled again.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task StoredMonth_IsNotSettledAgain(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine);
        string before = await scene.TextAsync("anna", "/pages/my/month/2026-05") + await scene.TextAsync("anna", "/pages/my/day/2026-05-14/table.csv");
        using (var database = CoMaKo.Hub.HubSchema.Open(scene.Hub.Place.Address))
            await database.WriteAsync(async tx => { await tx.ExecuteAsync("DELETE FROM met_effective_day WHERE series_id <> (SELECT series_id FROM met_series s JOIN mkt_point p ON p.point_id = s.point_id WHERE p.name = 'ZP001')"); });

        Assert.Equal(before, await scene.TextAsync("anna", "/pages/my/month/2026-05") + await scene.TextAsync("anna", "/pages/my/day/2026-05-14/table.csv"));
    }

    [Theory, OnSqlite]
    public async Task Year_AddsItsMonths(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine);
        var year = Sums(await scene.TextAsync("anna", "/pages/my/year/2026/table.csv"), 6);
        var (may, june) = (Sums(await scene.TextAsync("anna", "/pages/my/month/2026-05/table.csv"), 31), Sums(await scene.TextAsync("anna", "/pages/my/month/2026-06/table.csv"), 1));

        Assert.Equal(may["used_kwh"] + june["used_kwh"], year["used_kwh"]);
        Assert.Equal(may["neighbours_kwh"] + june["neighbours_kwh"], year["neighbours_kwh"]);
    }

    /// <summary>Nobody's page names a neighbour's point or person; group totals are shown from three persons up.</summary>
    [Theory, OnSqlite]
    public async Task Pages_NameNobodyElse(Engine engine)
    {
        scene = await MemberScene.StartAsync(engine);
        foreach (string path in (string[])["/pages/my", "/pages/my/day/2026-05-14", "/pages/my/month/2026-05", "/pages/my/year/2026", "/pages/my?participant=bert", "/pages/my/month/2026-05?participant=bert"])
        {
            string text = await scene.TextAsync("anna", path);
            Assert.Contains("<html lang=\"en\"", text, StringComparison.Ordinal);
            foreach (string other in (string[])["ZP002", "ZP003", "ZP901", "Bert Example", "Clara", "Dora"]) Assert.DoesNotContain(other, text, StringComparison.Ordinal);
        }

        Assert.Contains("All members together used", await scene.TextAsync("anna", "/pages/my/month/2026-05"), StringComparison.Ordinal);
        Assert.Contains("Bert Example", await (await scene.Hub.Pages.GetAsync(new Uri("/pages/my?participant=bert", UriKind.Relative))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    [Row("/pages/my/day/2026-06-02"), Row("/pages/my/day/2026-02-30"), Row("/pages/my/month/2026-07"), Row("/pages/my/month/x"), Row("/pages/my/year/2027"), Row("/pages/my/year/20260")]
    public async Task Time_ThatHasNotBegunOrIsNone_IsNotFound(Engine engine, string path)
    {
        scene = await MemberScene.StartAsync(engine, isClosed: false);
        using var answer = await (await scene.AsAsync("anna")).GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static string Kwh(JsonElement row, string member) => row.GetProperty(member).GetDecimal().ToString("N3", CultureInfo.InvariantCulture);

    private static Dictionary<string, decimal> Sums(string csv, int rows)
    {
        string[][] lines = [.. csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(','))];
        Assert.Equal(rows, lines.Length - 1);
        return lines[0].Skip(1).Select((name, i) => (name, Sum: lines.Skip(1).Sum(line => line[i + 1].Length == 0 ? 0 : decimal.Parse(line[i + 1], CultureInfo.InvariantCulture)))).ToDictionary(each => each.name, each => each.Sum);
    }
}
