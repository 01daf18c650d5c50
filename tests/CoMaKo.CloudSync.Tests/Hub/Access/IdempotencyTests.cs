using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CoMaKo.Hub.Access;
using CoMaKo.Testing;

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
        await answers.EndAsync("k", "a", new KeptAnswer(201, "application/json", "/readings/1", "{}"u8.ToArray()));
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
        await answers.EndAsync("k", "failed", answer: null);
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "failed", [1])).State);
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "died", [1])).State);
        hub.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(RepeatState.First, (await answers.BeginAsync("k", "died", [1])).State);
    }

    /// <summary>The database refuses to keep the answer, as if the hub died just then. Meanwhile somebody else goes on with the thing.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Request_WhoseAnswerWasLost_IsNotDoneAgain(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        await ExecuteAsync(hub, engine == Engine.Sqlite
            ? ["CREATE TRIGGER fault BEFORE UPDATE OF status ON web_idempotency BEGIN SELECT RAISE(ABORT, 'fault'); END"]
            : ["CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fault''; END'", "CREATE TRIGGER fault BEFORE UPDATE OF status ON web_idempotency FOR EACH ROW EXECUTE FUNCTION fault()"]);
        using var lost = await PutAsync(hub, "a", Point);
        await ExecuteAsync(hub, engine == Engine.Sqlite ? ["DROP TRIGGER fault"] : ["DROP TRIGGER fault ON web_idempotency", "DROP FUNCTION fault"]);
        Assert.Equal(HttpStatusCode.InternalServerError, lost.StatusCode);
        using var other = await PutAsync(hub, "b", Point.Replace("p1", "p2", StringComparison.Ordinal));
        using var early = await PutAsync(hub, "a", Point); // its process might still be at the answer
        hub.Clock.Advance(TimeSpan.FromSeconds(10));
        using var again = await PutAsync(hub, "a", Point);
        hub.Clock.Advance(TimeSpan.FromHours(1));
        using var late = await PutAsync(hub, "a", Point);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Conflict, HttpStatusCode.OK, HttpStatusCode.OK), (other.StatusCode, early.StatusCode, again.StatusCode, late.StatusCode));
        Assert.Equal("CMH-1514", JsonDocument.Parse(await late.Content.ReadAsStringAsync()).RootElement.GetProperty("code").GetString());
        Assert.True(IsReplay(again) && IsReplay(late));
        Assert.Contains("p2", await hub.Pages.GetStringAsync(new Uri("/metering_points/ZP001", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Equal(2, hub.Place.Count("SELECT count(*) FROM web_audit WHERE subject = 'ZP001'"));
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

    private static async Task<HttpResponseMessage> PutAsync(RunningHub hub, string name, string body, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/metering_points/ZP001") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", name);
        return await (client ?? hub.Pages).SendAsync(request);
    }
}
