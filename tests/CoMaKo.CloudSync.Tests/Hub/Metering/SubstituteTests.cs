using System.Globalization;
using System.Text;
using CoMaKo.Testing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Metering;

/// <summary>Substitute values: which rule fills which gap, and that better values take their place.</summary>
public sealed class SubstituteTests : IAsyncLifetime
{
    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Gaps_AreFilledByTheirRuleAndGiveWayToBetterValues(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await hub.PutAsync("/metering_points/ZP001", """{"participant":"A","direction":"consumption"}""");
        var csv = new StringBuilder("metering_point,day,slot,kwh\n");
        foreach (int day in (int[])[13, 20]) // two Wednesdays; of the second one two slots and two hours are missing
            for (int slot = 1; slot <= 96; slot++)
                if (day == 13 || slot is not (10 or 11 or (>= 50 and < 58))) csv.Append(CultureInfo.InvariantCulture, $"ZP001,2026-05-{day},{slot},0.{100 + slot}\n");
        Assert.Equal(200, (await hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);

        const string Wish = """{"from":"2026-05-20","to":"2026-05-21"}""";
        const string Expected = "2026-05-20T00:15:00Z interpolation 0.221 Z92, 2026-05-20T10:15:00Z comparison_day 1.228 ZJ2";
        Assert.Equal(Expected, await FillAsync("?dry_run=true"));
        Assert.Equal(0, hub.Place.Count("SELECT count(*) FROM met_curve_day WHERE source = 6"));
        Assert.Equal(Expected, await FillAsync(""));
        Assert.Equal("0.110 substituted substitute, 0.111 substituted substitute", await CurveAsync("2026-05-20T00:15:00Z", "2026-05-20T00:45:00Z"));
        Assert.Equal("", await FillAsync("")); // nothing is left to fill

        await hub.PostAsync("/consumption", """[{"metering_point":"ZP001","start":"2026-05-20T00:15:00Z","kwh":0.5}]""");
        Assert.Equal("0.500 measured operator_import, 0.111 substituted substitute", await CurveAsync("2026-05-20T00:15:00Z", "2026-05-20T00:45:00Z"));
        Assert.Equal(422, (await hub.PostAsync("/metering_points/ZP001/substitutes", """{"from":"2026-05-21","to":"2026-05-21"}""")).Code);

        async Task<string> FillAsync(string query) => string.Join(", ", (await hub.PostAsync("/metering_points/ZP001/substitutes" + query, Wish)).Json.GetProperty("items").EnumerateArray()
            .Select(item => string.Join(' ', new[] { "from", "method", "kwh", "market_code" }.Select(name => item.GetProperty(name).ToString()))));
    }

    /// <summary>100 + 150 Wh are measured; 250 Wh between 09:30 and 10:00 are known as a sum only. Rule 2 shapes it, rule 1 keeps it.</summary>
    [Theory, OnSqlite]
    public async Task Sum_OfTheRegister_IsKept(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        hub.Clock.Advance(TimeSpan.FromDays(1));
        await hub.SyncAsync(new TestGateway(null).Append(Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250), Total("10:00", 1500), Total("10:15", 1560)));
        await hub.PutAsync("/metering_points/ZP001", """{"participant":"A","direction":"consumption"}""");
        await hub.PutAsync("/metering_points/ZP001/registers", $$"""{"registers":[{"register":"{{Import}}"}]}""");
        var items = (await hub.PostAsync("/metering_points/ZP001/substitutes", """{"from":"2026-06-01","to":"2026-06-02"}""")).Json.GetProperty("items");

        var gap = items.EnumerateArray().Single(item => item.GetProperty("from").GetString() == "2026-06-01T09:30:00Z");
        Assert.Equal(("0.250", true, "interpolation"), (gap.GetProperty("kwh").GetRawText(), gap.GetProperty("is_sum_exact").GetBoolean(), gap.GetProperty("method").GetString()));
        Assert.Equal("0.143 substituted substitute, 0.107 substituted substitute", await CurveAsync("2026-06-01T09:30:00Z", "2026-06-01T10:00:00Z")); // 250 as 120 : 90, the line from 150 to 60
    }

    /// <summary>Of three plants in the group the nearest one has a gap itself, so the second nearest counts, by peak power; a stranger's plant never does.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Plant_IsFilledFromItsSister(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        foreach (var (point, place, peak) in ((string, string, int)[])[("PV1", "48.100", 8000), ("PV2", "48.101", 5000), ("PV3", "48.110", 4000), ("PV4", "48.900", 9000), ("PV5", "48.100", 8000)])
            Assert.Equal(201, (await hub.PutAsync($"/metering_points/{point}", $$"""{"participant":"{{point}}","direction":"generation","peak_kw":{{peak / 1000}},"latitude":{{place}},"longitude":11.5}""")).Code);
        Assert.Equal(201, (await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["PV1","PV2","PV3","PV4"]}""")).Code);
        foreach (var (point, wh, missing) in ((string, int, int)[])[("PV1", 800, 40), ("PV2", 500, 41), ("PV3", 404, 0), ("PV4", 909, 0), ("PV5", 777, 0)])
            await DeliverAsync(point, slot => slot == missing || (missing == 40 && slot is 41 or 42 or 43) ? null : wh + slot);

        var items = (await hub.PostAsync("/metering_points/PV1/substitutes", """{"from":"2026-05-20","to":"2026-05-21"}""")).Json.GetProperty("items");
        var gap = items.EnumerateArray().Single();
        // Twice of 444, 445, 446 and 447 Wh.
        Assert.Equal(("2026-05-20T07:45:00Z", "3.564", "profile"), (gap.GetProperty("from").GetString(), gap.GetProperty("kwh").GetRawText(), gap.GetProperty("method").GetString()));
        Assert.Equal("Sister plant, 8000 W to 4000 W.", gap.GetProperty("reason").GetString());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task SecondMeter_GoesBeforeOtherRules(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        foreach (string point in (string[])["ZP001", "ZP002"]) await hub.PutAsync($"/metering_points/{point}", """{"participant":"A","direction":"consumption"}""");
        await DeliverAsync("ZP001", slot => slot == 10 ? null : 100 + slot);
        await DeliverAsync("ZP002", slot => slot == 12 ? null : 321);
        Assert.Equal("comparison_meter CMH-1701", (await FillAsync("ZP009")).Findings);
        var gap = (await FillAsync("ZP002")).Json.GetProperty("items")[0];
        Assert.Equal(("0.321", "comparison_meter", "Z88"), (gap.GetProperty("kwh").GetRawText(), gap.GetProperty("method").GetString(), gap.GetProperty("market_code").GetString()));

        Task<RestAnswer> FillAsync(string meter) => hub.PostAsync("/metering_points/ZP001/substitutes", $$"""{"from":"2026-05-20","to":"2026-05-21","comparison_meter":"{{meter}}","comparison_is_calibrated":true}""");
    }

    private async Task DeliverAsync(string point, Func<int, int?> wh)
    {
        var csv = new StringBuilder("metering_point,day,slot,kwh\n");
        for (int slot = 1; slot <= 96; slot++)
            if (wh(slot) is { } value) csv.Append(CultureInfo.InvariantCulture, $"{point},2026-05-20,{slot},{value / 1000m}\n");
        Assert.Equal(200, (await hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);
    }

    private async Task<string> CurveAsync(string from, string to) => string.Join(", ", (await hub.GetAsync($"/metering_points/ZP001/load_curve?from={from}&to={to}")).Json.GetProperty("items").EnumerateArray()
        .Select(item => item.TryGetProperty("kwh", out var kwh) ? $"{kwh.GetRawText()} {item.GetProperty("status").GetString()} {item.GetProperty("source").GetString()}" : "absent"));
}
