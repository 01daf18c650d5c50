using System.Globalization;
using System.Text;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Metering;

/// <summary>Quarter hours as JSON and CSV, and what counts afterwards.</summary>
public sealed class ConsumptionTests : IAsyncLifetime
{
    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Array_IsStoredRepeatedAndCorrected(Engine engine)
    {
        await StartAsync(engine);
        const string Body = """
            [{"metering_point":"ZP001","direction":"consumption","start":"2025-08-01T00:00:00+02:00","kwh":0.25},
             {"metering_point":"ZP001","start":"2025-07-31T22:15:00Z","kwh":1e-1},
             {"metering_point":"ZP900","direction":"generation","start":"2025-07-31T22:00:00Z","kwh":0}]
            """;
        Assert.Equal("""{"id":"1","rows":3,"created":3,"unchanged":0,"corrected":0}""", (await hub.PostAsync("/meter_gateway/consumption", Body)).Text);
        Assert.Equal("""{"id":"2","rows":3,"created":0,"unchanged":3,"corrected":0}""", (await hub.PostAsync("/consumption", Body)).Text);
        Assert.Equal("0.250 measured operator_import, 0.100 measured operator_import, absent", await CurveAsync("ZP001", "2025-07-31T22:00:00Z", "2025-07-31T22:45:00Z"));

        await hub.PostAsync("/consumption", Body.Replace("0.25}", "0.5}", StringComparison.Ordinal));
        Assert.Equal("0.500 corrected operator_import, 0.100 measured operator_import", await CurveAsync("ZP001", "2025-07-31T22:00:00Z", "2025-07-31T22:30:00Z"));
        Assert.Equal("0.000 measured operator_import", await CurveAsync("ZP900", "2025-07-31T22:00:00Z", "2025-07-31T22:15:00Z", "&direction=generation"));
        Assert.Equal(404, (await hub.GetAsync("/metering_points/ZP777/load_curve")).Code);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Sources_CountByTheirRank(Engine engine)
    {
        await StartAsync(engine);
        await hub.PostAsync("/consumption?source=meter_operator", One("0.3"));
        await hub.PostAsync("/consumption", One("0.7"));
        Assert.Equal("0.300 measured meter_operator", await CurveAsync("ZP001", "2026-05-31T10:00:00Z", "2026-05-31T10:15:00Z"));
        Assert.Equal(1, Count("SELECT count(*) FROM met_effective_day")); // derived once, when it was read
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Findings_AreAllToldAndNothingIsStored(Engine engine)
    {
        await StartAsync(engine);
        var answer = await hub.PostAsync("/consumption", """
            [{"metering_point":"ZP001","direction":"consumption","start":"2026-05-31T10:00:00Z","kwh":1},
             {"metering_point":"ZP002","direction":"consumption","start":"2026-05-31T10:00:00Z","kwh":1},
             {"metering_point":"ZP001","direction":"generation","start":"2026-05-31T10:00:00Z","kwh":1},
             {"metering_point":"ZP900","start":"2026-05-31T10:00:00Z","kwh":1},
             {"metering_point":"ZP001","start":"2026-05-31T10:01:00Z","kwh":1},
             {"metering_point":"ZP001","start":"2026-06-01T10:00:00Z","kwh":1},
             {"metering_point":"ZP001","start":"2026-05-31 10:00","kwh":"1"},
             {"metering_point":"ZP001","start":"2026-05-31T10:15:00Z","kwh":-1},
             {"metering_point":"ZP001","start":"2026-05-31T10:15:00Z","kwh":0.0005,"unit":"kWh"},
             {"metering_point":"ZP001","start":"2026-05-31T10:00:00Z","kwh":2},
             {"metering_point":"ZP001","start":"2014-12-31T22:00:00Z","kwh":2}, 7]
            """);
        Assert.Equal(422, answer.Code);
        Assert.Equal(
            "2 metering_point CMH-1701, 3 direction CMH-1702, 4 direction CMH-1702, 5 start CMH-1703, 6 start CMH-3110, 7 start CMH-1609, 7 kwh CMH-1605, 8 kwh CMH-1608, 9 kwh CMH-1607, 9 unit CMH-1602, 10 kwh CMH-3103, 11 start CMH-1704, 12  CMH-1605",
            answer.Findings);
        Assert.Equal(0, Count("SELECT count(*) FROM met_curve_day"));
        Assert.Equal(400, (await hub.PostAsync("/consumption", "[{\"metering_point\":")).Code);
        Assert.Equal(400, (await hub.PostAsync("/consumption", "{}")).Code);
        Assert.Equal(415, (await hub.PostAsync("/consumption", "x", "text/plain")).Code);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task DryRun_CountsAndStoresNothing(Engine engine)
    {
        await StartAsync(engine);
        Assert.Equal("""{"rows":1,"created":1,"unchanged":0,"corrected":0}""", (await hub.PostAsync("/consumption?dry_run=true", One("0.3"))).Text);
        Assert.Equal(0, Count("SELECT (SELECT count(*) FROM met_curve_day) + (SELECT count(*) FROM met_delivery) + (SELECT count(*) FROM met_dirty)"));
        Assert.Equal(200, (await hub.PostAsync("/consumption", One("0.3"))).Code); // the writer goes on
    }

    [Theory, OnSqlite]
    [Row("metering_point;start;kwh\r\nZP001;2026-05-31T10:00:00Z;1,5\r\n", "")]
    [Row("\uFEFFkwh,start,metering_point,direction\n1.5,2026-05-31T12:00:00+02:00,ZP001,consumption", "")]
    [Row("metering_point\tstart\tkwh\nZP001\t2026-05-31 12:00\t1.5\n\n", "?decimal=point&zone=Europe/Berlin")]
    [Row("metering_point;start;kwh\nZP001;31.05.2026 12:00;1,500\n", "?zone=Europe/Berlin")]
    [Row("\"metering_point\",\"start\",\"kwh\"\n\"ZP001\",\"2026-05-31T10:00:00Z\",\"1,5\"\n", "?decimal=comma")]
    [Row("metering_point;day;slot;kwh\nZP001;2026-05-31;49;1,5\n", "")]
    public async Task Csv_OfManyForms_SaysTheSame(Engine engine, string csv, string query)
    {
        await StartAsync(engine);
        Assert.Equal("""{"id":"1","rows":1,"created":1,"unchanged":0,"corrected":0}""", (await hub.PostAsync("/consumption" + query, csv, "text/csv")).Text);
        Assert.Equal("1.500 measured operator_import", await CurveAsync("ZP001", "2026-05-31T10:00:00Z", "2026-05-31T10:15:00Z"));
    }

    [Theory, OnSqlite]
    [Row("metering_point;start;kwh\nZP001;2026-05-31T10:00:00Z;1.500\n", "", "2 kwh CMH-1625")] // could be one and a half or one thousand five hundred
    [Row("metering_point;start;kwh\nZP001;2026-05-31T10:00:00Z;1.500,0\n", "", "2 kwh CMH-1625")]
    [Row("metering_point;start;kwh\nZP001;2026-05-31 10:00;1\n", "", "2 start CMH-1609")]
    [Row("metering_point;start;kwh\nZP001;2025-10-26 02:00;1\nZP001;2025-03-30 02:00;1\n", "?zone=Europe/Berlin", "2 start CMH-1706, 3 start CMH-1706")]
    [Row("metering_point;start;kWh;unit\nZP001;x;1;Wh\n", "", "1 unit CMH-1622")]
    [Row("metering_point;kwh\nZP001;1\n", "", "1 start CMH-1622")]
    [Row("metering_point;start;kwh\nZP001;2026-05-31T10:00:00Z\nZP001;\"2026\n", "", "2  CMH-1623, 3  CMH-1623")]
    [Row("metering_point;day;slot;kwh\nZP001;2025-03-30;93;1\nZP001;2025-10-26;100;1\n", "", "2 slot CMH-1608")]
    [Row("metering_point;start;kwh\n", "?decimal=dot&zone=Mars", "decimal CMH-1621, zone CMH-1621")]
    public async Task Csv_WithMistakes_NamesRowAndColumn(Engine engine, string csv, string query, string findings)
    {
        await StartAsync(engine);
        var answer = await hub.PostAsync("/consumption" + query, csv, "text/csv");
        Assert.Equal((422, findings), (answer.Code, answer.Findings));
    }

    [Theory, OnSqlite]
    public async Task Csv_InAnotherCharset_IsAFindingOrRead(Engine engine)
    {
        await StartAsync(engine);
        byte[] bytes = [.. "metering_point;start;kwh\nZP"u8, 0xE4, .. ";2026-05-31T10:00:00Z;1\n"u8];
        Assert.Equal(" CMH-1624", (await SendAsync("")).Findings);
        Assert.Contains("'ZPä'", (await SendAsync("?charset=windows-1252")).Json.GetProperty("findings")[0].GetProperty("text").GetString(), StringComparison.Ordinal);

        async Task<RestAnswer> SendAsync(string query)
        {
            using var content = new ByteArrayContent(bytes);
            content.Headers.ContentType = new("text/csv");
            using var response = await hub.Pages.PostAsync(new Uri("/consumption" + query, UriKind.Relative), content);
            return new RestAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), null);
        }
    }

    /// <summary>Change days, three sources, overlaps and corrections; the oracle is a dictionary per source.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Deliveries_InAnyOrder_CountAsTheOracleSays(Engine engine)
    {
        await StartAsync(engine);
        var random = new Random(11);
        var start = new DateTimeOffset(2025, 10, 24, 22, 0, 0, TimeSpan.Zero); // 25, 26 (100 slots) and 27 October in Berlin
        var oracle = new Dictionary<string, Dictionary<int, int>> { ["meter_operator"] = [], ["import"] = [] };
        for (int round = 0; round < 30; round++)
        {
            string source = random.Next(2) == 0 ? "import" : "meter_operator";
            var body = new StringBuilder("metering_point,start,kwh\n");
            foreach (int slot in Enumerable.Range(0, 292).Where(_ => random.Next(8) == 0))
            {
                int wh = oracle[source][slot] = random.Next(5) * 1000 + random.Next(3);
                body.Append(CultureInfo.InvariantCulture, $"ZP001,{start.AddMinutes(15 * slot):yyyy-MM-ddTHH:mm:ssZ},{wh / 1000m:0.000}\n");
            }

            Assert.Equal(200, (await hub.PostAsync($"/consumption?source={source}", body.ToString(), "text/csv")).Code);
            if (random.Next(4) == 0) await CurveAsync("ZP001", "2025-10-26", "2025-10-27"); // some days are derived in between
        }

        var items = (await hub.GetAsync("/metering_points/ZP001/load_curve?from=2025-10-25&to=2025-10-28")).Json.GetProperty("items");
        Assert.Equal(292, items.GetArrayLength());
        for (int slot = 0; slot < 292; slot++)
        {
            string expected = oracle["meter_operator"].TryGetValue(slot, out int wh) || oracle["import"].TryGetValue(slot, out wh) ? (wh / 1000m).ToString("0.000", CultureInfo.InvariantCulture) : "";
            Assert.Equal(expected, items[slot].TryGetProperty("kwh", out var kwh) ? kwh.GetRawText() : "");
        }

        Assert.Equal(0, Count("SELECT count(*) FROM met_dirty"));
    }

    private static string One(string kwh) => $$"""[{"metering_point":"ZP001","start":"2026-05-31T10:00:00Z","kwh":{{kwh}}}]""";

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP001", """{"participant":"A","direction":"consumption"}""")).Code);
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP900", """{"participant":"A","direction":"both"}""")).Code);
    }

    private async Task<string> CurveAsync(string point, string from, string to, string more = "")
    {
        var answer = await hub.GetAsync($"/metering_points/{point}/load_curve?from={from}&to={to}{more}");
        Assert.Equal(200, answer.Code);
        return string.Join(", ", answer.Json.GetProperty("items").EnumerateArray().Select(item =>
            item.TryGetProperty("kwh", out var kwh) ? $"{kwh.GetRawText()} {item.GetProperty("status").GetString()} {item.GetProperty("source").GetString()}" : "absent"));
    }

    private int Count(string sql) => hub.Place.Count(sql);
}
