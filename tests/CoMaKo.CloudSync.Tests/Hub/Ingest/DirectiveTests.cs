using CoMaKo.Contracts.V1;
using CoMaKo.Hub.Ingest;
using CoMaKo.Quantities;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Ingest;

/// <summary>Directives: resumed after the pair of revision and id.</summary>
public sealed class DirectiveTests : IDisposable
{
    private static readonly GatewayId Gateway = new("gw-1");

    private TestHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC
    private long nowUs;

    public void Dispose() => hub?.Dispose();

    [Theory, OnSqlite, OnPostgres]
    [Row(0, "", new[] { 2L, 3L })] // new gateway: everything still valid
    [Row(1, "d1", new[] { 2L, 3L })]
    [Row(2, "d2", new[] { 3L })]
    [Row(2, "other", new[] { 2L, 3L })] // the hub was restored and gave the revision again
    [Row(9, "d9", new[] { 2L, 3L })]
    public async Task Watch_ResumesAfterAKnownPair(Engine engine, long revision, string id, long[] expected)
    {
        Start(engine);
        await IssueAsync(1, nowUs - 1);
        await IssueAsync(2, nowUs + 1_000_000);
        await IssueAsync(3, nowUs + 1_000_000);

        Assert.Equal(expected, await WatchAsync(new WatchRequest { LastRevision = revision, LastDirectiveId = id }, expected.Length));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Watch_AfterAKnownPair_SendsExpiredOnesToo_SoThatTheGatewayAnswersThem(Engine engine)
    {
        Start(engine);
        await IssueAsync(1, nowUs + 1_000_000);
        await IssueAsync(2, nowUs - 1);

        Assert.Equal([2], await WatchAsync(new WatchRequest { LastRevision = 1, LastDirectiveId = "d1" }, 1));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Watch_IsWokenByADirective_WhateverReplicaIssuesIt(Engine engine)
    {
        Start(engine); // its clock stands still: nothing but a signal wakes the stream
        await hub.Ingest.ReportAsync(Gateway, new GatewayStatus(), CancellationToken.None);
        await using var stream = hub.Ingest.WatchDirectivesAsync(Gateway, new WatchRequest(), CancellationToken.None).GetAsyncEnumerator();
        using var other = engine == Engine.Postgres ? CoMaKo.Hub.HubSchema.Open(hub.Place.Address) : null;
        for (int i = 1; i <= 3; i++)
        {
            var next = stream.MoveNextAsync().AsTask();
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            long? revision = await (other ?? hub.Database).WriteAsync(tx => DirectiveRows.IssueAsync(tx, Gateway, new Directive
            {
                Id = FormattableString.Invariant($"d{i}"), ValidUntilUnixUs = nowUs + 1_000_000, IssuedBy = "operator", Kind = "prices", Content = "{}",
            }));

            Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(30)));
            Assert.Equal((i, i), (revision, stream.Current.Revision));
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Issue_OfTheSameIdOrToNobody_GivesNoRevision(Engine engine)
    {
        Start(engine);
        await hub.Ingest.ReportAsync(Gateway, new GatewayStatus(), CancellationToken.None);
        var directive = new Directive { Id = "d1", ValidUntilUnixUs = 1, IssuedBy = "operator", Kind = "prices", Content = "{}" };
        Assert.Equal(1, await hub.Database.WriteAsync(tx => DirectiveRows.IssueAsync(tx, Gateway, directive)));
        Assert.Null(await hub.Database.WriteAsync(tx => DirectiveRows.IssueAsync(tx, Gateway, directive)));
        Assert.Null(await hub.Database.WriteAsync(tx => DirectiveRows.IssueAsync(tx, new GatewayId("gw-2"), directive)));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Watch_GoesOnWithNewOnes(Engine engine)
    {
        Start(engine);
        await IssueAsync(1, nowUs + 1_000_000_000);
        await using var stream = hub.Ingest.WatchDirectivesAsync(Gateway, new WatchRequest(), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await stream.MoveNextAsync());
        await IssueAsync(2, nowUs + 1_000_000_000);
        var next = stream.MoveNextAsync().AsTask();
        for (int i = 0; i < 100 && !next.IsCompleted; i++)
        {
            hub.Clock.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal("d2", stream.Current.Id);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Report_NotesStatesAndAnswersTheRevision(Engine engine)
    {
        Start(engine);
        await IssueAsync(1, nowUs + 1_000_000);
        var reply = await hub.Ingest.ReportAsync(
            Gateway, new GatewayStatus { Directives = { new DirectiveState { Id = "d1", Revision = 1, State = DirectiveState.Types.State.Accepted } } }, CancellationToken.None);

        Assert.Equal((nowUs, 1), (reply.ServerTimeUnixUs, reply.DirectiveRevision));
        Assert.Equal((int)DirectiveState.Types.State.Accepted, hub.Value<int>("SELECT state FROM ing_directive"));
    }

    private async Task<IReadOnlyList<long>> WatchAsync(WatchRequest request, int count)
    {
        var revisions = new List<long>();
        await foreach (var directive in hub.Ingest.WatchDirectivesAsync(Gateway, request, CancellationToken.None))
        {
            revisions.Add(directive.Revision);
            if (revisions.Count == count) break;
        }

        return revisions;
    }

    private async Task IssueAsync(int revision, long validUntilUs)
    {
        await hub.Ingest.ReportAsync(Gateway, new GatewayStatus(), CancellationToken.None);
        await hub.Database.WriteAsync(async tx =>
        {
            await tx.ExecuteAsync(
                "INSERT INTO ing_directive (gateway_id, revision, directive_id, valid_from_us, valid_until_us, issued_by, kind, content) VALUES (1, @revision, @id, 0, @validUntilUs, 'operator', 'prices', '{}')",
                new { revision, id = FormattableString.Invariant($"d{revision}"), validUntilUs });
            await tx.ExecuteAsync("UPDATE ing_gateway SET directive_revision = @revision", new { revision });
        });
    }

    private void Start(Engine engine)
    {
        hub = new TestHub(engine);
        nowUs = (hub.Clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
    }
}
