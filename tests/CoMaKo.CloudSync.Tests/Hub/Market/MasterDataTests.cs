using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Market;

/// <summary>Metering points and balance groups over REST.</summary>
public sealed class MasterDataTests : IAsyncLifetime
{
    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Point_IsCreatedReplacedAndKeptWhenNothingDiffers(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        const string Body = """{"participant":"Anna Muster","direction":"both","market_location":"41373559241","annual_kwh":3500.5,"peak_kw":9.81,"fuse_amperes":63}""";
        var created = await hub.PutAsync("/metering_points/ZP001", Body);
        Assert.Equal((201, "\"1\""), (created.Code, created.Tag));
        Assert.Equal("""{"id":"ZP001","participant":"Anna Muster","direction":"both","market_location":"41373559241","metering":"measured","annual_kwh":3500.500,"fuse_amperes":63,"peak_kw":9.81}""", created.Text);
        Assert.Equal((200, "\"1\""), ((await hub.PutAsync("/metering_points/ZP001", Body)) is var same ? (same.Code, same.Tag) : default));

        var read = await hub.GetAsync("/market_core/metering_points/ZP001");
        Assert.Equal(created.Text, read.Text);
        var replaced = await hub.PutAsync("/metering_points/ZP001", read.Text.Replace("9.81", "10", StringComparison.Ordinal));
        Assert.Equal((200, "\"2\""), (replaced.Code, replaced.Tag));
        Assert.Equal(404, (await hub.GetAsync("/metering_points/zp001")).Code); // case counts
    }

    [Theory, OnSqlite]
    [Row("""{"participant":"A"}""", "direction CMH-1604")]
    [Row("""{"participant":"A","direction":"up","colour":1,"colour":2}""", "colour CMH-1603, direction CMH-1606, colour CMH-1602")]
    [Row("""{"participant":"A","direction":"consumption","market_location":"41373559242","metering_location":"DE00"}""", "market_location CMH-1653, metering_location CMH-1654")]
    [Row("""{"participant":" A","direction":"consumption","annual_kwh":0.0001}""", "participant CMH-1606, annual_kwh CMH-1607")]
    [Row("""{"participant":"A","direction":"consumption","annual_kwh":-1,"fuse_amperes":"63"}""", "annual_kwh CMH-1608, fuse_amperes CMH-1605")]
    [Row("""{"participant":"A","direction":"consumption","latitude":52.5}""", "latitude CMH-1604")]
    [Row("""{"participant":"A","direction":"consumption","metering":"profile"}""", "profile CMH-1664")]
    [Row("""["ZP001"]""", " CMH-1605")]
    public async Task Point_WithMistakes_IsRefusedWithAllOfThem(Engine engine, string body, string findings)
    {
        hub = await RunningHub.StartAsync(engine);
        var answer = await hub.PutAsync("/metering_points/ZP001", body);
        Assert.Equal((422, findings), (answer.Code, answer.Findings));
        Assert.Equal(404, (await hub.GetAsync("/metering_points/ZP001")).Code);
    }

    [Theory, OnSqlite]
    public async Task Bodies_ThatAreNoJson_AreTold(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Equal((400, "CMH-1601"), Problem(await hub.PutAsync("/metering_points/ZP001", "{\"participant\":\"A\",}")));
        Assert.Equal((415, "CMH-1612"), Problem(await hub.SendAsync(HttpMethod.Put, "/metering_points/ZP001", "{}", "text/plain")));
        Assert.Equal((413, "CMH-1613"), Problem(await hub.PutAsync("/metering_points/ZP001", new string(' ', 1024 * 1024 + 1))));
        Assert.Equal((422, "CMH-1611"), Problem(await hub.PutAsync("/metering_points/anomalies", """{"participant":"A","direction":"both"}""")));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Conditions_GuardAgainstLostUpdates(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Equal(412, (await hub.PutAsync("/metering_points/ZP001", Point("A"), "\"1\"")).Code);
        await hub.PutAsync("/metering_points/ZP001", Point("A"));
        Assert.Equal(200, (await hub.PutAsync("/metering_points/ZP001", Point("B"), "\"1\"")).Code);
        Assert.Equal((412, "CMH-1614"), Problem(await hub.PutAsync("/metering_points/ZP001", Point("C"), "\"1\"")));
        Assert.Equal("B", (await hub.GetAsync("/metering_points/ZP001")).Json.GetProperty("participant").GetString());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Group_OfTheBriefsModel_LoadsAsItIs(Engine engine)
    {
        await StartAsync(engine, "ZP001", "ZP002");
        var created = await hub.PutAsync("/balance_groups/BK123456", """{"id":"BK123456","name":"GreenCoop Energy","metering_points":["ZP001","ZP002"]}""");
        Assert.Equal(201, created.Code);
        Assert.Equal(
            """{"id":"BK123456","name":"GreenCoop Energy","allows_profiles":false,"metering_points":["ZP001","ZP002"],"allocation":"dynamic","price_ct_per_kwh":10}""",
            (await hub.GetAsync("/balance_groups/BK123456")).Text);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Group_StaticWithoutKeys_GetsEqualSharesOfAMillion(Engine engine)
    {
        await StartAsync(engine, "ZP001", "ZP002", "ZP003");
        var created = await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP003","ZP001","ZP002"],"allocation":"static","price_ct_per_kwh":9.1234}""");
        Assert.Equal("""{"ZP001":333334,"ZP002":333333,"ZP003":333333}""", created.Json.GetProperty("keys").GetRawText());
        Assert.Equal("9.1234", created.Json.GetProperty("price_ct_per_kwh").GetRawText());
        Assert.Equal(200, (await hub.PutAsync("/balance_groups/BK1", created.Text)).Code);
        Assert.Equal("\"1\"", (await hub.GetAsync("/balance_groups/BK1")).Tag); // the answer of GET, put again, changes nothing
    }

    [Theory, OnSqlite]
    [Row("""{"name":"G","metering_points":["ZP001","ZP009","ZP001"]}""", "metering_points[2] CMH-1656")]
    [Row("""{"name":"G","metering_points":["ZP001","ZP009"]}""", "metering_points[1] CMH-1656")]
    [Row("""{"name":"G","metering_points":["ZP001"],"allocation":"static","keys":{"ZP001":999999}}""", "keys CMH-1658")]
    [Row("""{"name":"G","metering_points":["ZP001"],"allocation":"static","keys":{"ZP002":1000000}}""", "keys.ZP002 CMH-1658, keys CMH-1658")]
    [Row("""{"name":"G","metering_points":["ZP001"],"keys":{"ZP001":1000000}}""", "keys CMH-1658")]
    [Row("""{"name":"G","metering_points":["ZP001"],"price_ct_per_kwh":10.00001}""", "price_ct_per_kwh CMH-1607")]
    [Row("""{"name":"G","metering_points":["ZP001"],"eic":"11XCOMAKO------A","valid_from":"soon"}""", "eic CMH-1659, valid_from CMH-1609")]
    public async Task Group_WithMistakes_IsRefused(Engine engine, string body, string findings)
    {
        await StartAsync(engine, "ZP001", "ZP002");
        var answer = await hub.PutAsync("/balance_groups/BK1", body);
        Assert.Equal((422, findings), (answer.Code, answer.Findings));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Group_NewVersion_LeavesThePastAndCorrectionKeepsTheFuture(Engine engine)
    {
        await StartAsync(engine, "ZP001", "ZP002");
        await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP001"]}""");
        await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP001","ZP002"],"price_ct_per_kwh":12,"valid_from":"2026-07-01"}""");
        await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP001"],"price_ct_per_kwh":11}"""); // corrects today's version

        Assert.Equal("[\"ZP001\"] 11", await OnAsync("2026-06-30"));
        Assert.Equal("[\"ZP001\",\"ZP002\"] 12", await OnAsync("2026-07-01"));
        Assert.Equal("[\"ZP001\"] 11", await OnAsync("2020-01-01"));

        async Task<string> OnAsync(string day) =>
            (await hub.GetAsync($"/balance_groups/BK1?day={day}")).Json is var json ? $"{json.GetProperty("metering_points").GetRawText()} {json.GetProperty("price_ct_per_kwh").GetRawText()}" : "";
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Point_InTwoGroupsAtATime_IsRefusedAndMayMoveLater(Engine engine)
    {
        await StartAsync(engine, "ZP001", "ZP002");
        await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP001","ZP002"]}""");
        Assert.Equal("metering_points[0] CMH-1661", (await hub.PutAsync("/balance_groups/BK2", """{"name":"H","metering_points":["ZP002"]}""")).Findings);

        Assert.Equal(200, (await hub.PutAsync("/balance_groups/BK1", """{"name":"G","metering_points":["ZP001"],"valid_from":"2026-07-01"}""")).Code);
        Assert.Equal("metering_points[0] CMH-1661", (await hub.PutAsync("/balance_groups/BK2", """{"name":"H","metering_points":["ZP002"],"valid_from":"2026-06-30"}""")).Findings);
        Assert.Equal(201, (await hub.PutAsync("/balance_groups/BK2", """{"name":"H","metering_points":["ZP002"],"valid_from":"2026-07-01"}""")).Code);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Lists_GoByIdWithCursor(Engine engine)
    {
        await StartAsync(engine, "ZP003", "ZP001", "ZP002");
        var first = (await hub.GetAsync("/metering_points?limit=2")).Json;
        var second = (await hub.GetAsync($"/metering_points?limit=2&cursor={first.GetProperty("next").GetString()}")).Json;
        Assert.Equal(["ZP001", "ZP002", "ZP003"], first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray()).Select(item => item.GetProperty("id").GetString()));
    }

    private static string Point(string participant) => $$"""{"participant":"{{participant}}","direction":"consumption"}""";

    private static (int, string?) Problem(RestAnswer answer) => (answer.Code, answer.Json.GetProperty("code").GetString());

    private async Task StartAsync(Engine engine, params string[] points)
    {
        hub = await RunningHub.StartAsync(engine);
        foreach (string point in points) Assert.Equal(201, (await hub.PutAsync($"/metering_points/{point}", Point(point))).Code);
    }
}
