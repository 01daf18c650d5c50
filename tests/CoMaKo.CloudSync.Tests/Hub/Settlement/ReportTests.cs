using System.Text;
using System.Text.Json;
using CoMaKo.Hub.Settlement.Report;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>What reports say: the owner's example, those of another program, and the same bytes on both engines.</summary>
public sealed class ReportTests : IDisposable
{
    private static readonly LocalDate August = new(2025, 8, 1);
    private SettlementBench bench = null!;

    public void Dispose() => bench?.Dispose();

    /// <summary>510.2 kWh → 51.02 EUR and 877.0 kWh → 87.70 EUR of 1 420.0 kWh generated.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Report_OfTheBrief_SaysWhatTheBriefSays(Engine engine)
    {
        bench = new SettlementBench(engine);
        bench.UseSmallGroup(August);
        bench.Inputs.Put("ZP001", EnergyDirection.Consumption, August, Spread(510_200));
        bench.Inputs.Put("ZP002", EnergyDirection.Consumption, August, Spread(877_000));
        bench.Inputs.Put("ZP901", EnergyDirection.Generation, August, Spread(1_420_000));

        string json = Encoding.UTF8.GetString(ReportText.ToJson((await bench.Reports.PreviewAsync(SettlementBench.Name, August, August.PlusDays(1)))!));

        Assert.Equal("""
            {"balance_group":"BK123456","period":"2025-08-01 to 2025-08-02","state":"preview","computed_at":"2026-06-01T10:00:00Z","total_consumed_kwh":1387.200,"total_generated_kwh":1420.000,
            "internal_price_ct_per_kwh":10,"allocated_kwh":1387.200,"surplus_kwh":32.800,"completeness":1.000,"open_slots":0,"settlement":{
            "ZP001":{"usage_kwh":510.200,"allocated_kwh":510.200,"grid_kwh":0.000,"cost_eur":51.02},
            "ZP002":{"usage_kwh":877.000,"allocated_kwh":877.000,"grid_kwh":0.000,"cost_eur":87.70},
            "ZP901":{"generated_kwh":1420.000,"shared_kwh":1387.200,"surplus_kwh":32.800,"credit_eur":138.72}}}
            """.ReplaceLineEndings(""), json);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Report_WithoutAnyValue_HasNoSums(Engine engine)
    {
        bench = new SettlementBench(engine);
        bench.UseSmallGroup(August);

        string json = Encoding.UTF8.GetString(ReportText.ToJson((await bench.Reports.PreviewAsync(SettlementBench.Name, August, August.PlusDays(1)))!));

        Assert.Equal("""
            {"balance_group":"BK123456","period":"2025-08-01 to 2025-08-02","state":"preview","computed_at":"2026-06-01T10:00:00Z","internal_price_ct_per_kwh":10,"completeness":0.000,"open_slots":96,
            "settlement":{"ZP001":{},"ZP002":{},"ZP901":{}}}
            """.ReplaceLineEndings(""), json);
    }

    /// <summary>Inputs and expectations come from a program in another language that shares nothing with the product.</summary>
    [Theory, OnSqlite, OnPostgres]
    [Row("worked-example"), Row("change-day-100"), Row("change-day-92"), Row("missing-slots"), Row("meter-swap"), Row("key-change")]
    public async Task Report_OfAGoldenCase_EqualsTheIndependentOne(Engine engine, string name)
    {
        bench = new SettlementBench(engine);
        var golden = GoldenCase.Read(name);
        bench.Inputs.Group = golden.Terms(SettlementBench.Name);
        foreach (var (point, direction, day, wh, status) in golden.Series()) bench.Inputs.Put(point, direction, day, wh, status);

        var report = JsonDocument.Parse(ReportText.ToJson((await bench.Reports.PreviewAsync(SettlementBench.Name, golden.From, golden.To))!)).RootElement;

        Assert.Equal(golden.Expected.GetProperty("open_slots").GetArrayLength(), report.GetProperty("open_slots").GetInt32());
        foreach (var point in golden.Expected.GetProperty("days").EnumerateObject()) CheckPoint(golden, point, report.GetProperty("settlement").GetProperty(point.Name));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task StoredReport_IsTheMonthAsPublished_AndStaysSo(Engine engine)
    {
        var june = new YearMonth(2026, 6);
        bench = new SettlementBench(engine);
        bench.UseSmallGroup(june.First());
        bench.FillMonth(june);
        bench.GoTo("2026-07-10T01:00:00Z");
        await bench.SettleAsync(june);
        byte[] before = ReportText.ToJson((await bench.Reports.StoredAsync(SettlementBench.Name, new RunName(june, 1)))!);
        bench.Inputs.Put("ZP001", EnergyDirection.Consumption, new LocalDate(2026, 6, 3), [.. Enumerable.Repeat(0L, 96)]);
        await bench.SettleAsync(june, publish: true);

        var corrected = (await bench.Reports.StoredAsync(SettlementBench.Name, new RunName(june, 2)))!;
        var fresh = (await bench.Reports.PreviewAsync(SettlementBench.Name, june.First(), june.End()))!;

        Assert.Equal(before, ReportText.ToJson((await bench.Reports.StoredAsync(SettlementBench.Name, new RunName(june, 1)))!));
        Assert.Equal(fresh.Points, corrected.Points);
        Assert.Equal(ReportState.Final, corrected.State);
        foreach (var run in await bench.Runs.OfMonthAsync(SettlementBench.Name, june)) // sums by the database against a report of all points
            Assert.Equal(MonthSums.Of((await bench.Reports.StoredAsync(SettlementBench.Name, run.Name))!), await bench.Runs.MonthAsync(run));
        Assert.Null(await bench.Reports.StoredAsync(SettlementBench.Name, new RunName(june, 3)));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Member_SeesItsOwnPoints_AndTotalsFromThreePersonsUp(Engine engine)
    {
        bench = new SettlementBench(engine);
        bench.UseSmallGroup(August);
        bench.Inputs.Fill("ZP001", EnergyDirection.Consumption, August, August.PlusDays(1), 5);
        bench.Inputs.Terms = bench.Inputs.Terms! with { PersonOf = new Dictionary<string, string> { ["ZP001"] = "anna", ["ZP002"] = "ben", ["ZP901"] = "anna" } };
        var report = (await bench.Reports.PreviewAsync(SettlementBench.Name, August, August.PlusDays(1)))!;

        var two = await bench.Reports.ForMemberAsync(report, "anna");
        bench.Inputs.Terms = bench.Inputs.Terms with { PersonOf = new Dictionary<string, string> { ["ZP001"] = "anna", ["ZP002"] = "ben", ["ZP901"] = "cleo" } };
        var three = await bench.Reports.ForMemberAsync(report, "ben");

        Assert.Equal(["ZP001", "ZP901"], two.Shown.Select(point => point.Point));
        Assert.Null(two.Used);
        Assert.Equal(["ZP002"], three.Shown.Select(point => point.Point));
        Assert.Equal(480, three.Used);
        Assert.DoesNotContain("ZP001", Encoding.UTF8.GetString(ReportText.ToCsv(three, isGerman: false)), StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_IsForSpreadsheets_InTheReadersLanguage()
    {
        var report = new GroupReport("BK1", August, August.PlusDays(1), ReportState.Preview, null, 0, 100_000, 96, 0, [new ReportPoint("-ZP", 1234, 1000, 234, 10, null, null, null, null)]);

        Assert.EndsWith("\nBK1,2025-08-01,2025-08-02,preview,,'-ZP,1.234,1.000,0.234,0.10,,,,\n", Encoding.UTF8.GetString(ReportText.ToCsv(report, isGerman: false)), StringComparison.Ordinal);
        Assert.EndsWith("\nBK1;2025-08-01;2025-08-02;preview;;'-ZP;1,234;1,000;0,234;0,10;;;;\n", Encoding.UTF8.GetString(ReportText.ToCsv(report, isGerman: true)), StringComparison.Ordinal);
    }

    /// <summary>Ten thousand points with corrections: final, then a delta; JSON and CSV of preview and stored runs.</summary>
    [RequiresFact(Peer.Postgres)]
    public async Task BothEngines_GiveTheSameBytes()
    {
        Assert.Equal(await ReportsAsync(Engine.Sqlite), await ReportsAsync(Engine.Postgres));
    }

    private async Task<List<string>> ReportsAsync(Engine engine)
    {
        const int Points = 10_000;
        bench?.Dispose();
        bench = new SettlementBench(engine);
        var (from, to, june) = (new LocalDate(2026, 6, 29), new LocalDate(2026, 7, 1), new YearMonth(2026, 6));
        SettlementPoint[] points = [.. Enumerable.Range(0, Points).Select(i => new SettlementPoint($"ZP{(i * 7919) % Points}", i % 10 == 0 ? PointDirections.Both : i % 7 == 0 ? PointDirections.Generation : PointDirections.Consumption))];
        bench.Inputs.Group = new GroupTerms(
            SettlementBench.Name, points, [.. points.Select(point => new Membership(point.Id, from, to))], [new KeyVersion(null, AllocationMethod.Dynamic, new Dictionary<string, long>())], [new PriceVersion(null, 98_765, 1_234, 60_000)]);
        var random = new Random(7);
        for (var day = from; day < to; day = day.PlusDays(1))
        {
            foreach (var point in points)
                foreach (var direction in Enum.GetValues<EnergyDirection>().Where(each => ((int)point.Directions & (int)each) != 0)) bench.Inputs.Put(point.Id, direction, day, [.. Enumerable.Range(0, 96).Select(_ => (long)random.Next(800))]);
        }

        bench.GoTo("2026-07-10T01:00:00Z");
        await bench.SettleAsync(june);
        for (int i = 0; i < 500; i++)
        {
            var point = points[random.Next(Points)];
            bench.Inputs.Put(point.Id, point.Directions == PointDirections.Generation ? EnergyDirection.Generation : EnergyDirection.Consumption, from, [.. Enumerable.Range(0, 96).Select(_ => (long)random.Next(800))]);
        }

        await bench.SettleAsync(june, publish: true);
        GroupReport[] reports = [(await bench.Reports.PreviewAsync(SettlementBench.Name, from, to))!, (await bench.Reports.StoredAsync(SettlementBench.Name, new RunName(june, 1)))!, (await bench.Reports.StoredAsync(SettlementBench.Name, new RunName(june, 2)))!];
        Assert.All(reports, report => Assert.Equal(Points, report.Points.Count));
        return [.. reports.SelectMany(report => (byte[][])[ReportText.ToJson(report), ReportText.ToCsv(report, true), ReportText.ToCsv(report, false)]).Select(Encoding.UTF8.GetString)];
    }

    private static long[] Spread(long wh) => LargestRemainder.Distribute(wh, [.. Enumerable.Repeat(1L, 96)]);

    private static void CheckPoint(GoldenCase golden, JsonProperty expected, JsonElement actual)
    {
        // Used, generated, allocated, credited, grid, surplus, day by day.
        long[] sums = [.. Enumerable.Range(0, 6).Select(i => expected.Value.EnumerateObject().Sum(day => day.Value[i].GetInt64()))];
        var lines = golden.Expected.GetProperty("lines").EnumerateArray().Where(line => line[1].GetString() == expected.Name).ToList();
        long cost = lines.Where(line => line[0].GetInt32() == 1).Sum(line => line[6].GetInt64()), credit = -lines.Where(line => line[0].GetInt32() > 1).Sum(line => line[6].GetInt64());
        foreach (var (name, value) in (ReadOnlySpan<(string, decimal)>)
            [("usage_kwh", sums[0] / 1000m), ("generated_kwh", sums[1] / 1000m), ("allocated_kwh", sums[2] / 1000m), ("shared_kwh", sums[3] / 1000m), ("grid_kwh", sums[4] / 1000m), ("surplus_kwh", sums[5] / 1000m), ("cost_eur", cost / 100m), ("credit_eur", credit / 100m)])
        {
            if (actual.TryGetProperty(name, out var member)) Assert.Equal((expected.Name, name, value), (expected.Name, name, member.GetDecimal()));
            else Assert.Equal((expected.Name, name, 0m), (expected.Name, name, value));
        }
    }
}
