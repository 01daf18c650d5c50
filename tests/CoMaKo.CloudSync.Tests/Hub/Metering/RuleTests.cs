using System.Globalization;
using System.Text;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Metering;

/// <summary>Rules that compare: readings with quarter hours (P12), a main meter with what lies behind it (P13), a change day with its length (P09).</summary>
public sealed class RuleTests : IAsyncLifetime
{
    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Register_OtherThanItsQuarterHours_IsAnAnomalyUntilItAgrees(Engine engine)
    {
        await StartAsync(engine);
        await DeliverAsync("ZP001", "2026-05-20", slot => 100 + slot); // 96 × 100 + 95 × 48 = 14 160 Wh
        await DeliverAsync("ZP001", "2026-05-21", slot => 200 + slot);
        await ReadAsync("2026-05-20T00:00:00+02:00", 1_000_000);
        await ReadAsync("2026-05-21T00:00:00+02:00", 1_014_160 + 96);
        Assert.Equal("", await AnomaliesAsync("ZP001")); // 1 Wh per value is allowed
        await ReadAsync("2026-05-22T00:00:00+02:00", 1_014_256 + 23_760 - 97);
        Assert.Equal("P12 2026-05-20T22:00:00Z 97 96", await AnomaliesAsync("ZP001"));

        // Another reading between divides the period: the first part agrees, the second does not.
        await ReadAsync("2026-05-21T12:00:00+02:00", 1_014_256 + 48 * 200 + 47 * 24);
        Assert.Equal("P12 2026-05-21T10:00:00Z 97 48", await AnomaliesAsync("ZP001"));

        // The quarter hours are corrected: nothing differs any more.
        await DeliverAsync("ZP001", "2026-05-21", slot => slot == 90 ? 290 - 97 : 200 + slot);
        Assert.Equal("", await AnomaliesAsync("ZP001"));
        Assert.Equal(0, hub.Place.Count("SELECT count(*) FROM met_finding"));
    }

    [Theory, OnSqlite]
    public async Task Register_ReadInsideASlot_MayHaveAnyPartOfIt(Engine engine)
    {
        await StartAsync(engine);
        await DeliverAsync("ZP001", "2026-05-20", _ => 1000, vary: false);
        await ReadAsync("2026-05-20T08:05:00+02:00", 0);
        await ReadAsync("2026-05-20T09:10:00+02:00", 5000 + 3); // three whole slots, two cut ones
        Assert.DoesNotContain("P12", await AnomaliesAsync("ZP001"), StringComparison.Ordinal);
        await ReadAsync("2026-05-20T10:10:00+02:00", 5003 + 5000 + 4);
        Assert.Contains("P12 2026-05-20T07:00:00Z 4 3", await AnomaliesAsync("ZP001"), StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Readings_WithoutQuarterHours_AreNoAnomaly(Engine engine)
    {
        await StartAsync(engine);
        await ReadAsync("2026-05-20T00:00:00+02:00", 0);
        await ReadAsync("2026-05-24T00:00:00+02:00", 40_000);
        Assert.Equal("", await AnomaliesAsync("ZP001")); // an even split has equal values, which nobody measured
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task MainMeter_OtherThanWhatLiesBehind_IsAnAnomaly(Engine engine)
    {
        await StartAsync(engine);
        await hub.PutAsync("/metering_points/MAIN", """{"participant":"H","direction":"both"}""");
        await hub.PutAsync("/metering_points/PV", """{"participant":"H","direction":"generation"}""");
        Assert.Equal("sub_meters[0] CMH-1751, sub_meters[1] CMH-1701", (await hub.PutAsync("/metering_points/MAIN/sub_meters", """{"sub_meters":["MAIN","ZP9"]}""")).Findings);
        Assert.Equal(200, (await hub.PutAsync("/metering_points/MAIN/sub_meters", """{"sub_meters":["ZP001","ZP002","PV"],"losses_kwh_per_day":0.960}""")).Code);
        Assert.Equal("sub_meters[0] CMH-1751", (await hub.PutAsync("/metering_points/ZP001/sub_meters", """{"sub_meters":["ZP002"]}""")).Findings.Split(',')[0]);

        // 96 × (100 + 300 − 150) + losses 960 = 24 960 Wh net; 2 % of it are 499.2 Wh.
        await DeliverAsync("ZP001", "2026-05-20", _ => 100);
        await DeliverAsync("ZP002", "2026-05-20", _ => 300);
        await DeliverAsync("PV", "2026-05-20", _ => 150);
        await DeliverAsync("MAIN", "2026-05-20", _ => 360, direction: "consumption");
        Assert.DoesNotContain("P13", await AnomaliesAsync("MAIN"), StringComparison.Ordinal); // what was fed in is not known yet
        await DeliverAsync("MAIN", "2026-05-20", _ => 100, direction: "generation");
        Assert.DoesNotContain("P13", await AnomaliesAsync("MAIN"), StringComparison.Ordinal);

        await DeliverAsync("ZP002", "2026-05-20", _ => 306); // 576 Wh more behind the main meter
        Assert.Contains("P13 2026-05-19T22:00:00Z 576 499.2", await AnomaliesAsync("MAIN"), StringComparison.Ordinal);
        Assert.Contains("576", (await hub.GetAsync("/pages/anomalies")).Text, StringComparison.Ordinal);

        Assert.Equal("""{"sub_meters":["PV","ZP001","ZP002"],"losses_kwh_per_day":0.960}""", (await hub.GetAsync("/metering_points/MAIN/sub_meters")).Text);
        Assert.Equal(200, (await hub.PutAsync("/metering_points/MAIN/sub_meters", """{"sub_meters":["ZP001","ZP002","PV"],"losses_kwh_per_day":0.400}""")).Code);
        Assert.DoesNotContain("P13", await AnomaliesAsync("MAIN"), StringComparison.Ordinal); // 16 Wh
        Assert.Equal(200, (await hub.PutAsync("/metering_points/MAIN/sub_meters", """{"sub_meters":["ZP001"]}""")).Code);
        Assert.Contains("P13 2026-05-19T22:00:00Z 15360 499.2", await AnomaliesAsync("MAIN"), StringComparison.Ordinal);
        Assert.Equal(200, (await hub.PutAsync("/metering_points/MAIN/sub_meters", """{"sub_meters":[]}""")).Code);
        Assert.DoesNotContain("P13", await AnomaliesAsync("MAIN"), StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    public async Task ChangeDay_With96Values_IsRefusedAsAWhole(Engine engine)
    {
        await StartAsync(engine);
        string Csv(int slots) => "metering_point,day,slot,kwh\n" + string.Concat(Enumerable.Range(1, slots).Select(slot => FormattableString.Invariant($"ZP001,2025-10-26,{slot},0.1\n")));
        Assert.Equal((422, "start CMH-3109"), await hub.PostAsync("/consumption", Csv(96), "text/csv") is var answer ? (answer.Code, answer.Findings) : default);
        Assert.Equal(0, hub.Place.Count("SELECT count(*) FROM met_curve_day"));
        Assert.Equal(200, (await hub.PostAsync("/consumption", Csv(100), "text/csv")).Code);
        Assert.Equal(200, (await hub.PostAsync("/consumption", Csv(95).Replace("ZP001", "ZP002", StringComparison.Ordinal), "text/csv")).Code); // a part of a day
        Assert.Contains("slot CMH-1608", (await hub.PostAsync("/consumption", Csv(96).Replace("2025-10-26", "2026-03-29", StringComparison.Ordinal), "text/csv")).Findings, StringComparison.Ordinal);
    }

    private async Task DeliverAsync(string point, string day, Func<int, int> wh, bool vary = true, string? direction = null)
    {
        var csv = new StringBuilder(direction is null ? "metering_point,day,slot,kwh\n" : "metering_point,day,slot,kwh,direction\n");
        // Two neighbours never have the same value, and a day's sum stays: otherwise equal values would be an anomaly of their own.
        for (int slot = 0; slot < 96; slot++)
            csv.Append(CultureInfo.InvariantCulture, $"{point},{day},{slot + 1},{(wh(slot) + (vary ? slot % 2 == 0 ? 7 : -7 : 0)) / 1000m}{(direction is null ? "" : "," + direction)}\n");
        Assert.Equal(200, (await hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);
    }

    private async Task ReadAsync(string at, long wh) =>
        Assert.Equal(201, (await hub.PostAsync("/readings", FormattableString.Invariant($$"""{"metering_point":"ZP001","timestamp":"{{at}}","register_kwh":{{wh / 1000m}}}"""))).Code);

    private async Task<string> AnomaliesAsync(string point) => string.Join(", ", (await hub.GetAsync($"/readings/anomalies?metering_point={point}")).Json.GetProperty("items").EnumerateArray()
        .Select(item => string.Join(' ', new[] { "rule", "slot", "value", "limit" }.Select(name => item.GetProperty(name).ToString()))).Order(StringComparer.Ordinal));

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP001", """{"participant":"A","direction":"consumption"}""")).Code);
        Assert.Equal(201, (await hub.PutAsync("/metering_points/ZP002", """{"participant":"B","direction":"consumption"}""")).Code);
    }
}
