using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Http;

namespace CoMaKo.CloudSync.Tests.Hub.Access;

/// <summary>The header Idempotency-Key on a running hub and its rows.</summary>
public sealed class IdempotencyTests
{
    private const string Point = """{"participant":"p1","direction":"consumption"}""";

    [Theory, OnSqlite, OnPostgres]
    public async Task Request_SentAgain_IsAnsweredAsBeforeAndNotDoneAgain(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var first = await PutAsync(hub, "a", Point);
        using var again = await PutAsync(hub, "a", Point);
        using var anew = await PutAsync(hub, "b", Point);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.OK), (first.StatusCode, again.StatusCode, anew.StatusCode));
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(first.Content.Headers.ContentType, again.Content.Headers.ContentType);
        Assert.Equal((false, true, false), (IsReplay(first), IsReplay(again), IsReplay(anew)));
    }

    [Theory, OnSqlite]
    [Row("a", """{"participant":"p2","direction":"consumption"}""", 422, "CMH-1508")]
    [Row("", Point, 400, "CMH-1510")]
    public async Task Name_ThatDoesNotFit_IsRefused(Engine engine, string name, string body, int status, string code)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var first = await PutAsync(hub, "a", Point);
        using var second = await PutAsync(hub, name, body);

        Assert.Equal(status, (int)second.StatusCode);
        Assert.Equal(code, JsonDocument.Parse(await second.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
    }

    [Theory, OnSqlite]
    public async Task Name_OfAnotherKey_IsAnotherName(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var first = await PutAsync(hub, "a", Point);
        using var other = hub.Client((await hub.Keys.CreateAsync(new KeyWish(Roles.Operator, "other"), "test")).Text);
        using var second = await PutAsync(hub, "a", Point, other);

        Assert.False(IsReplay(second));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Answer_IsKeptForADay(Engine engine)
    {
        using var hub = new TestHub(engine);
        var answers = new KeptAnswers(hub.Database, hub.Clock);
        byte[] request = SHA256.HashData("x"u8);
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "a", request)).State);
        Assert.Equal(RepeatState.Running, (await answers.BeginAsync("k", "a", request)).State);
        Assert.Equal(RepeatState.Other, (await answers.BeginAsync("k", "a", SHA256.HashData("y"u8))).State);
        await answers.KeepAsync("k", "a", new KeptAnswer(201, "application/json", "/readings/1", "{}"u8.ToArray()));
        hub.Clock.Advance(TimeSpan.FromHours(23));
        var (state, answer) = await answers.BeginAsync("k", "a", request);
        Assert.Equal((RepeatState.Done, 201, "application/json", "/readings/1", "{}"), (state, answer!.Status, answer.ContentType, answer.Location, Encoding.UTF8.GetString(answer.Body)));
        hub.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "a", request)).State);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Request_ThatFailedOrWhoseHubDied_MayBeDoneAgain(Engine engine)
    {
        using var hub = new TestHub(engine);
        var answers = new KeptAnswers(hub.Database, hub.Clock);
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "failed", [1])).State);
        await answers.ForgetAsync("k", "failed");
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "failed", [1])).State);
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "died", [1])).State);
        hub.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "died", [1])).State);
    }

    /// <summary>The database refuses to keep the answer, as if the hub died between what it did and the answer.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Request_WhoseAnswerCannotBeKept_IsNotDone(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        await ExecuteAsync(hub, engine == Engine.Sqlite
            ? ["CREATE TRIGGER fault BEFORE UPDATE OF status ON web_idempotency BEGIN SELECT RAISE(ABORT, 'fault'); END"]
            : ["CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fault''; END'", "CREATE TRIGGER fault BEFORE UPDATE OF status ON web_idempotency FOR EACH ROW EXECUTE FUNCTION fault()"]);
        using var lost = await PutAsync(hub, "a", Point);
        Assert.Equal((HttpStatusCode.InternalServerError, 0L), (lost.StatusCode, hub.Place.Count("SELECT count(*) FROM web_audit WHERE subject = 'ZP001'")));
        await ExecuteAsync(hub, engine == Engine.Sqlite ? ["DROP TRIGGER fault"] : ["DROP TRIGGER fault ON web_idempotency", "DROP FUNCTION fault"]);
        using var again = await PutAsync(hub, "a", Point);
        using var late = await PutAsync(hub, "a", Point);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (again.StatusCode, late.StatusCode));
        Assert.Equal((false, true), (IsReplay(again), IsReplay(late)));
        Assert.Equal(1, hub.Place.Count("SELECT count(*) FROM web_audit WHERE subject = 'ZP001'"));
    }

    /// <summary>The process dies after the commit and before the client hears of it.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Request_WhoseClientHeardNothing_GetsTheFirstAnswer(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        var desk = new Idempotency(new KeptAnswers(hub.Service<HubDatabase>(), hub.Clock));
        int done = 0;
        async Task DoAsync(HttpContext context)
        {
            await hub.Service<HubDatabase>().WriteAsync(tx => Audit.AppendAsync(tx, 1, "test", "thing.do", "thing", FormattableString.Invariant($"{++done}")));
            context.Response.StatusCode = 201;
            await context.Response.WriteAsync("first");
        }

        await Assert.ThrowsAsync<IOException>(() => desk.RunAsync(Request(new BrokenPipe()), DoAsync));
        using var body = new MemoryStream();
        var repeat = Request(body);
        await desk.RunAsync(repeat, DoAsync);
        Assert.Equal((201, "first", 1), (repeat.Response.StatusCode, Encoding.UTF8.GetString(body.ToArray()), done));
    }

    /// <summary>One request of each context, most of which read what they did before they answer. <c>done_us</c> would say that something was done before the answer was kept.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Answers_OfAllContexts_AreKeptWithWhatWasDone(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);
        string rebap = "start;price_eur_per_mwh\n2026-05-01T00:00:00+02:00;20,5\n";
        (HttpMethod Method, string Path, string Body, string Type, int Status)[] requests =
        [
            (HttpMethod.Put, "/participants/P100", """{"name":"Neu","kind":"person"}""", "application/json", 201),
            (HttpMethod.Put, "/metering_points/ZP100", """{"participant":"P100","direction":"both"}""", "application/json", 201),
            (HttpMethod.Put, "/balance_groups/BK100009", """{"name":"Neu","metering_points":["ZP100"],"allocation":"dynamic","price_ct_per_kwh":10}""", "application/json", 201),
            (HttpMethod.Put, "/participants/P100/tax_profiles", """{"tax_profiles":[{"treatment":"small_business"}]}""", "application/json", 200),
            (HttpMethod.Post, "/readings", """{"metering_point":"ZP007","timestamp":"2026-06-01T08:00:00+02:00","register_kwh":18540.1}""", "application/json", 201),
            (HttpMethod.Post, "/consumption", """[{"metering_point":"ZP100","direction":"consumption","start":"2026-05-30T10:00:00Z","kwh":0.5}]""", "application/json", 200),
            (HttpMethod.Post, "/prices/rebap", rebap, "text/csv", 200),
            (HttpMethod.Put, $"/balance_groups/{SampleCooperative.Group}/cost_share", """{"cost_share":"energy"}""", "application/json", 200),
            (HttpMethod.Put, "/alert_recipients/anna", """{"channel":"mail","target":"anna@example.org"}""", "application/json", 201),
            (HttpMethod.Post, "/people/invitations", """{"name":"anna","role":"viewer"}""", "application/json", 201),
            (HttpMethod.Post, "/disputes", """{"participant":"P001","subject":"day","thing":"2026-05-10","metering_point":"ZP001","text":"Too much."}""", "application/json", 201),
            (HttpMethod.Post, "/gateways/gw-0417/directives", """{"id":"dim-1","kind":"limit","valid_until":"2026-06-02T10:00:00Z","content":{"limit":"dim-14a","watts":4200}}""", "application/json", 201),
            (HttpMethod.Post, $"/balance_groups/{SampleCooperative.Group}/runs", """{"month":"2026-05"}""", "application/json", 200),
        ];
        foreach (var (each, i) in requests.Select((each, i) => (each, i)))
        {
            using var first = await SendAsync(hub, each.Method, each.Path, each.Body, each.Type, $"r{i}");
            using var again = await SendAsync(hub, each.Method, each.Path, each.Body, each.Type, $"r{i}");
            string text = await first.Content.ReadAsStringAsync();
            Assert.Equal((each.Path, each.Status, text), (each.Path, (int)first.StatusCode, text));
            Assert.Equal((each.Path, first.StatusCode, text, true), (each.Path, again.StatusCode, await again.Content.ReadAsStringAsync(), IsReplay(again)));
        }

        Assert.Equal(requests.Length, hub.Place.Count("SELECT count(*) FROM web_idempotency WHERE status < 300"));
        Assert.Equal(0, hub.Place.Count("SELECT count(*) FROM web_idempotency WHERE done_us IS NOT NULL"));
    }

    /// <summary>Two transactions do it, and the answer is in the last.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Request_OfTwoTransactions_WhoseHubDiesBetween_IsNotDoneAgain(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        var database = hub.Service<HubDatabase>();
        var answers = new KeptAnswers(database, hub.Clock);
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "a", [1])).State);
        await DieAsync();
        hub.Clock.Advance(TimeSpan.FromSeconds(10));

        var (state, answer) = await answers.BeginAsync("k", "a", [1]);
        Assert.Equal((RepeatState.Done, "CMH-1514"), (state, JsonDocument.Parse(answer!.Body).RootElement.GetProperty("code").GetString()));
        Assert.Equal((1, 0), (hub.Place.Count("SELECT count(*) FROM web_audit WHERE subject = 'one'"), hub.Place.Count("SELECT count(*) FROM web_audit WHERE subject = 'two'")));

        async Task DieAsync()
        {
            var effect = new HeldEffect(tx => answers.NoteDone(tx, "k", "a"));
            HubDatabase.Follow(effect);
            await database.WriteAsync(tx => Audit.AppendAsync(tx, 1, "test", "thing.do", "one", ""));
            await database.WriteAsync(tx => Audit.AppendAsync(tx, 1, "test", "thing.do", "two", ""));
            await effect.TakeBackAsync();
        }
    }

    private static async Task ExecuteAsync(RunningHub hub, string[] statements)
    {
        using var database = CoMaKo.Hub.HubSchema.Open(hub.Place.Address);
        foreach (string statement in statements) await database.WriteAsync(async tx => { await tx.ExecuteAsync(statement); });
    }

    [Theory, OnPostgres]
    public async Task Requests_AtTheSameMoment_AreDoneOnce(Engine engine)
    {
        using var hub = new TestHub(engine);
        var answers = new KeptAnswers(hub.Database, hub.Clock);
        var states = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ => (await answers.BeginAsync("k", "a", [1])).State));

        Assert.Equal(1, states.Count(state => state == RepeatState.First));
        Assert.Equal(15, states.Count(state => state == RepeatState.Running));
    }

    private static bool IsReplay(HttpResponseMessage response) => response.Headers.Contains("Idempotency-Replayed");

    private static DefaultHttpContext Request(Stream answer)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = "POST";
        context.Request.Path = "/things";
        context.Request.Headers[Idempotency.Header] = "a";
        context.Response.Body = answer;
        context.Features.Set(new Caller(Roles.Operator, Caller.KeyPrefix + "k", null, []));
        return context;
    }

    private static Task<HttpResponseMessage> PutAsync(RunningHub hub, string name, string body, HttpClient? client = null) => SendAsync(hub, HttpMethod.Put, "/metering_points/ZP001", body, "application/json", name, client);

    private static async Task<HttpResponseMessage> SendAsync(RunningHub hub, HttpMethod method, string path, string body, string type, string name, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, type) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", name);
        return await (client ?? hub.Pages).SendAsync(request);
    }

    /// <summary>A client that is gone.</summary>
    private sealed class BrokenPipe : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("broken pipe");
    }
}
