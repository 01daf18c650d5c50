using System.Net;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Every endpoint that exists, tried by everybody in every wrong way. Made from the endpoints themselves, so that a new one is covered or fails.</summary>
public sealed class GuardTests
{
    private static readonly Role?[] People = [null, Role.Viewer, Role.Installer, Role.Operator];

    [Fact]
    public async Task EveryEndpoint_SaysWhoMayUseIt()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        var endpoints = Endpoints(host);
        Assert.True(endpoints.Count >= 25);
        Assert.All(endpoints, endpoint => Assert.True(endpoint.Rule is not null, $"{endpoint.Path} has no rule, so nobody may use it."));
        Assert.All(endpoints.Where(endpoint => endpoint.IsUnsafe && endpoint.Path is not ("/sign-in" or "/first-boot" or "/preferences")), endpoint => Assert.NotNull(endpoint.Rule!.Needs));
    }

    [Fact]
    public async Task UnsafeEndpoint_WithoutTokenOriginOrRole_DoesNothing()
    {
        var real = new FakeTimeProvider();
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon, real);
        string ours = host.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);
        var unsafeOnes = Endpoints(host).Where(endpoint => endpoint.IsUnsafe).ToList();
        Assert.True(unsafeOnes.Count >= 7);
        using var stranger = await Person.OfAsync(host, null);
        int tried = 0;
        foreach (var role in People)
        {
            foreach (var endpoint in unsafeOnes)
            {
                using var person = await Person.OfAsync(host, role);
                string token = await person.TokenAsync();
                (string Name, string? Token, string? Origin, string? Site)[] wrong =
                [
                    ("no token", null, ours, "same-origin"),
                    ("another's token", await stranger.TokenAsync(), ours, "same-origin"),
                    ("a made-up token", new string('0', 64), ours, "same-origin"),
                    ("a foreign origin", token, "http://evil.example", "cross-site"),
                    ("a foreign origin alone", token, "http://evil.example", null),
                    ("another port", token, "http://127.0.0.1:1", null),
                    ("a hidden origin", token, "null", null),
                    ("a foreign site", token, null, "cross-site"),
                    ("a sister site", token, ours, "same-site"),
                ];
                int before = host.Building.Audit.Entries.Count;
                var state = host.Building.Access.Read();
                foreach (var (name, wrongToken, origin, site) in wrong)
                {
                    using var answer = await person.SendAsync(endpoint.Path, wrongToken, origin, site, "application/json", ("do", "add"), ("name", "eve"), ("role", "operator"));
                    Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{endpoint.Path} by {role?.ToString() ?? "a stranger"} with {name}: {answer.StatusCode}");
                    Assert.Contains("CME-2202", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                    tried++;
                }

                Assert.Equal(before, host.Building.Audit.Entries.Count);
                Assert.Same(state, host.Building.Access.Read());
                Assert.Empty(host.Building.Control.Calls);

                using var good = await person.SendAsync(endpoint.Path, token, ours, "same-origin", "application/json");
                bool may = endpoint.Rule!.Needs is null || role >= endpoint.Rule.Needs;
                host.Building.Control.Calls.Clear();
                string code = await good.Content.ReadAsStringAsync();
                if (may) Assert.False(code.Contains("CME-2202", StringComparison.Ordinal) || code.Contains("CME-2203", StringComparison.Ordinal) || code.Contains("CME-2204", StringComparison.Ordinal), $"{endpoint.Path} by {role}: {code}");
                else Assert.Contains(role is null ? "CME-2203" : "CME-2204", code, StringComparison.Ordinal);
            }
        }

        Assert.Equal(People.Length * unsafeOnes.Count * 9, tried);
    }

    [Fact]
    public async Task SafeEndpoint_ChangesNothing()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        using var boss = await Person.OfAsync(host, Role.Operator);
        int audited = host.Building.Audit.Entries.Count;
        var state = host.Building.Access.Read();
        foreach (var endpoint in Endpoints(host).Where(endpoint => !endpoint.IsUnsafe && endpoint.Path != "/events"))
            using (await boss.GetAsync(endpoint.Path.Replace("{device}", "grid-meter", StringComparison.Ordinal) + "?do=disable&name=operator&password=x&code=x"))
                Assert.Same(state, host.Building.Access.Read());
        Assert.Equal(audited, host.Building.Audit.Entries.Count);
    }

    [Theory]
    [InlineData("evil.example", false)]
    [InlineData("127.0.0.1.evil.example", false)]
    [InlineData("gw-0417.evil.example", false)]
    [InlineData("gw-0417", true)]
    [InlineData("gw-0417.local", true)]
    [InlineData("LOCALHOST", true)]
    [InlineData("[fe80::1]", true)]
    [InlineData("192.168.4.1", true)]
    [InlineData("keller.lan", true)]
    public async Task ForeignHostName_GetsNothing(string name, bool isOurs)
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon, configure: services => services.AddSingleton(AccessOptions.Default with { HostNames = ["keller.lan"] }));
        foreach (string path in (string[])["/", "/api/status", "/health", "/metrics", "/nowhere", "/events?topics=status"])
        {
            if (isOurs && path.StartsWith("/events", StringComparison.Ordinal)) continue;
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Host = name;
            request.Headers.Add("Accept", "text/html");
            using var answer = await host.Client.SendAsync(request);
            Assert.Equal(isOurs, answer.StatusCode != HttpStatusCode.MisdirectedRequest);
            if (!isOurs) Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task EveryAnswer_CarriesTheSecurityHeaders()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        foreach (string path in (string[])["/", "/api/status", "/health", "/sign-in", "/nowhere", "/api/nothing"])
        {
            using var answer = await host.GetAsync(path);
            foreach (string header in (string[])["Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"])
                Assert.True(answer.Headers.Contains(header), $"{path} lacks {header}");
        }
    }

    [Theory]
    [InlineData("application/json", "{}")]
    [InlineData("text/plain", "token=1")]
    [InlineData("multipart/form-data; boundary=x", "--x--")]
    public async Task Form_OfAnotherKind_IsNotRead(string type, string body)
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        using var content = new StringContent(body);
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type);
        using var answer = await host.Client.PostAsync(new Uri("/sign-in", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    private static List<(string Path, bool IsUnsafe, AccessRule? Rule)> Endpoints(PageHost host) =>
        [.. host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Select(endpoint => (
            Path: "/" + endpoint.RoutePattern.RawText!.TrimStart('/'),
            IsUnsafe: endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Any(method => method is not ("GET" or "HEAD")) == true,
            Rule: endpoint.Metadata.GetMetadata<AccessRule>()))];
}
