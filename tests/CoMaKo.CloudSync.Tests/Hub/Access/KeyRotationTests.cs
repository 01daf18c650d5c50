using System.Net;
using CoMaKo.Hub.Access;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Access;

/// <summary>A client's keys follow one another without a moment in which none is good.</summary>
public sealed class KeyRotationTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Key_ThatIsRotated_IsGoodForAWeekBesideTheNext(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        var first = await hub.Keys.CreateAsync(new KeyWish(Roles.Partner, "dashboard", null, [Scopes.MarketRead], IPNetwork.Parse("127.0.0.0/8")), "test");
        var answer = await hub.PostAsync($"/keys/{first.Id}/rotation", "{}");
        Assert.Equal(200, answer.Code);
        var next = ApiKey.Parse(answer.Json.GetProperty("key").GetString())!;
        Assert.Equal((true, true), (await IsGoodAsync(hub, first), await IsGoodAsync(hub, next)));
        Assert.Equal((409, "CMH-1516"), Problem(await hub.PostAsync($"/keys/{next.Id}/rotation", "{}"))); // two are good already
        Assert.Equal((409, "CMH-1516"), Problem(await hub.PostAsync($"/keys/{first.Id}/rotation", "{}")));

        hub.Clock.StepWallClock(TimeSpan.FromDays(7));
        Assert.Equal((false, true), (await IsGoodAsync(hub, first), await IsGoodAsync(hub, next)));
        var third = ApiKey.Parse((await hub.PostAsync($"/keys/{next.Id}/rotation", """{"overlap_days":0}""")).Json.GetProperty("key").GetString())!;
        Assert.Equal((false, true), (await IsGoodAsync(hub, next), await IsGoodAsync(hub, third)));
        Assert.Equal((422, "overlap_days CMH-1608, more CMH-1602"), (await hub.PostAsync($"/keys/{third.Id}/rotation", """{"overlap_days":31,"more":1}""")) is var wrong ? (wrong.Code, wrong.Findings) : default);
        Assert.Equal((409, "CMH-1516"), Problem(await hub.PostAsync("/keys/00000000/rotation", "{}")));

        var keys = (await hub.GetAsync("/keys")).Json.EnumerateArray().Where(key => key.GetProperty("name").GetString() == "dashboard").ToList();
        Assert.Equal([first.Id, first.Id, first.Id], keys.Select(key => key.GetProperty("client").GetString()));
        Assert.Equal(["expired", "expired", "good"], keys.Select(key => key.GetProperty("state").GetString()));
        Assert.All(keys, key => Assert.Equal(("partner", "market:read", "127.0.0.0/8", true), (key.GetProperty("role").GetString(), key.GetProperty("scopes")[0].GetString(), key.GetProperty("network").GetString(), key.TryGetProperty("last_used", out _))));
        Assert.DoesNotContain(first.Secret, (await hub.GetAsync("/keys")).Text, StringComparison.Ordinal);
        Assert.Equal(2, hub.Place.Count("SELECT count(*) FROM web_audit WHERE action = 'key.rotate'"));
    }

    [Theory, OnSqlite]
    public async Task Keys_AreOperatorsBusinessAlone(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        foreach (var wish in (KeyWish[])[new(Roles.Partner, "p", null, Scopes.All), new(Roles.Operator, "o", null, [Scopes.MarketWrite]), new(Roles.Member, "m", "p1")])
        {
            var key = await hub.Keys.CreateAsync(wish, "test");
            using var client = hub.Client(key.Text);
            using var response = await client.GetAsync(new Uri("/keys", UriKind.Relative));
            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    private static (int, string?) Problem(RestAnswer answer) => (answer.Code, answer.Json.GetProperty("code").GetString());

    private static async Task<bool> IsGoodAsync(RunningHub hub, ApiKey key)
    {
        using var client = hub.Client(key.Text);
        using var response = await client.GetAsync(new Uri("/participants", UriKind.Relative));
        return response.StatusCode == HttpStatusCode.OK;
    }
}
