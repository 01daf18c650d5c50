using System.Globalization;
using System.Text;
using CoMaKo.Hub.Settlement;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>From master data and quarter hours to reports and runs, all over REST.</summary>
public sealed class SettlementRestTests : IAsyncLifetime
{
    private static readonly LocalDate Day = new(2025, 8, 1);
    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    /// <summary>510.2 kWh → 51.02 EUR, 877.0 kWh → 87.70 EUR, 1 387.2 kWh used of 1 420.0 generated.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Report_OfTheBrief_ComesOutOfTheBriefsModel(Engine engine)
    {
        await StartAsync(engine);
        await PutGroupAsync("""{"name":"GreenCoop Energy","metering_points":["ZP001","ZP002","ZP901"]}""", "ZP001", "ZP002", "ZP901");
        await DeliverAsync(("ZP001", "consumption", Spread(510_200)), ("ZP002", "consumption", Spread(877_000)), ("ZP901", "generation", Spread(1_420_000)));

        var answer = await hub.GetAsync("/market_core/balance_groups/BK123456/report?from=2025-08-01&to=2025-08-02");

        Assert.Equal("""
            {"balance_group":"BK123456","period":"2025-08-01 to 2025-08-02","state":"preview","computed_at":"2026-06-01T10:00:00Z","total_consumed_kwh":1387.200,"total_generated_kwh":1420.000,
            "internal_price_ct_per_kwh":10,"allocated_kwh":1387.200,"surplus_kwh":32.800,"completeness":1.000,"open_slots":0,"settlement":{
            "ZP001":{"usage_kwh":510.200,"allocated_kwh":510.200,"grid_kwh":0.000,"cost_eur":51.02},
            "ZP002":{"usage_kwh":877.000,"allocated_kwh":877.000,"grid_kwh":0.000,"cost_eur":87.70},
            "ZP901":{"generated_kwh":1420.000,"shared_kwh":1387.200,"surplus_kwh":32.800,"credit_eur":138.72}}}
            """.ReplaceLineEndings(""), answer.Text);
        Assert.StartsWith("balance_group,from,to,state,run,metering_point,usage_kwh,", (await hub.GetAsync("/balance_groups/BK123456/report.csv?from=2025-08-01")).Text, StringComparison.Ordinal);
        Assert.Contains(";510,200;", (await hub.GetAsync("/balance_groups/BK123456/report.csv?from=2025-08-01&language=de")).Text, StringComparison.Ordinal);
    }

    /// <summary>Section 9 of the domain reference: two quarter hours, three methods, and their cents.</summary>
    [Theory, OnSqlite, OnPostgres]
    [Row("static", 10, 8, 4), Row("static_redistributed", 10, 11, 4), Row("dynamic", 8, 12, 5)]
    public async Task WorkedExample_ThroughRest_IsExact(Engine engine, string method, int a, int b, int c)
    {
        await StartAsync(engine);
        string keys = method == "dynamic" ? "" : ",\"keys\":{\"A\":500000,\"B\":300000,\"C\":200000}";
        await PutGroupAsync($$"""{"name":"Example","metering_points":["A","B","C","PV9"],"allocation":"{{method}}"{{keys}}}""", "A", "B", "C", "PV9");
        await DeliverAsync(("A", "consumption", Two(600, 500)), ("B", "consumption", Two(900, 800)), ("C", "consumption", Two(300, 400)), ("PV9", "generation", Two(2000, 700)));

        var settlement = (await hub.GetAsync("/balance_groups/BK123456/report?from=2025-08-01")).Json.GetProperty("settlement");

        Assert.Equal([a / 100m, b / 100m, c / 100m], ((string[])["A", "B", "C"]).Select(point => settlement.GetProperty(point).GetProperty("cost_eur").GetDecimal()));
        Assert.Equal((a + b + c) / 100m, settlement.GetProperty("PV9").GetProperty("credit_eur").GetDecimal());
    }

    /// <summary>92 and 100 quarter hours, delivered and settled over REST, against another program's figures.</summary>
    [Theory, OnSqlite, OnPostgres]
    [Row("change-day-100", "\"allocation\":\"dynamic\""), Row("change-day-92", "\"allocation\":\"static_redistributed\",\"keys\":{\"ZP001\":500000,\"ZP002\":499999,\"ZP003\":1}")]
    public async Task ChangeDay_ThroughRest_EqualsTheIndependentSettlement(Engine engine, string name, string allocation)
    {
        await StartAsync(engine);
        var golden = GoldenCase.Read(name);
        hub.Clock.StepWallClock(TimeSpan.FromDays(310));
        await PutGroupAsync($$"""{"name":"Golden","metering_points":["ZP001","ZP002","ZP003","ZP900"],{{allocation}}}""", "ZP001", "ZP002", "ZP003:both", "ZP900:generation");
        var csv = new StringBuilder("metering_point,direction,start,kwh\n");
        foreach (var (point, direction, day, wh, _) in golden.Series()) Append(csv, point, direction.ToString().ToLowerInvariant(), day, wh);
        Assert.Equal(200, (await hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);

        var report = (await hub.GetAsync($"/balance_groups/BK123456/report?from={golden.From:uuuu-MM-dd}&to={golden.To:uuuu-MM-dd}")).Json;

        Assert.Equal(1.000m, report.GetProperty("completeness").GetDecimal());
        foreach (var line in golden.Expected.GetProperty("lines").EnumerateArray().Where(line => line[0].GetInt32() == 1))
        {
            var point = report.GetProperty("settlement").GetProperty(line[1].GetString()!);
            Assert.Equal((line[4].GetInt64() / 1000m, line[6].GetInt64() / 100m), (point.GetProperty("allocated_kwh").GetDecimal(), point.GetProperty("cost_eur").GetDecimal()));
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Month_IsConfirmedPublishedAndCorrected_ThroughRest(Engine engine)
    {
        await StartAsync(engine);
        await PutGroupAsync("""{"name":"GreenCoop Energy","metering_points":["ZP001","ZP901"]}""", "ZP001", "ZP901");
        await DeliverAsync(("ZP001", "consumption", Spread(96_000)), ("ZP901", "generation", Spread(48_000)));
        const string Runs = "/balance_groups/BK123456/runs";

        Assert.Equal("""{"month":"2025-08","outcome":"provisional"}""", (await hub.PostAsync(Runs, """{"month":"2025-08"}""")).Text);
        Assert.Equal(422, (await hub.PostAsync("/balance_groups/BK123456/months/2025-08/confirmation", """{"reason":" "}""")).Code);
        Assert.Equal(409, (await hub.PostAsync("/balance_groups/BK123456/months/2026-06/confirmation", """{"reason":"too early"}""")).Code);
        Assert.Equal("""{"month":"2025-08","outcome":"final"}""", (await hub.PostAsync("/balance_groups/BK123456/months/2025-08/confirmation", """{"reason":"Only one day was measured."}""")).Text);
        Assert.Equal(409, (await hub.PostAsync("/balance_groups/BK123456/months/2025-08/confirmation", """{"reason":"once more"}""")).Code);
        await DeliverAsync(("ZP901", "generation", Spread(96_000)));
        Assert.Equal("""{"month":"2025-08","outcome":"delta_published"}""", (await hub.PostAsync(Runs, """{"month":"2025-08","publish":true}""")).Text);

        var list = (await hub.GetAsync(Runs)).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(["2025-08.1 final", "2025-08.2 delta"], list.Select(run => $"{run.GetProperty("run").GetString()} {run.GetProperty("kind").GetString()}"));
        var delta = (await hub.GetAsync(Runs + "/2025-08.2")).Json;
        Assert.Equal("Only one day was measured.", delta.GetProperty("confirmation").GetProperty("reason").GetString());
        Assert.Equal([4.80m, -4.80m], delta.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("amount_eur").GetDecimal()));
        Assert.Equal(9.60m, Cost(await hub.GetAsync("/balance_groups/BK123456/report?run=2025-08.2")));
        Assert.Equal(4.80m, Cost(await hub.GetAsync("/balance_groups/BK123456/report?run=2025-08.1")));
        // Master data that a published run rests on change by a date only.
        Assert.Equal((409, "CMH-1660"), Problem(await hub.PutAsync("/balance_groups/BK123456", """{"name":"GreenCoop Energy","metering_points":["ZP001","ZP901"],"price_ct_per_kwh":11}""")));
    }

    [Theory, OnSqlite]
    public async Task WrongQuestions_AreAnsweredWithTheirCode(Engine engine)
    {
        await StartAsync(engine);
        await PutGroupAsync("""{"name":"GreenCoop Energy","metering_points":["ZP001"]}""", "ZP001");
        foreach (var (path, status, code) in ((string, int, string)[])
        [
            ("/balance_groups/BK9/report", 404, "CMH-2311"), ("/balance_groups/BK123456/report?from=2025-13-01", 400, "CMH-1403"), ("/balance_groups/BK123456/report?from=2025-08-02&to=2025-08-02", 422, "CMH-1404"),
            ("/balance_groups/BK123456/report?run=2025-08.1", 404, "CMH-2312"), ("/balance_groups/BK123456/report?run=7", 400, "CMH-2313"), ("/balance_groups/BK123456/runs/2025-08.1", 404, "CMH-2312"), ("/balance_groups/BK9/runs", 404, "CMH-2311"),
        ]) Assert.Equal((path, status, code), (path, (await hub.GetAsync(path)) is var answer ? answer.Code : 0, Problem(answer).Code));

        Assert.Equal((400, "CMH-2319"), Problem(await hub.PostAsync("/balance_groups/BK123456/runs", """{"month":"2025-08","moment":1}""")));
        Assert.Equal((400, "CMH-2314"), Problem(await hub.PostAsync("/balance_groups/BK123456/runs", """{"month":"2025-8"}""")));
        var month = (await hub.GetAsync("/balance_groups/BK123456/report")).Json;
        Assert.Equal(("2026-06-01 to 2026-07-01", 0m, 2880), (month.GetProperty("period").GetString(), month.GetProperty("completeness").GetDecimal(), month.GetProperty("open_slots").GetInt32()));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Forecasts_AndBalancingPrices_ComeOverRest(Engine engine)
    {
        await StartAsync(engine);
        await PutGroupAsync("""{"name":"GreenCoop Energy","metering_points":["ZP001"]}""", "ZP001");
        string Forecast(string day, int count) => $$"""[{"metering_point":"ZP001","direction":"consumption","day":"{{day}}","model":"week","kwh":[{{string.Join(',', Enumerable.Repeat("0.250", count))}}]}]""";

        Assert.Equal("""{"created":1,"unchanged":0}""", (await hub.PostAsync("/balance_groups/BK123456/forecasts", Forecast("2026-06-02", 96))).Text);
        Assert.Equal("""{"created":0,"unchanged":1}""", (await hub.PostAsync("/balance_groups/BK123456/forecasts", Forecast("2026-06-02", 96))).Text);
        Assert.Equal((409, "CMH-2331"), Problem(await hub.PostAsync("/balance_groups/BK123456/forecasts", Forecast("2026-06-01", 96))));
        Assert.Equal("1 kwh CMH-2335", (await hub.PostAsync("/balance_groups/BK123456/forecasts", Forecast("2026-10-25", 96))).Findings); // 100 quarter hours
        Assert.Equal("""{"created":2,"corrected":0,"unchanged":0,"file":1}""", (await hub.PostAsync("/prices/rebap", "start;price_eur_per_mwh\n2026-06-02T00:00:00+02:00;80,5\n2026-06-02T00:15:00+02:00;-1\n", "text/csv")).Text);
        Assert.Equal("2 price_eur_per_mwh CMH-2325", (await hub.PostAsync("/prices/rebap", "start;price_eur_per_mwh\n2026-06-02T00:00:00+02:00;abc\n", "text/csv")).Findings);
        Assert.Equal(200, (await hub.PutAsync("/balance_groups/BK123456/cost_share", """{"cost_share":"energy"}""")).Code);
        Assert.Equal((422, "CMH-2318"), Problem(await hub.PutAsync("/balance_groups/BK123456/cost_share", """{"cost_share":"all"}""")));
    }

    [Theory, OnSqlite]
    [Row("de", "schuldet EUR", "100 % des Verbrauchs", "510,200"), Row("en", "owes EUR", "100 % of what members used", "510.200")]
    public async Task Page_ShowsTheReport_InTheReadersLanguage(Engine engine, string language, string column, string sentence, string usage)
    {
        await StartAsync(engine);
        await PutGroupAsync("""{"name":"GreenCoop Energy","metering_points":["ZP001","ZP901"]}""", "ZP001", "ZP901");
        await DeliverAsync(("ZP001", "consumption", Spread(510_200)), ("ZP901", "generation", Spread(1_420_000)));
        hub.Pages.DefaultRequestHeaders.Add("Accept-Language", language);
        hub.Pages.DefaultRequestHeaders.Add("Accept", "text/html");

        string day = (await hub.GetAsync("/balance_groups/BK123456/report?from=2025-08-01")).Text;
        string month = (await hub.GetAsync("/balance_groups/BK123456/report.html?from=2025-08-01&to=2025-09-01")).Text;

        foreach (string text in (string[])["<h1>GreenCoop Energy</h1>", column, sentence, usage, "bar-neighbours"]) Assert.Contains(text, day, StringComparison.Ordinal);
        Assert.Contains("bars-ends", month, StringComparison.Ordinal);
        Assert.Equal(404, (await hub.GetAsync("/balance_groups/BK9/report.html")).Code);
        Assert.Contains("GreenCoop Energy", (await hub.GetAsync("/pages/balance_groups")).Text, StringComparison.Ordinal);
    }

    /// <summary>What a battery holds at the month's end, by origin, is where the next month begins.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Battery_BeginsTheNextMonthWithWhatItHolds(Engine engine)
    {
        await StartAsync(engine);
        await PutGroupAsync("""{"name":"GreenCoop Energy","metering_points":["ZP001","BAT","ZP901"]}""", "ZP001", "BAT:both", "ZP901");
        using (var database = CoMaKo.Hub.HubSchema.Open(hub.Place.Address))
            await database.WriteAsync(async tx => { await tx.ExecuteAsync("INSERT INTO mkt_battery (point_id, day, own_wh, grid_wh) SELECT point_id, 0, 1000, 0 FROM mkt_point WHERE name = 'BAT'"); });
        await DeliverAsync(("ZP001", "consumption", Two(0, 300)), ("BAT", "consumption", Two(500, 0)), ("BAT", "generation", Two(0, 300)), ("ZP901", "generation", Two(400, 0)));

        Assert.Contains("final", (await hub.PostAsync("/balance_groups/BK123456/months/2025-08/confirmation", """{"reason":"One day only."}""")).Text, StringComparison.Ordinal);

        // 1 000 own; 400 of 500 charged are the community's, 100 the grid's; 300 of 1 500 are given in proportion: 280 own, 20 grid.
        Assert.Equal(1_120_080, hub.Place.Count("SELECT own_wh * 1000 + grid_wh FROM mkt_battery WHERE day = 20332"));
    }

    /// <summary>The page of a group of ten thousand points with corrections, byte by byte.</summary>
    [RequiresFact(Peer.Postgres)]
    public async Task Pages_OfBothEngines_AreTheSameBytes()
    {
        string[] pages = [await PagesAsync(Engine.Sqlite), await PagesAsync(Engine.Postgres)];

        Assert.True(pages[0] == pages[1], "The engines differ.");
        for (int i = 0; i < 10_000; i += 999) Assert.InRange(pages[0].Split($"ZP{i:00000}").Length, 5, 20); // a row on a page, a member of JSON, a line of each CSV
        Assert.InRange(pages[0].Split("<tr>").Length, 10_000, int.MaxValue);
    }

    private async Task<string> PagesAsync(Engine engine)
    {
        if (hub is not null) await hub.DisposeAsync();
        var inputs = new MemoryInputs();
        hub = await RunningHub.StartAsync(engine, replace: services => services.AddSingleton<ISettlementInputs>(inputs));
        var (from, to) = (new LocalDate(2026, 4, 29), new LocalDate(2026, 5, 1));
        SettlementPoint[] points = [.. Enumerable.Range(0, 10_000).Select(i => new SettlementPoint($"ZP{i:00000}", i % 9 == 0 ? PointDirections.Generation : PointDirections.Consumption))];
        inputs.Group = new GroupTerms("BK123456", points, [.. points.Select(point => new Membership(point.Id, from, to))], [new KeyVersion(null, AllocationMethod.Dynamic, new Dictionary<string, long>())], [new PriceVersion(null, 98_765)]);
        for (var day = from; day < to; day = day.PlusDays(1))
            for (int i = 0; i < points.Length; i++) inputs.Put(points[i].Id, points[i].Directions == PointDirections.Generation ? EnergyDirection.Generation : EnergyDirection.Consumption, day, [.. Enumerable.Range(0, 96).Select(slot => (i * 7919L + slot * 104_729L) % 300)]);
        Assert.Contains("final", (await hub.PostAsync("/balance_groups/BK123456/runs", """{"month":"2026-04"}""")).Text, StringComparison.Ordinal);
        for (int i = 0; i < 300; i++) inputs.Put(points[i * 9].Id, EnergyDirection.Generation, from, [.. Enumerable.Repeat(17L, 96)]);
        Assert.Contains("delta_published", (await hub.PostAsync("/balance_groups/BK123456/runs", """{"month":"2026-04","publish":true}""")).Text, StringComparison.Ordinal);
        var text = new StringBuilder();
        for (int page = 0; page < 200; page++) text.Append((await hub.GetAsync($"/balance_groups/BK123456/report.html?run=2026-04.2&after={(page == 0 ? "" : $"ZP{page * 50 - 1:00000}")}")).Text);
        foreach (string address in (string[])["report.html?from=2026-04-29&to=2026-05-01", "report?run=2026-04.2", "report.csv?run=2026-04.2", "report.csv?from=2026-04-29&to=2026-05-01"])
            text.Append((await hub.GetAsync($"/balance_groups/BK123456/{address}")).Text);
        return text.ToString();
    }

    private static decimal Cost(RestAnswer report) => report.Json.GetProperty("settlement").GetProperty("ZP001").GetProperty("cost_eur").GetDecimal();

    private static (int Status, string Code) Problem(RestAnswer answer) => (answer.Code, answer.Json.GetProperty("code").GetString()!);

    private static long[] Spread(long wh) => LargestRemainder.Distribute(wh, [.. Enumerable.Repeat(1L, 96)]);

    private static long[] Two(long noon, long evening) => [.. Enumerable.Range(0, 96).Select(i => i == 48 ? noon : i == 72 ? evening : 0)];

    private async Task StartAsync(Engine engine) => hub = await RunningHub.StartAsync(engine);

    /// <summary>Points of which an id with 9 generates and others consume, unless a word behind a colon says otherwise; each with a participant of its own.</summary>
    private async Task PutGroupAsync(string group, params string[] points)
    {
        foreach (string point in points)
        {
            string id = point.Split(':')[0], direction = point.Contains(':') ? point.Split(':')[1] : id.Contains('9') ? "generation" : "consumption";
            Assert.Equal(201, (await hub.PutAsync($"/metering_points/{id}", $$"""{"participant":"{{id}}-owner","direction":"{{direction}}"}""")).Code);
        }

        Assert.Equal(201, (await hub.PutAsync("/balance_groups/BK123456", group)).Code);
    }

    private async Task DeliverAsync(params (string Point, string Direction, long[] Wh)[] series)
    {
        var csv = new StringBuilder("metering_point,direction,start,kwh\n");
        foreach (var (point, direction, wh) in series) Append(csv, point, direction, Day, wh);
        Assert.Equal(200, (await hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);
    }

    private static void Append(StringBuilder csv, string point, string direction, LocalDate day, long[] wh)
    {
        var slots = MarketDay.Slots(MarketDay.Number(day));
        for (int i = 0; i < wh.Length; i++) csv.Append(CultureInfo.InvariantCulture, $"{point},{direction},{slots[i].Start},{wh[i] / 1000m:0.000}\n");
    }
}
