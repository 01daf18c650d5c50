using System.Globalization;
using System.Text;
using CoMaKo.Hub.Access;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Metering;

/// <summary>Readings of people, and the anomalies of what counts.</summary>
public sealed class ReadingTests : IAsyncLifetime
{
    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Consumption_OfTheBriefsModel_CountsFromTheBeginOfTheDay(Engine engine)
    {
        await StartAsync(engine);
        const string Reading = """{"metering_point":"ZP001","timestamp":"2025-08-02T12:00:00Z","consumption_kwh":5.25}""";
        var first = await hub.PostAsync("/meter_gateway/readings", Reading);
        Assert.Equal((201, """{"id":"1","state":"used"}"""), (first.Code, first.Text));
        Assert.Equal(200, (await hub.PostAsync("/readings", Reading)).Code);
        Assert.Equal("5.250", await SumAsync("2025-08-01T22:00:00Z", "2025-08-02T12:00:00Z", "preliminary")); // an even split waits for a word

        var other = await hub.PostAsync("/readings", Reading.Replace("5.25", "5.5", StringComparison.Ordinal));
        Assert.Equal((409, "timestamp CMH-1722"), (other.Code, other.Findings));
        Assert.Equal(201, (await hub.PostAsync("/readings", Reading.Replace("5.25", "5.5,\"replaces\":\"1\"", StringComparison.Ordinal))).Code);
        Assert.Equal("5.500", await SumAsync("2025-08-01T22:00:00Z", "2025-08-02T12:00:00Z", "preliminary"));
        Assert.Equal((409, "timestamp CMH-1721"), await RefusedAsync("""{"metering_point":"ZP001","timestamp":"2025-08-02T10:00:00Z","consumption_kwh":1}"""));

        var items = (await hub.GetAsync("/readings/ZP001")).Json.GetProperty("items");
        Assert.Equal(
            """{"id":"1","metering_point":"ZP001","direction":"consumption","timestamp":"2025-08-02T12:00:00Z","consumption_kwh":5.250,"period_start":"2025-08-01T22:00:00Z","state":"replaced","origin":"api","received_at":"2026-06-01T10:00:00Z"}""",
            items[0].GetRawText());
        Assert.Equal(("2", "1"), (items[1].GetProperty("id").GetString(), items[1].GetProperty("replaces").GetString()));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Register_WithASwapAndAStepBack_KeepsTheSumExact(Engine engine)
    {
        await StartAsync(engine);
        var answer = await hub.PostAsync("/readings", """
            [{"metering_point":"ZP001","timestamp":"2026-05-03T00:00:00+02:00","register_kwh":3.5,"opening":true},
             {"metering_point":"ZP001","timestamp":"2026-05-01T00:00:00+02:00","register_kwh":1000},
             {"metering_point":"ZP001","timestamp":"2026-05-03T00:00:00+02:00","register_kwh":1012.345,"closing":true},
             {"metering_point":"ZP001","timestamp":"2026-05-05T00:00:00+02:00","register_kwh":10.001}]
            """);
        Assert.Equal("""{"ids":["3","1","2","4"],"created":4,"unchanged":0,"corrected":0}""", answer.Text);
        Assert.Equal("12.345", await SumAsync("2026-05-01", "2026-05-03", "preliminary"));
        Assert.Equal("6.501", await SumAsync("2026-05-03", "2026-05-05", "preliminary"));

        Assert.Equal("""{"id":"5","state":"not_used"}""", (await hub.PostAsync("/readings", """{"metering_point":"ZP001","timestamp":"2026-05-06T00:00:00+02:00","register_kwh":9}""")).Text);
        var anomaly = (await hub.GetAsync("/readings/anomalies")).Json.GetProperty("items").EnumerateArray().Single(item => item.GetProperty("rule").GetString() == "P11");
        Assert.Equal(("CMH-3111", "9000", "10001", "error"), (anomaly.GetProperty("code").GetString(), anomaly.GetProperty("value").GetRawText(), anomaly.GetProperty("limit").GetRawText(), anomaly.GetProperty("class").GetString()));
    }

    /// <summary>Whatever the order of arrival, all slots between the first and the last state sum to their difference.</summary>
    [Theory, OnSqlite]
    public async Task Registers_InAnyOrder_GiveTheSameCurve(Engine engine)
    {
        await StartAsync(engine);
        var random = new Random(5);
        var states = new List<(DateTimeOffset At, long Wh)> { (new DateTimeOffset(2025, 10, 24, 7, 7, 0, TimeSpan.Zero), 50_000) };
        while (states.Count < 8) states.Add((states[^1].At.AddMinutes(random.Next(7, 1500)), states[^1].Wh + random.Next(20_000)));
        string ordered = await CurveAsync([.. states], "ZP001"), mixed = await CurveAsync([.. states.OrderBy(_ => random.Next())], "ZP002");
        Assert.Equal(ordered, mixed);
        // The first and the last slot are cut by their readings and have no value, so at most one slot's share on each side is missing.
        decimal sum = ordered.Split(',').Where(text => text.Length > 0).Sum(text => decimal.Parse(text, CultureInfo.InvariantCulture));
        Assert.InRange((states[^1].Wh - states[0].Wh) / 1000m - sum, 0m, 4m);

        async Task<string> CurveAsync(IReadOnlyList<(DateTimeOffset At, long Wh)> order, string point)
        {
            foreach (var (at, wh) in order)
                Assert.Equal(201, (await hub.PostAsync("/readings", $$"""{"metering_point":"{{point}}","timestamp":"{{at:yyyy-MM-ddTHH:mm:ssZ}}","register_kwh":{{(wh / 1000m).ToString("0.000", CultureInfo.InvariantCulture)}}}""")).Code);
            return string.Join(',', (await hub.GetAsync($"/metering_points/{point}/load_curve?from=2025-10-24&to=2025-11-03")).Json.GetProperty("items").EnumerateArray()
                .Select(item => item.TryGetProperty("kwh", out var kwh) ? kwh.GetRawText() : ""));
        }
    }

    /// <summary>A profile with one weight per hour of the day; the oracle shares the sum by these weights with fractions.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Profile_SplitsAReadingByItsShape(Engine engine)
    {
        await StartAsync(engine);
        Assert.Equal(204, (await hub.SendAsync(HttpMethod.Put, "/profiles/T1", Profile(), "text/csv")).Code);
        Assert.Equal(422, (await hub.SendAsync(HttpMethod.Put, "/profiles/T2", "a,b", "text/csv")).Code);
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP003", """{"participant":"C","direction":"consumption","metering":"profile","profile":"T1"}""")).Code);
        Assert.Equal("metering_points CMH-1665", (await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP003"]}""")).Findings);
        Assert.Equal(201, (await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP003"],"allows_profiles":true}""")).Code);

        await hub.PostAsync("/readings", """{"metering_point":"ZP003","timestamp":"2026-05-05T00:00:00+02:00","consumption_kwh":9.999}""");
        var items = (await hub.GetAsync("/metering_points/ZP003/load_curve?from=2026-05-04&to=2026-05-05")).Json.GetProperty("items");
        long sum = 0;
        for (int slot = 0; slot < 96; slot++)
        {
            Assert.Equal("substituted", items[slot].GetProperty("status").GetString());
            long wh = (long)(items[slot].GetProperty("kwh").GetDecimal() * 1000);
            sum += wh;
            double exact = 9999.0 * (slot / 4 + 1) / Enumerable.Range(0, 96).Sum(each => each / 4 + 1);
            Assert.InRange(wh, Math.Floor(exact), Math.Ceiling(exact));
        }

        Assert.Equal(9999, sum);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Member_ReadsAndWritesItsOwnOnly(Engine engine)
    {
        await StartAsync(engine);
        using var member = hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Member, "A's") { Participant = "A" }, "test")).Text);
        Assert.Equal(201, await PostAsync("ZP001"));
        Assert.Equal(422, await PostAsync("ZP002"));
        Assert.Equal(200, (int)(await member.GetAsync(new Uri("/readings/ZP001", UriKind.Relative))).StatusCode);
        Assert.Equal(404, (int)(await member.GetAsync(new Uri("/readings/ZP002", UriKind.Relative))).StatusCode);
        Assert.Equal(200, (int)(await member.GetAsync(new Uri("/readings/anomalies", UriKind.Relative))).StatusCode);

        async Task<int> PostAsync(string point)
        {
            using var body = new StringContent($$"""{"metering_point":"{{point}}","timestamp":"2026-05-05T00:00:00Z","consumption_kwh":1}""", Encoding.UTF8, "application/json");
            return (int)(await member.PostAsync(new Uri("/readings", UriKind.Relative), body)).StatusCode;
        }
    }

    [Theory, OnSqlite]
    [Row("""{"metering_point":"ZP001","timestamp":"2026-05-05T00:00:00Z"}""", "consumption_kwh CMH-1727")]
    [Row("""{"metering_point":"ZP001","timestamp":"2026-06-05T00:00:00Z","consumption_kwh":1,"register_kwh":2}""", "timestamp CMH-3110, consumption_kwh CMH-1727")]
    [Row("""{"metering_point":"ZP009","timestamp":"2026-05-05","consumption_kwh":"1"}""", "metering_point CMH-1701, timestamp CMH-1609, consumption_kwh CMH-1605")]
    [Row("""{"metering_point":"ZP001","timestamp":"2026-05-05T00:00:00Z","consumption_kwh":1,"period_start":"2026-05-05T00:00:00Z"}""", "period_start CMH-1724")]
    [Row("""{"metering_point":"ZP001","timestamp":"2026-05-05T00:00:00Z","consumption_kwh":1,"replaces":"7"}""", "replaces CMH-1723")]
    [Row("""[{"metering_point":"ZP001","timestamp":"2026-05-05T00:00:00Z","consumption_kwh":1},{"metering_point":"ZP001","timestamp":"2026-05-04T00:00:00Z","register_kwh":-1}]""", "2 register_kwh CMH-1608")]
    public async Task Mistakes_AreToldAndNothingIsStored(Engine engine, string body, string findings)
    {
        await StartAsync(engine);
        Assert.Equal((422, findings), await RefusedAsync(body));
        Assert.Equal(0, hub.Place.Count("SELECT count(*) FROM met_reading"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Anomalies_NameRuleSlotValueAndLimitAndAreDecided(Engine engine)
    {
        await StartAsync(engine);
        await hub.PutAsync("/metering_points/ZP002", """{"participant":"B","direction":"consumption","fuse_amperes":63}""");
        var csv = new StringBuilder("metering_point,day,slot,kwh\n");
        for (int slot = 1; slot <= 96; slot++)
            if (slot != 20) csv.Append(CultureInfo.InvariantCulture, $"ZP002,2026-05-20,{slot},{(slot == 40 ? "10.869" : slot is >= 60 and < 68 ? "0.2" : $"0.1{slot:00}")}\n");
        Assert.Equal(200, (await hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);

        Assert.Equal("P01 2026-05-20T02:45:00Z 1 0, P01 2026-05-20T07:45:00Z 1 0, P05 2026-05-20T07:45:00Z 10869 10868, P15 2026-05-20T12:45:00Z 8 7", await AnomaliesAsync());
        Assert.Contains("10,869 kWh in einer Viertelstunde; der Anschluss erlaubt 10,868 kWh.", (await hub.GetAsync("/pages/anomalies")).Text, StringComparison.Ordinal);
        var fault = (await hub.GetAsync("/readings/anomalies")).Json.GetProperty("items").EnumerateArray().Single(item => item.GetProperty("rule").GetString() == "P05").GetProperty("id").GetString();
        Assert.Equal(422, (await hub.PostAsync($"/readings/anomalies/{fault}/decision", "{}")).Code);
        Assert.Equal("corrected", (await hub.PostAsync($"/readings/anomalies/{fault}/decision", """{"reason":"digit doubled","kwh":1.087}""")).Json.GetProperty("state").GetString());
        Assert.Equal(409, (await hub.PostAsync($"/readings/anomalies/{fault}/decision", """{"reason":"again"}""")).Code);
        Assert.Equal("P01 2026-05-20T02:45:00Z 1 0, P15 2026-05-20T12:45:00Z 8 7", await AnomaliesAsync());
        Assert.Equal("corrected operator_decision 1.087", (await hub.GetAsync("/metering_points/ZP002/load_curve?from=2026-05-20T07:45:00Z&to=2026-05-20T08:00:00Z")).Json.GetProperty("items")[0] is var item
            ? $"{item.GetProperty("status").GetString()} {item.GetProperty("source").GetString()} {item.GetProperty("kwh").GetRawText()}" : "");
    }

    private async Task<string> AnomaliesAsync() => string.Join(", ", (await hub.GetAsync("/readings/anomalies?metering_point=ZP002")).Json.GetProperty("items").EnumerateArray()
        .Select(item => string.Join(' ', new[] { "rule", "slot", "value", "limit" }.Select(name => item.GetProperty(name).ToString()))).Order(StringComparer.Ordinal));

    private async Task<(int, string)> RefusedAsync(string body) => await hub.PostAsync("/readings", body) is var answer ? (answer.Code, answer.Findings) : default;

    /// <summary>Sum of the curve; each of its slots must have the status.</summary>
    private async Task<string> SumAsync(string from, string to, string status)
    {
        var curve = (await hub.GetAsync($"/metering_points/ZP001/load_curve?from={from}&to={to}")).Json;
        Assert.All(curve.GetProperty("items").EnumerateArray(), item => Assert.Equal(status, item.GetProperty("status").GetString()));
        return curve.GetProperty("sum_kwh").GetRawText();
    }

    private static string Profile()
    {
        string[] months = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"];
        var csv = new StringBuilder("x," + string.Join(',', months.SelectMany(month => new[] { month, month, month })) + "\ny," + string.Join(',', months.Select(_ => "SA,FT,WT")) + "\n");
        for (int quarter = 0; quarter < 96; quarter++)
            csv.Append(CultureInfo.InvariantCulture, $"{quarter / 4:00}:{quarter % 4 * 15:00},{string.Join(',', Enumerable.Repeat((quarter / 4 + 1).ToString(CultureInfo.InvariantCulture), 36))}\n");
        return csv.ToString();
    }

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP001", """{"participant":"A","direction":"consumption"}""")).Code);
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP002", """{"participant":"B","direction":"consumption"}""")).Code);
    }
}
