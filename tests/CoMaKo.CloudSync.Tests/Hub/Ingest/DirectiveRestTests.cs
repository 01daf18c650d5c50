using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Ingest;

/// <summary>Directives over REST, out to a gateway over gRPC, and back with its answer.</summary>
public sealed class DirectiveRestTests : IAsyncLifetime
{
    private const string Path = "/gateways/gw-1/directives";
    private const string Prices = """{"id":"spot-1","kind":"prices","valid_until":"2026-06-02T22:00:00Z","content":{"eurPerKwh":{"start":"2026-06-01T10:00:00Z","values":[0.1,null,-0.05]}}}""";

    private RunningHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Directive_IsIssuedSentAndAnswered(Engine engine)
    {
        await StartAsync(engine);
        var issued = await hub.PostAsync(Path, Prices);
        Assert.Equal(201, issued.Code);
        Assert.Equal("""
            {"gateway":"gw-1","id":"spot-1","revision":1,"kind":"prices","valid_from":"2026-06-01T10:00:00Z","valid_until":"2026-06-02T22:00:00Z","issued_by":"KEY","issued_at":"2026-06-01T10:00:00Z","state":"issued",
            "content":{"eurPerKwh":{"start":"2026-06-01T10:00:00Z","values":[0.1,null,-0.05]}}}
            """.ReplaceLineEndings(""), issued.Text.Replace(issued.Json.GetProperty("issued_by").GetString()!, "KEY", StringComparison.Ordinal));
        Assert.Equal(200, (await hub.PostAsync(Path, Prices)).Code); // the same again is no other one

        var directive = Assert.Single(await WatchAsync(new WatchRequest(), 1, () => UntilAsync("sent")));
        Assert.Equal(("spot-1", 1, "prices", """{"eurPerKwh":{"start":"2026-06-01T10:00:00Z","values":[0.1,null,-0.05]}}"""), (directive.Id, directive.Revision, directive.Kind, directive.Content));
        await ReportAsync(DirectiveState.Types.State.Rejected, "CME-2105 The prices are of last year.");
        var answered = (await hub.GetAsync($"{Path}/spot-1")).Json;
        Assert.Equal(("rejected", "CME-2105 The prices are of last year."), (answered.GetProperty("state").GetString(), answered.GetProperty("reason").GetString()));
        Assert.Equal(1, hub.Place.Count("SELECT count(*) FROM web_audit WHERE action = 'directive.issue'"));
    }

    /// <summary>The same id with another end takes the first one's place, at the gateway too: so a limit ends early.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Directive_OfTheSameId_ReplacesTheFirst(Engine engine)
    {
        await StartAsync(engine);
        const string Limit = """{"id":"dim-1","kind":"limit","valid_from":"2026-06-01T10:00:00Z","valid_until":"2026-06-01T14:00:00Z","content":{"limit":"dim-14a","watts":4200}}""";
        Assert.Equal(201, (await hub.PostAsync(Path, Limit)).Code);
        var first = Assert.Single(await WatchAsync(new WatchRequest(), 1));
        Assert.Equal(201, (await hub.PostAsync(Path, Prices)).Code);
        var replaced = await hub.PostAsync(Path, Limit.Replace("14:00", "10:05", StringComparison.Ordinal));
        Assert.Equal((200, 3), (replaced.Code, replaced.Json.GetProperty("revision").GetInt32()));

        Assert.Equal(["spot-1 2", "dim-1 3"], (await WatchAsync(new WatchRequest { LastRevision = first.Revision, LastDirectiveId = first.Id }, 2)).Select(each => $"{each.Id} {each.Revision}"));
        Assert.Equal(["dim-1", "spot-1"], (await hub.GetAsync(Path)).Json.GetProperty("items").EnumerateArray().Select(each => each.GetProperty("id").GetString()));
        var page = (await hub.GetAsync($"{Path}?limit=1")).Json;
        Assert.Equal("spot-1", (await hub.GetAsync($"{Path}?limit=1&cursor={page.GetProperty("next").GetString()}")).Json.GetProperty("items")[0].GetProperty("id").GetString());
    }

    [Theory, OnSqlite]
    [Row("""{"kind":"prices","valid_until":"2026-06-01T10:00:00Z","content":{"eurPerKwh":{"start":"2026-06-01T10:07:00Z","values":[0.1,"x",6,-2]},"more":1}}""",
        "valid_until CMH-1441, content.eurPerKwh.start CMH-1443, content.eurPerKwh.values[1] CMH-1605, content.eurPerKwh.values[2] CMH-1608, content.eurPerKwh.values[3] CMH-1608, content.more CMH-1602")]
    [Row("""{"kind":"prices","valid_until":"2026-06-02T10:00:00Z","content":{"eurPerKwh":{"start":"2026-06-01T12:00:00+02:00","values":[3,2.5]}}}""", "content.eurPerKwh.start CMH-1443, content.eurPerKwh CMH-1443")]
    [Row("""{"kind":"prices","valid_until":"2027-12-02T10:00:00Z","content":{"eurPerKwh":{"start":"2026-06-01T12:00:00Z","values":[null]}}}""", "valid_until CMH-1441")]
    [Row("""{"kind":"prices","valid_until":"2026-06-02T10:00:00Z","content":{"eurPerKwh":{"start":"2026-06-01T12:00:00Z","values":[null]}}}""", "content.eurPerKwh CMH-1444")]
    [Row("""{"kind":"forecast","valid_until":"2026-06-02T10:00:00Z","content":{}}""", "content.pvKw CMH-1444")]
    [Row("""{"kind":"limit","valid_until":"2026-06-02T10:00:00Z","content":{"limit":"export","watts":-1}}""", "content.limit CMH-1606, content.watts CMH-1608")]
    [Row("""{"kind":"plan","id":"a b","content":{}}""", "kind CMH-1442, valid_until CMH-1604, id CMH-1606")]
    [Row("""{"kind":"wish","valid_until":"noon"}""", "kind CMH-1606, valid_until CMH-1609, content CMH-1604")]
    public async Task Directive_WithMistakes_IsRefusedWithAllOfThem(Engine engine, string body, string findings)
    {
        await StartAsync(engine);
        var answer = await hub.PostAsync(Path, body);
        Assert.Equal((422, findings), (answer.Code, answer.Findings));
        Assert.Empty((await hub.GetAsync(Path)).Json.GetProperty("items").EnumerateArray());
        Assert.Equal(404, (await hub.PostAsync("/gateways/gw-9/directives", Prices)).Code);
        Assert.Equal(404, (await hub.GetAsync("/gateways/gw-9/directives")).Code);
        Assert.Equal(404, (await hub.GetAsync($"{Path}/none")).Code);
    }

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        using var connection = hub.Connect("gw-1");
        await connection.UnaryAsync(EdgeSyncMethods.Report, new GatewayStatus(), TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    private async Task<IReadOnlyList<Directive>> WatchAsync(WatchRequest request, int count, Func<Task>? meanwhile = null)
    {
        using var connection = hub.Connect("gw-1");
        using var ending = new CancellationTokenSource();
        var directives = new List<Directive>();
        await foreach (var directive in connection.ServerStreamingAsync(EdgeSyncMethods.WatchDirectives, request, TimeSpan.FromSeconds(60), ending.Token))
        {
            directives.Add(directive);
            if (directives.Count < count) continue;
            if (meanwhile is not null) await meanwhile(); // the stream stays open for it
            break;
        }

        return directives;
    }

    private async Task ReportAsync(DirectiveState.Types.State state, string reason)
    {
        using var connection = hub.Connect("gw-1");
        await connection.UnaryAsync(EdgeSyncMethods.Report, new GatewayStatus { Directives = { new DirectiveState { Id = "spot-1", Revision = 1, State = state, Reason = reason } } }, TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    private async Task UntilAsync(string state)
    {
        long started = TimeProvider.System.GetTimestamp();
        while ((await hub.GetAsync($"{Path}/spot-1")).Json.GetProperty("state").GetString() != state)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), $"Never {state}.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
