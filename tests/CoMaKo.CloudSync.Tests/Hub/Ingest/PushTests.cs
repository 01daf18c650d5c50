using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Ingest;
using CoMaKo.Testing;
using Google.Protobuf;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Ingest;

/// <summary>The hub's side of the mark: sync protocol, "How it is sent".</summary>
public sealed class PushTests : IDisposable
{
    private TestHub hub = null!;
    private TestGateway gateway = null!;

    public void Dispose() => hub?.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task Hello_NewEpoch_PutsBaseAndMarkBeforeTheFirstHeldRecord(Engine engine)
    {
        Start(engine);
        var reply = await gateway.HelloAsync(firstHeld: 3);

        Assert.Equal(2, reply.Mark.AckedSequence);
        Assert.Equal(gateway.ChainAt(2), reply.Mark.AckedChain.ToByteArray());
        Assert.Equal(2, reply.BaseSequence);
        Assert.Equal(500, reply.MaxBatchRecords);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Push_UnknownEpoch_AnswersWithoutMarkAndChangesNothing(Engine engine)
    {
        Start(engine);
        var ack = await gateway.PushAsync(1, 5);

        Assert.Null(ack.Mark);
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM met_total"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Push_Batch_MovesTheMarkAndStoresTotals(Engine engine)
    {
        Start(engine);
        await gateway.HelloAsync();
        var ack = await gateway.PushAsync(1, 5);

        Assert.Equal(5, ack.Mark.AckedSequence);
        Assert.Equal(gateway.ChainAt(5), ack.Mark.AckedChain.ToByteArray());
        Assert.Equal(4, hub.Value<int>("SELECT count(*) FROM met_total"));
        Assert.Equal(1250, hub.Value<int>("SELECT total_wh FROM met_total WHERE slot_end = 1780306200"));
        Assert.Equal(5, (await gateway.HelloAsync()).Mark.AckedSequence);
    }

    [Theory, OnSqlite, OnPostgres]
    [Row(1, 5)]
    [Row(2, 3)]
    [Row(3, 3)]
    public async Task Push_RepeatedOrOverlapping_HasEffectOnce(Engine engine, long from, long to)
    {
        Start(engine);
        await gateway.HelloAsync();
        await gateway.PushAsync(1, 3);
        var ack = await gateway.PushAsync(from, to);

        Assert.Equal(Math.Max(3, to), ack.Mark.AckedSequence);
        Assert.Equal(Math.Max(3, to) - 1, hub.Value<int>("SELECT count(*) FROM met_total"));
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM met_conflict"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Push_BeyondTheMark_ChangesNothingAndAnswersTheMark(Engine engine)
    {
        Start(engine);
        await gateway.HelloAsync();
        await gateway.PushAsync(1, 2);
        var ack = await gateway.PushAsync(4, 5);

        Assert.Equal(2, ack.Mark.AckedSequence);
        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM met_total"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Push_BelowTheMark_ChangesNothingAndAnswersTheMark(Engine engine)
    {
        Start(engine);
        await gateway.HelloAsync();
        await gateway.PushAsync(1, 5);
        var ack = await gateway.PushAsync(1, 3);

        Assert.Equal(5, ack.Mark.AckedSequence);
        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM ing_batch"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Push_OtherHistoryAtTheMark_ChangesNothing(Engine engine)
    {
        Start(engine);
        await gateway.HelloAsync();
        await gateway.PushAsync(1, 3);
        var other = new TestGateway(hub).Append(Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1251), Total("09:45", 1400));
        var ack = await other.PushAsync(1, 4);

        Assert.Equal(3, ack.Mark.AckedSequence);
        Assert.Equal(gateway.ChainAt(3), ack.Mark.AckedChain.ToByteArray());
        Assert.Equal(2, hub.Value<int>("SELECT count(*) FROM met_total"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Push_RecordChangedOnTheWay_ChangesNothing(Engine engine)
    {
        Start(engine);
        await gateway.HelloAsync();
        var batch = gateway.Batch(1, 5);
        byte[] changed = batch.Entries[2].Record.ToByteArray();
        changed[^1] ^= 1;
        batch.Entries[2] = new Entry { Record = ByteString.CopyFrom(changed) };
        var ack = await hub.Ingest.PushAsync(gateway.Id, batch, CancellationToken.None);

        Assert.Equal(0, ack.Mark.AckedSequence);
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM met_total"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Push_NewEpochWithTheSameRecords_IsANoOpForTotals(Engine engine)
    {
        Start(engine);
        await gateway.SyncAsync();
        gateway.Epoch = 7;
        var ack = await gateway.SyncAsync();

        Assert.Equal(5, ack.Mark.AckedSequence);
        Assert.Equal(4, hub.Value<int>("SELECT count(*) FROM met_total"));
        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM met_segment"));
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM met_conflict") + hub.Value<int>("SELECT count(*) FROM ing_parked") + hub.Value<int>("SELECT count(*) FROM ing_note"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Push_ManyGatewaysAtOnce_EachHasItsOwnMark(Engine engine)
    {
        Start(engine);
        var gateways = Enumerable.Range(0, 40).Select(i => new TestGateway(hub, $"gw-{i}").Append(
            Begin("09:01", 1, register: new($"{i:x4}~1-0.1.8.0")), Total("09:15", 2, register: new($"{i:x4}~1-0.1.8.0")))).ToList();
        var acks = await Task.WhenAll(gateways.Select(each => Task.Run(each.SyncAsync)));

        Assert.All(acks, ack => Assert.Equal(2, ack.Mark.AckedSequence));
        Assert.Equal(40, hub.Value<int>("SELECT count(*) FROM met_total"));
        Assert.Equal(40, hub.Value<int>("SELECT count(DISTINCT gateway_id) FROM ing_batch"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Push_NoBatchAtAll_IsRefused(Engine engine)
    {
        Start(engine);
        await gateway.HelloAsync();
        var empty = gateway.Batch(1, 5);
        empty.Entries.Clear();

        var refused = await Assert.ThrowsAsync<GrpcStatusException>(() => hub.Ingest.PushAsync(gateway.Id, empty, CancellationToken.None));
        Assert.Equal(GrpcStatusCode.InvalidArgument, refused.Status);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task BatchLog_EveryBatch_ReHashesFromItsChainBeforeToItsChainAfter(Engine engine)
    {
        Start(engine);
        await gateway.HelloAsync();
        await gateway.PushAsync(1, 2);
        await gateway.PushAsync(1, 5); // overlaps: only the rest is logged

        using var reader = await hub.Database.OpenReaderAsync();
        var rows = Dapper.SqlMapper.Query<(long From, long To, byte[] Before, byte[] After, byte[] Records)>(
            reader, "SELECT from_sequence, to_sequence, chain_before, chain_after, records FROM ing_batch ORDER BY from_sequence").ToList();
        Assert.Equal([(1L, 2L), (3L, 5L)], rows.Select(row => (row.From, row.To)));
        Assert.All(rows, row => Assert.Equal(row.After, BatchLog.ChainAfter(row.Before, row.Records, (int)(row.To - row.From + 1))));
    }

    private void Start(Engine engine)
    {
        hub = new TestHub(engine);
        gateway = new TestGateway(hub).Append(Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250), Total("09:45", 1400), Total("10:00", 1500));
    }
}
