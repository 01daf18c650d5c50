using System.Net;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace CoMaKo.CloudSync.Tests.Hub.Access;

/// <summary>Keys at the door of a running hub.</summary>
public sealed class GateTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Key_Expired_IsWorthNothing(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var client = hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Operator, "short", Days: 1), "test")).Text);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/gateways"));
        hub.Clock.StepWallClock(TimeSpan.FromDays(1));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, "/gateways"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Key_WithOneWrongCharacter_IsWorthNothing(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        string text = (await hub.Keys.CreateAsync(new KeyWish(Roles.Operator, "k"), "test")).Text;
        foreach (int place in (int[])[0, 8, 15, 16, 17, 40, text.Length - 1])
        {
            using var client = hub.Client(text[..place] + (text[place] == 'x' ? 'y' : 'x') + text[(place + 1)..]);
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, "/gateways"));
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Database_HoldsNoSecret(Engine engine)
    {
        using var hub = new TestHub(engine);
        var key = await new ApiKeys(hub.Database, hub.Clock).CreateAsync(new KeyWish(Roles.Operator, "k"), "test");

        Assert.Equal(key.Id, hub.Texts("SELECT key_id FROM web_key"));
        Assert.Equal(32, hub.Value<long>("SELECT length(secret_sha256) FROM web_key"));
        Assert.DoesNotContain(key.Secret, hub.Texts("SELECT key_id || name || scopes FROM web_key") + hub.Texts("SELECT actor || action || subject || detail FROM web_audit"), StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    [Row("127.0.0.0/8", HttpStatusCode.OK)]
    [Row("192.0.2.0/24", HttpStatusCode.Forbidden)]
    [Row("2001:db8::/32", HttpStatusCode.Forbidden)]
    public async Task Key_WithANetwork_WorksFromThereOnly(Engine engine, string network, HttpStatusCode expected)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var client = hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Partner, "p", null, [Scopes.FleetRead], IPNetwork.Parse(network)), "test")).Text);

        Assert.Equal(expected, await StatusAsync(client, "/gateways"));
    }

    [Theory, OnSqlite]
    public async Task SomebodyAtThisMachine_OnTrial_MayReadAndNothingElse(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var client = hub.Client(null);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/pages/fleet"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/registers"));
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "198.51.100.7");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(client, "/pages/fleet"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/health"));
    }

    [Theory, OnSqlite]
    public async Task Requests_BeyondTheRate_AreToldWhenToComeBack(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine, new RequestRates(KeyBurst: 5, KeyPerSecond: 1, AddressBurst: 1000, AddressPerSecond: 1000));
        using var other = hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Operator, "other"), "test")).Text);
        var answers = new List<HttpResponseMessage>();
        for (int i = 0; i < 12; i++) answers.Add(await hub.Pages.GetAsync(new Uri("/gateways", UriKind.Relative)));

        var last = answers[^1];
        Assert.Equal((HttpStatusCode)429, last.StatusCode);
        Assert.InRange(last.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 10);
        Assert.Equal("CMH-1505", JsonDocument.Parse(await last.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
        Assert.True(answers.Count(answer => answer.IsSuccessStatusCode) >= 5);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other, "/gateways"));
    }

    [Theory, OnSqlite]
    [Row("POST", "/gateways", 405, "CMH-1410")]
    [Row("GET", "/nothing", 404, "CMH-1407")]
    [Row("GET", "/assets/none.css", 404, "CMH-1407")]
    public async Task BareStatuses_AreProblemsWithACode(Engine engine, string method, string path, int status, string code)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await hub.Pages.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public void Endpoint_WithoutAPolicy_StopsTheStart()
    {
        var builder = WebApplication.CreateSlimBuilder();
        using var app = (IDisposable)builder.Build();
        var endpoints = (IEndpointRouteBuilder)app;
        endpoints.MapGet("/fine", () => "").ForOperators(Scopes.FleetRead);
        endpoints.MapPost("/forgotten/{id}", () => "");

        string message = Assert.Throws<InvalidOperationException>(endpoints.RequirePolicies).Message;
        Assert.StartsWith("CMH-1506", message, StringComparison.Ordinal);
        Assert.Contains("POST /forgotten/{id}", message, StringComparison.Ordinal);
        Assert.DoesNotContain("/fine", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(Roles.Member), null, null, 365)]
    [InlineData(nameof(Roles.Operator), "p1", null, 365)]
    [InlineData(nameof(Roles.Partner), null, null, 365)]
    [InlineData(nameof(Roles.Partner), null, "fleet:write", 365)]
    [InlineData(nameof(Roles.Operator), null, null, 366)]
    [InlineData(nameof(Roles.Gateway), null, null, 1)]
    public void Wish_ThatMakesNoSense_IsRefused(string role, string? participant, string? scope, int days) =>
        Assert.Equal("CMH-1511", new KeyWish(Enum.Parse<Roles>(role), "k", participant, scope is null ? null : [scope], null, days).Validate()[0].Code);

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }
}
