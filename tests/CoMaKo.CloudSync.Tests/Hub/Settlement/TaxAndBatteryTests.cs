using System.Globalization;
using System.Text;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Settlement;

/// <summary>Tax profiles and battery accounts over REST, and what becomes of a month that was published before they changed.</summary>
public sealed class TaxAndBatteryTests : IAsyncLifetime
{
    private const string Group = "/balance_groups/BK123456", Tax = "/participants/Anna/tax_profiles", OwnTax = "/cooperative/tax_profiles", Battery = "/metering_points/BAT/battery_account";
    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task TaxProfiles_AreReplacedAsAWhole(Engine engine)
    {
        await StartAsync(engine);
        Assert.Equal("""{"tax_profiles":[]}""", (await hub.GetAsync(Tax)).Text);
        const string Body = """{"tax_profiles":[{"treatment":"none"},{"from":"2025-08-01","treatment":"standard","rate_percent":19},{"from":"2026-01-01","treatment":"reverse_charge","rate_percent":19}]}""";
        Assert.Equal((200, Body), ((await hub.PutAsync(Tax, Body)) is var put ? (put.Code, put.Text) : default));
        Assert.Equal(Body, (await hub.GetAsync(Tax)).Text);
        Assert.Equal(200, (await hub.PutAsync(Tax, Body)).Code);
        Assert.Equal(1, hub.Place.Count("SELECT count(*) FROM web_audit WHERE action = 'participant.tax_profiles'"));
        const string Less = """{"tax_profiles":[{"treatment":"standard","rate_percent":10.75}]}""";
        Assert.Equal(Less, (await hub.PutAsync(Tax, Less)).Text);
        Assert.Equal(Less, (await hub.GetAsync(Tax)).Text);
        const string Reseller = """{"tax_profiles":[{"treatment":"reverse_charge"}]}""";
        Assert.Equal("""{"tax_profiles":[{"treatment":"reverse_charge","rate_percent":19}]}""", (await hub.PutAsync(Tax, Reseller)).Text);
        Assert.Equal("""{"tax_profiles":[]}""", (await hub.GetAsync(OwnTax)).Text);
        Assert.Equal((200, Body), ((await hub.PutAsync(OwnTax, Body)) is var own ? (own.Code, own.Text) : default));
        Assert.Equal(200, (await hub.PutAsync(OwnTax, Body)).Code);
        Assert.Equal(Body, (await hub.GetAsync(OwnTax)).Text);
        Assert.Equal(1, hub.Place.Count("SELECT count(*) FROM web_audit WHERE action = 'cooperative.tax_profiles'"));
        Assert.Equal(404, (await hub.GetAsync("/participants/Nobody/tax_profiles")).Code);
        Assert.Equal(404, (await hub.PutAsync("/participants/Nobody/tax_profiles", Less)).Code);
    }

    [Theory, OnSqlite]
    [Row(Tax, """{"tax_profiles":[{"treatment":"standard"},{"from":"2026-01-01","treatment":"none","rate_percent":7},{"from":"2026-01-01","treatment":"half"}]}""",
        "tax_profiles[0].rate_percent CMH-1668, tax_profiles[1].rate_percent CMH-1668, tax_profiles[2].treatment CMH-1606, tax_profiles[2].from CMH-1669")]
    [Row(Tax, """{"tax_profiles":[{"treatment":"standard","rate_percent":19.001}],"more":1}""", "tax_profiles[0].rate_percent CMH-1607, more CMH-1602")]
    [Row(Tax, """{"tax_profiles":{}}""", "tax_profiles CMH-1605")]
    [Row(OwnTax, """{"tax_profiles":[{"treatment":"reverse_charge"},{"from":"2026-01-01","treatment":"small_business","rate_percent":19}]}""",
        "tax_profiles[1].rate_percent CMH-1668")]
    [Row(Battery, """{"entries":[{"own_kwh":-1},{"own_kwh":0.0001}]}""", "entries[0].own_kwh CMH-1608, entries[1].own_kwh CMH-1607, entries[1].from CMH-1669")]
    [Row("/metering_points/ZP001/battery_account", """{"entries":[{"own_kwh":1}]}""", "entries CMH-1670")]
    public async Task Bodies_WithMistakes_AreRefusedWithAllOfThem(Engine engine, string path, string body, string findings)
    {
        await StartAsync(engine);
        var answer = await hub.PutAsync(path, body);
        Assert.Equal((422, findings), (answer.Code, answer.Findings));
    }

    /// <summary>
    /// 96 kWh at 10 ct/kWh are 9.60 EUR; 19 % of it are 1.82 EUR. The cooperative supplies Anna, so that Anna is a small business changes nothing; Bea supplies
    /// the cooperative, so that she is none shows her tax on what she is credited.
    /// </summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task TaxProfile_OfAPublishedMonth_MakesADelta(Engine engine)
    {
        await StartAsync(engine);
        await PublishAsync();
        Assert.Equal(200, (await hub.PutAsync(Tax, """{"tax_profiles":[{"from":"2025-08-01","treatment":"standard","rate_percent":7}]}""")).Code); // the cooperative's own will decide
        Assert.Equal(200, (await hub.PutAsync(OwnTax, """{"tax_profiles":[{"from":"2025-08-01","treatment":"standard","rate_percent":19}]}""")).Code);

        Assert.Equal("""{"month":"2025-08","outcome":"delta_published"}""", (await hub.PostAsync($"{Group}/runs", """{"month":"2025-08","publish":true}""")).Text);
        var line = Assert.Single((await hub.GetAsync($"{Group}/runs/2025-08.2")).Json.GetProperty("lines").EnumerateArray());
        Assert.Equal(("tax", 1.82m), (line.GetProperty("kind").GetString(), line.GetProperty("amount_eur").GetDecimal()));

        Assert.Equal("""{"rows":1,"created":0,"unchanged":0,"corrected":1}""", (await hub.PostAsync("/tax_profiles", "participant;from;treatment\nAnna;2025-08-01;small_business\n", "text/csv")).Text);
        Assert.Equal("""{"month":"2025-08","outcome":"unchanged"}""", (await hub.PostAsync($"{Group}/runs", """{"month":"2025-08","publish":true}""")).Text);
        Assert.Equal("""{"rows":1,"created":1,"unchanged":0,"corrected":0}""", (await hub.PostAsync("/tax_profiles", "participant;from;treatment;rate_percent\nBea;2025-08-01;standard;19\n", "text/csv")).Text);
        Assert.Equal("""{"month":"2025-08","outcome":"delta_published"}""", (await hub.PostAsync($"{Group}/runs", """{"month":"2025-08","publish":true}""")).Text);
        line = Assert.Single((await hub.GetAsync($"{Group}/runs/2025-08.3")).Json.GetProperty("lines").EnumerateArray());
        Assert.Equal(("credit_tax", -1.82m), (line.GetProperty("kind").GetString(), line.GetProperty("amount_eur").GetDecimal()));

        // Taken back: another delta, the other way round.
        Assert.Equal(200, (await hub.PutAsync(OwnTax, """{"tax_profiles":[{"treatment":"small_business"}]}""")).Code);
        Assert.Equal("""{"month":"2025-08","outcome":"delta_published"}""", (await hub.PostAsync($"{Group}/runs", """{"month":"2025-08","publish":true}""")).Text);
        line = Assert.Single((await hub.GetAsync($"{Group}/runs/2025-08.4")).Json.GetProperty("lines").EnumerateArray());
        Assert.Equal(("tax", -1.82m), (line.GetProperty("kind").GetString(), line.GetProperty("amount_eur").GetDecimal()));
    }

    /// <summary>200 Wh are charged, none are given: what it held at the month's begin it holds at its end, with what came from the grid.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task BatteryAccount_OfAPublishedMonth_MakesADeltaAndTheNextMonthBeginsAnew(Engine engine)
    {
        await StartAsync(engine);
        const string Body = """{"entries":[{"from":"2025-08-01","own_kwh":1.000,"grid_kwh":0.500}]}""";
        Assert.Equal(Body, (await hub.PutAsync(Battery, Body)).Text);
        await PublishAsync();
        Assert.Equal("""{"entries":[{"from":"2025-08-01","own_kwh":1.000,"grid_kwh":0.500},{"from":"2025-09-01","own_kwh":1.000,"grid_kwh":0.700}]}""", (await hub.GetAsync(Battery)).Text);

        Assert.Equal(200, (await hub.PutAsync(Battery, """{"entries":[{"from":"2025-08-01","own_kwh":3}]}""")).Code);
        Assert.Equal("""{"month":"2025-08","outcome":"delta_published"}""", (await hub.PostAsync($"{Group}/runs", """{"month":"2025-08","publish":true}""")).Text);
        Assert.Equal("""{"entries":[{"from":"2025-08-01","own_kwh":3.000,"grid_kwh":0.000},{"from":"2025-09-01","own_kwh":3.000,"grid_kwh":0.200}]}""", (await hub.GetAsync(Battery)).Text);
    }

    /// <summary>
    /// By hand: August begins with 1.0 kWh own and 0.5 kWh of the grid and charges 0.2 kWh from the grid: 1.0 and 0.7. September gives 0.85 of these 1.7 kWh, half of
    /// each: 0.5 and 0.35. Then August's charge turns out as 0.5 kWh: 1.0 and 1.0, of which September gave 0.425 each: 0.575 and 0.575. October begins with that although
    /// neither correction is published before the next month close.
    /// </summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task CollectedCorrection_OfABattery_IsWhatTheNextMonthsBeginWith(Engine engine)
    {
        await StartAsync(engine);
        Assert.Equal(200, (await hub.PutAsync(Battery, """{"entries":[{"from":"2025-08-01","own_kwh":1,"grid_kwh":0.5}]}""")).Code);
        await PublishAsync();
        await DeliverAsync("BAT,generation,2025-09-10T10:00:00Z,0.85");
        Assert.Equal("final", await ConfirmAsync("2025-09"));
        Assert.Equal("2025-09-01 1.000 0.700, 2025-10-01 0.500 0.350", await EntriesAsync());

        await DeliverAsync("BAT,consumption,2025-08-02T00:00:00Z,0.5");
        Assert.Equal(("delta", "delta"), (await SettleAsync("2025-08"), await SettleAsync("2025-09")));
        Assert.Equal("2025-09-01 1.000 1.000, 2025-10-01 0.575 0.575", await EntriesAsync());

        // The correction is taken back before it was published: so are its consequences. August's delta stays, since the value now counts as corrected.
        await DeliverAsync("BAT,consumption,2025-08-02T00:00:00Z,0.2");
        Assert.Equal(("delta", "unchanged"), (await SettleAsync("2025-08"), await SettleAsync("2025-09")));
        Assert.Equal("2025-09-01 1.000 0.700, 2025-10-01 0.500 0.350", await EntriesAsync());

        await DeliverAsync("BAT,consumption,2025-08-02T00:00:00Z,0.5");
        Assert.Equal(("delta", "delta", "final"), (await SettleAsync("2025-08"), await SettleAsync("2025-09"), await ConfirmAsync("2025-10")));
        hub.Clock.StepWallClock(TimeSpan.FromDays(14)); // over the close of May
        await hub.Service<GroupLeases>().HoldAsync("BK123456", async (lease, renew) =>
        {
            await hub.Service<BalanceGroupAgent>().SettleAllAsync(lease, "BK123456", renew, CancellationToken.None);
            return true;
        });
        Assert.Equal("2025-09-01 1.000 1.000, 2025-10-01 0.575 0.575, 2025-11-01 0.575 0.575", await EntriesAsync());
        var runs = (await hub.GetAsync($"{Group}/runs")).Json.GetProperty("items").EnumerateArray().Where(run => run.TryGetProperty("published_at", out _)).Select(run => run.GetProperty("run").GetString());
        Assert.Equal(["2025-08.1", "2025-08.2", "2025-09.1", "2025-09.2", "2025-10.1"], runs);
    }

    private async Task DeliverAsync(string row) => Assert.Equal(200, (await hub.PostAsync("/consumption", $"metering_point,direction,start,kwh\n{row}\n", "text/csv")).Code);

    private async Task<string?> SettleAsync(string month) => (await hub.PostAsync($"{Group}/runs", $$"""{"month":"{{month}}"}""")).Json.GetProperty("outcome").GetString();

    private async Task<string?> ConfirmAsync(string month) =>
        (await hub.PostAsync($"{Group}/months/{month}/confirmation", """{"reason":"Little was measured."}""")).Json.GetProperty("outcome").GetString();

    /// <summary>What months began with: day, own, grid.</summary>
    private async Task<string> EntriesAsync() => string.Join(", ", (await hub.GetAsync(Battery)).Json.GetProperty("entries").EnumerateArray().Skip(1)
        .Select(entry => $"{entry.GetProperty("from").GetString()} {entry.GetProperty("own_kwh")} {entry.GetProperty("grid_kwh")}"));

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Equal(200, (await hub.PostAsync("/metering_points", "id,participant,direction\nZP001,Anna,consumption\nZP901,Bea,generation\nBAT,Cem,both", "text/csv")).Code);
        Assert.Equal(201, (await hub.PutAsync(Group, """{"name":"GreenCoop Energy","metering_points":["ZP001","ZP901","BAT"]}""")).Code);
    }

    /// <summary>A month of one day: 1 kWh in each quarter hour, all of it from the plant.</summary>
    private async Task PublishAsync()
    {
        var csv = new StringBuilder("metering_point,direction,start,kwh\n");
        for (int i = 0; i < 96; i++)
        {
            string start = new DateTimeOffset(2025, 7, 31, 22, 0, 0, TimeSpan.Zero).AddMinutes(15 * i).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            csv.Append(CultureInfo.InvariantCulture, $"ZP001,consumption,{start},1\nZP901,generation,{start},1\nBAT,generation,{start},0\nBAT,consumption,{start},0\n");
        }

        Assert.Equal(200, (await hub.PostAsync("/consumption", csv.ToString(), "text/csv")).Code);
        Assert.Equal(200, (await hub.PostAsync("/consumption", "metering_point,direction,start,kwh\nBAT,consumption,2025-08-02T00:00:00Z,0.2\n", "text/csv")).Code);
        Assert.Equal("""{"month":"2025-08","outcome":"final"}""", (await hub.PostAsync($"{Group}/months/2025-08/confirmation", """{"reason":"Only one day was measured."}""")).Text);
    }
}
