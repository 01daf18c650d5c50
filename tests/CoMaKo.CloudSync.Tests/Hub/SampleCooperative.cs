using System.Globalization;
using System.Text;
using System.Text.Json;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using NodaTime;
using NodaTime.Text;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>
/// A small cooperative as pages show it, made over REST: consumers, a prosumer, two plants; April is closed and has a correction that waits, May has ended with
/// two gaps, June has begun with a value that cannot be right; a gateway that works, and one that is silent with a conflict, a note and a parked record.
/// The clock stands at 12:30 in Berlin on 1 June 2026.
/// </summary>
internal static class SampleCooperative
{
    public const string Group = "BK100001";

    /// <summary>Three quarter hours from 07:30 on 12 May, and eighteen hours of 20 May.</summary>
    public const int OpenSlots = 3 + 72;

    public static readonly RegisterId LindenhofImport = new("0a01495341000000417a~1-0.1.8.0");
    public static readonly RegisterId KirchplatzImport = new("0a01495341000000233a~1-0.1.8.0");

    /// <summary>Consumers by id; owner, name, and Wh of a usual quarter hour.</summary>
    private static readonly (string Point, string Owner, string Name, int Wh)[] Consumers =
    [
        ("ZP001", "P001", "Familie Albers", 90), ("ZP002", "P002", "Bäckerei Kern", 420), ("ZP003", "P003", "Jutta Maier", 60),
        ("ZP004", "P004", "Alte Schule", 150), ("ZP005", "P005", "Familie Yıldız", 110), ("ZP006", "P006", "Hof Brandt", 130),
    ];

    /// <summary>Fills a hub that has just started.</summary>
    public static async Task FillAsync(RunningHub hub)
    {
        hub.Clock.StepWallClock(TimeSpan.FromDays(-33));
        await PutMasterDataAsync(hub);
        await PutForecastsAsync(hub);
        hub.Clock.StepWallClock(TimeSpan.FromDays(33));
        await DeliverAsync(hub);
        await CloseAprilAsync(hub);
        await SyncAsync(hub);
        Assert.Equal(200, (await hub.PutAsync("/metering_points/ZP008/registers", $$"""{"registers":[{"register":"{{LindenhofImport}}"}]}""")).Code);
        Good(await hub.PostAsync("/readings", """{"metering_point":"ZP007","timestamp":"2026-05-01T00:00:00+02:00","register_kwh":18250.4}"""));
        Good(await hub.PostAsync("/readings", """{"metering_point":"ZP007","timestamp":"2026-05-31T18:00:00+02:00","register_kwh":18533.1}"""));
    }

    private static async Task PutMasterDataAsync(RunningHub hub)
    {
        foreach (var (point, owner, name, _) in Consumers)
        {
            Good(await hub.PutAsync($"/participants/{owner}", $$"""{"name":"{{name}}","kind":"{{(point is "ZP002" or "ZP006" ? "company" : "person")}}","customer_number":"{{owner[1..]}}"}"""));
            Good(await hub.PutAsync($"/metering_points/{point}", $$"""{"participant":"{{owner}}","direction":"{{(point == "ZP006" ? "both" : "consumption")}}","fuse_amperes":63,"annual_kwh":3500}"""));
        }

        Good(await hub.PutAsync("/participants/COOP", """{"name":"Sonnenhang eG","kind":"company"}"""));
        foreach (string plant in (string[])["ZP901", "ZP902"])
            Good(await hub.PutAsync($"/metering_points/{plant}", """{"participant":"COOP","direction":"generation","peak_kw":29.7,"latitude":48.137,"longitude":11.575}"""));
        Good(await hub.PutAsync("/metering_points/ZP007", """{"participant":"P007","direction":"consumption","metering":"profile","profile":"H25","annual_kwh":3200}"""));
        Good(await hub.PutAsync("/metering_points/ZP008", """{"participant":"P008","direction":"consumption"}"""));
        const string Members = "\"metering_points\":[\"ZP001\",\"ZP002\",\"ZP003\",\"ZP004\",\"ZP005\",\"ZP006\",\"ZP901\",\"ZP902\"]";
        Good(await hub.PutAsync($"/balance_groups/{Group}", $$"""{"name":"Sonnenhang",{{Members}},"allocation":"dynamic","price_ct_per_kwh":10}"""));
        Good(await hub.PutAsync($"/balance_groups/{Group}", $$"""
            {"name":"Sonnenhang",{{Members}},"allocation":"static_redistributed","keys":{"ZP001":150000,"ZP002":350000,"ZP003":100000,"ZP004":150000,"ZP005":150000,"ZP006":100000},
            "price_ct_per_kwh":10.5,"fee_ct_per_kwh":0.5,"surplus_ct_per_kwh":6.2,"valid_from":"2026-05-01"}
            """));
        Good(await hub.PutAsync("/balance_groups/BK100002", """{"name":"Mühlbach","metering_points":[]}"""));
    }

    /// <summary>Each usual day of May, issued on the day before May.</summary>
    private static async Task PutForecastsAsync(RunningHub hub)
    {
        var forecasts = new List<object>();
        for (var day = new LocalDate(2026, 5, 1); day.Month == 5; day = day.PlusDays(1))
            foreach (var (point, direction, usual) in Series())
                forecasts.Add(new { metering_point = point, direction, day = LocalDatePattern.Iso.Format(day), model = "usual", kwh = Enumerable.Range(0, 96).Select(i => WhOf(usual, direction, i, 0) / 1000m) });
        Good(await hub.PostAsync($"/balance_groups/{Group}/forecasts", JsonSerializer.Serialize(forecasts)));
        var prices = new StringBuilder("start;price_eur_per_mwh\n");
        for (var day = new LocalDate(2026, 5, 1); day.Month == 5; day = day.PlusDays(1))
            foreach (var (slot, i) in MarketDay.Slots(MarketDay.Number(day)).Select((slot, i) => (slot, i))) prices.Append(CultureInfo.InvariantCulture, $"{slot.Start};{(i * 7 % 90) + 20},5\n");
        Good(await hub.PostAsync("/prices/rebap", prices.ToString(), "text/csv"));
    }

    private static async Task DeliverAsync(RunningHub hub)
    {
        var csv = new StringBuilder("metering_point,direction,start,kwh\n");
        long until = Instant.FromUtc(2026, 6, 1, 9, 45).ToUnixTimeSeconds();
        for (var day = new LocalDate(2026, 4, 1); day <= new LocalDate(2026, 6, 1); day = day.PlusDays(1))
            foreach (var (slot, i) in MarketDay.Slots(MarketDay.Number(day)).Select((slot, i) => (slot, i)))
                foreach (var (point, direction, usual) in Series())
                    if (slot.EndUnixSeconds <= until && !IsGap(point, day, i)) csv.Append(CultureInfo.InvariantCulture, $"{point},{direction},{slot.Start},{Value(point, direction, usual, day, i) / 1000m:0.000}\n");
        Good(await hub.PostAsync("/consumption", csv.ToString(), "text/csv"));
    }

    private static async Task CloseAprilAsync(RunningHub hub)
    {
        Assert.Contains("final", (await hub.PostAsync($"/balance_groups/{Group}/months/2026-04/confirmation", """{"reason":"All values are there."}""")).Text, StringComparison.Ordinal);
        Good(await hub.PostAsync("/consumption", "metering_point,direction,start,kwh\nZP001,consumption,2026-04-14T10:00:00Z,0.900\n", "text/csv"));
        Assert.Contains("delta", (await hub.PostAsync($"/balance_groups/{Group}/runs", """{"month":"2026-04"}""")).Text, StringComparison.Ordinal);
        Assert.Contains("provisional", (await hub.PostAsync($"/balance_groups/{Group}/runs", """{"month":"2026-05"}""")).Text, StringComparison.Ordinal);
    }

    private static async Task SyncAsync(RunningHub hub)
    {
        var kirchplatz = new TestGateway(null, "gw-0233") { Building = "Kirchplatz 2" }.Append(
            Begin("04:01", 1000, register: KirchplatzImport), Total("04:15", 1100, register: KirchplatzImport), Total("04:30", 1250, register: KirchplatzImport),
            Total("04:30", 1251, register: KirchplatzImport), Total("05:00", 1500, register: KirchplatzImport), Total("12:00", 1600, register: KirchplatzImport));
        await hub.SyncAsync(kirchplatz);
        hub.Clock.StepWallClock(TimeSpan.FromMinutes(30));
        var lindenhof = new TestGateway(null, "gw-0417").Append(Begin("06:01", 2000, register: LindenhofImport));
        for (int quarter = 1; quarter <= 17; quarter++)
            lindenhof.Append(Total(string.Create(CultureInfo.InvariantCulture, $"{6 + quarter / 4:00}:{quarter % 4 * 15:00}"), 2000 + 130 * quarter, register: LindenhofImport));
        await hub.SyncAsync(lindenhof);
    }

    private static IEnumerable<(string Point, string Direction, int Wh)> Series() =>
        [.. Consumers.Select(each => (each.Point, "consumption", each.Wh)), ("ZP006", "generation", 900), ("ZP901", "generation", 2400), ("ZP902", "generation", 1700)];

    private static bool IsGap(string point, LocalDate day, int slot) => (point, day.Month, day.Day) switch
    {
        ("ZP002", 5, 12) => slot is >= 30 and < 33,
        ("ZP004", 5, 20) => slot < 72,
        _ => false,
    };

    private static int Value(string point, string direction, int usual, LocalDate day, int slot) =>
        (point, day.Month, day.Day, slot) == ("ZP003", 6, 1, 32) ? 14_250 : WhOf(usual, direction, slot, MarketDay.Number(day));

    /// <summary>Plants follow the sun, consumers rise in the morning and in the evening; days differ, and so regularly that no rule calls one an outlier.</summary>
    /// <param name="seed">0: the usual day.</param>
    private static int WhOf(int usual, string direction, int slot, int seed)
    {
        int noise = seed == 0 ? 100 : 80 + seed % 3 * 20 + (seed * 7919 + slot * 104_729) % 5;
        if (direction == "generation") return Math.Max(0, usual - usual * (slot - 52) * (slot - 52) / 676) * noise / 100;
        int shape = 60 + (slot is > 26 and < 40 ? 60 : 0) + (slot is > 68 and < 86 ? 90 : 0);
        return usual * shape / 100 * noise / 100;
    }

    private static void Good(RestAnswer answer) => Assert.True(answer.Code is 200 or 201 or 204, $"{answer.Code} {answer.Text}");
}
