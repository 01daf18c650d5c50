using System.Net;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Ingest;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.CloudSync.Tests.Hub.Access;

/// <summary>Every endpoint of the running hub × every kind of caller × a thing of its own, of another, of nobody. The list comes from the endpoint table.</summary>
public sealed class AccessMatrixTests
{
    private const string Own = "own-1", Foreign = "foreign-1", Unknown = "unknown-1";

    /// <summary>What lets in who is not known, written by hand: one more is a decision.</summary>
    private static readonly string[] Open =
    [
        "GET /", "GET /pages/second_factor", "POST /pages/second_factor", "GET /pages/forgotten", "POST /pages/forgotten", "POST /pages/passkeys/options", "POST /pages/passkeys/sign_in", "GET /pages/sign_in", "POST /pages/sign_in", "GET /pages/invitation", "POST /pages/invitation",
        "GET /health", "GET /health/live", "GET /health/ready", "GET /openapi/{documentName}.json", "GET,HEAD /assets/{file}", "POST /preferences",
    ];

    [Theory, OnSqlite]
    public async Task Matrix_OfEveryEndpoint_IsAsDeclared(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        var callers = await CallersAsync(hub);
        var wrong = new List<string>();
        int checks = 0;
        foreach (var endpoint in hub.Endpoints.Where(endpoint => !endpoint.IsOnSyncListener()))
        {
            var policy = endpoint.Metadata.GetMetadata<AccessPolicy>()!;
            if (endpoint.RoutePattern.RawText == "/pages/sign_out") continue; // ends the session that the following rows need; PeopleTests has it
            foreach (string method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                foreach (var caller in callers)
                    foreach (string thing in (string[])[Own, Foreign, Unknown])
                    {
                        var expected = Expect(policy, caller, thing);
                        var (status, code) = await SendAsync(caller, method, PathOf(endpoint, policy, thing));
                        checks++;
                        if (!Fits(expected, status, code)) wrong.Add($"{method} {endpoint.RoutePattern.RawText}, {caller.Name}, {thing}: {status} {code}, not {expected}");
                    }
        }

        Assert.Empty(wrong);
        Assert.True(checks >= hub.Endpoints.Count(endpoint => !endpoint.IsOnSyncListener() && endpoint.RoutePattern.RawText != "/pages/sign_out") * callers.Count * 3);
    }

    [Theory, OnSqlite]
    public async Task Endpoints_WithoutKey_AreThoseOfTheList(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        var open = hub.Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<AccessPolicy>()!.Roles.HasFlag(Roles.Anonymous)).Select(AccessPolicies.NameOf);
        Assert.Equal(Open.Order(StringComparer.Ordinal), open.Order(StringComparer.Ordinal));
    }

    [Theory, OnSqlite]
    public async Task Viewers_OfTheFleet_ChangeNothing(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        Assert.All(
            hub.Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<AccessPolicy>()!.Roles.HasFlag(Roles.Viewer) && endpoint.Metadata.GetMetadata<AccessPolicy>() is { IsForPeople: false, IsOpen: false }),
            endpoint => Assert.Equal(["GET"], endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods));
    }

    [Theory, OnSqlite]
    public async Task SyncCalls_OnThePagesPort_AreNotThereForAnybody(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        foreach (var endpoint in hub.Endpoints.Where(endpoint => endpoint.IsOnSyncListener()))
        {
            Assert.Equal(Roles.Gateway, endpoint.Metadata.GetMetadata<AccessPolicy>()!.Roles);
            foreach (var caller in await CallersAsync(hub)) Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(caller, "POST", PathOf(endpoint, new AccessPolicy(Roles.Gateway), Own))).Status);
        }
    }

    [Theory, OnSqlite]
    public async Task Foreign_AndUnknown_AnswerTheSame(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        using var member = hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Member, "m", "p1"), "test")).Text);
        Assert.Equal(await BodyAsync(Foreign), await BodyAsync(Unknown));

        async Task<string> BodyAsync(string register)
        {
            using var response = await member.GetAsync(new Uri($"/load_curves/{register}", UriKind.Relative));
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            return string.Join('|', body.RootElement.EnumerateObject().Where(member => member.Name is not ("trace_id" or "instance")).Select(member => member.ToString()));
        }
    }

    private static Task<RunningHub> StartAsync(Engine engine) => RunningHub.StartAsync(engine, new RequestRates(100_000, 1000, 100_000, 1000), services =>
    {
        foreach (var subject in Enum.GetValues<Owned>()) services.AddSingleton<IOwnership>(new OwnThing(subject));
    });

    private static async Task<IReadOnlyList<Visitor>> CallersAsync(RunningHub hub)
    {
        var callers = new List<Visitor> { new("nobody", Roles.Anonymous, [], hub.Client(null), IsGood: true) };
        callers[0].Client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1"); // brought by a proxy: not somebody at this machine
        foreach (var wish in (KeyWish[])
        [
            new(Roles.Viewer, "viewer"), new(Roles.Member, "member", "p1"), new(Roles.Operator, "operator"), new(Roles.Operator, "operator with a scope", null, [Scopes.FleetRead]),
            .. Scopes.All.Select(scope => new KeyWish(Roles.Partner, scope, null, [scope])),
        ])
            callers.Add(new Visitor(wish.Name, wish.Role, wish.Scopes ?? [], hub.Client((await hub.Keys.CreateAsync(wish, "test")).Text), IsGood: true));
        foreach (var role in (Roles[])[Roles.Viewer, Roles.Member, Roles.Operator])
            callers.Add(new Visitor($"{role}, signed in", role, [], await hub.SignedInAsync(role, role == Roles.Member ? "p1" : null), IsGood: true, IsPerson: true));
        var revoked = await hub.Keys.CreateAsync(new KeyWish(Roles.Operator, "revoked"), "test");
        Assert.True(await hub.Keys.RevokeAsync(revoked.Id, "test"));
        callers.Add(new Visitor("revoked", Roles.Operator, [], hub.Client(revoked.Text), IsGood: false));
        callers.Add(new Visitor("invented", Roles.Operator, [], hub.Client(ApiKey.New().Text), IsGood: false));
        var stolen = hub.Client(null);
        stolen.DefaultRequestHeaders.Add("Cookie", "session=" + new string('A', 43));
        stolen.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        callers.Add(new Visitor("invented session", Roles.Operator, [], stolen, IsGood: false));
        callers.Add(new Visitor("no key at all", Roles.Operator, [], hub.Client("secret"), IsGood: false));
        return callers;
    }

    private static string Expect(AccessPolicy policy, Visitor caller, string thing)
    {
        if (policy.Roles == Roles.Anonymous || (policy.IsOpen && (caller.IsGood || !caller.Client.DefaultRequestHeaders.Contains(Gate.Header)))) return "in";
        if (!caller.IsGood || caller.Role == Roles.Anonymous) return "401";
        if (policy.IsForPeople && !caller.IsPerson) return "403";
        bool hasScope = caller.Scopes.Count == 0 ? caller.Role != Roles.Partner : caller.Scopes.Contains(policy.Scope);
        if (!policy.Roles.HasFlag(caller.Role) || !hasScope) return "403";
        return caller.Role == Roles.Member && policy.RouteValue is not null && thing != Own ? "404" : "in";
    }

    private static bool Fits(string expected, HttpStatusCode status, string? code) => expected switch
    {
        "401" => status == HttpStatusCode.Unauthorized && code is "CMH-1501" or "CMH-1502",
        "403" => status == HttpStatusCode.Forbidden && code is "CMH-1503" or "CMH-1550",
        "404" => status == HttpStatusCode.NotFound && code == "CMH-1507",
        _ => status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.TooManyRequests) && (int)status < 500 && code != "CMH-1507",
    };

    private static string PathOf(RouteEndpoint endpoint, AccessPolicy policy, string thing) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment =>
        string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart value => value.Name == policy.RouteValue ? thing : "x1",
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            _ => "",
        }))));

    private static async Task<(HttpStatusCode Status, string? Code)> SendAsync(Visitor caller, string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await caller.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (method == "HEAD" || response.Content.Headers.ContentType?.MediaType != "application/problem+json") return (response.StatusCode, null);
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return (response.StatusCode, problem.RootElement.TryGetProperty("code", out var code) ? code.GetString() : null);
    }

    private sealed record Visitor(string Name, Roles Role, IReadOnlyList<string> Scopes, HttpClient Client, bool IsGood, bool IsPerson = false);

    /// <summary>One thing of each kind belongs to one participant.</summary>
    private sealed class OwnThing(Owned subject) : IOwnership
    {
        public Owned Subject => subject;

        public ValueTask<bool> OwnsAsync(string participant, string id) => new(participant == "p1" && id == Own);
    }
}
