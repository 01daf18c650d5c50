using CoMaKo.Contracts.Wire;
using CoMaKo.Hub;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using Dapper;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Ingest;

/// <summary>Several hubs on one server: whoever takes a batch, it has its effect once.</summary>
public sealed class ReplicaTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private TestHub hub = null!;
    private HubDatabase otherDatabase = null!;
    private IngestService other = null!;

    public void Dispose()
    {
        other?.Dispose();
        otherDatabase?.Dispose();
        hub?.Dispose();
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Push_ThatWaitedForTheGatewaysLock_SeesTheMarkAsItIsThen()
    {
        Start();
        var gateway = Filled("gw-1");
        await gateway.HelloAsync();
        await using var meanwhile = PostgresCluster.Instance.Connect(hub.Place.Name!);
        await using var transaction = await meanwhile.BeginTransactionAsync();
        meanwhile.Execute("UPDATE ing_gateway SET building_name = 'locked'");
        var push = Task.Run(() => gateway.PushAsync(1, 5));
        await UntilAsync(() => meanwhile.ExecuteScalar<long>("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);
        meanwhile.Execute("UPDATE ing_epoch SET acked_sequence = 4, acked_chain = @chain", new { chain = gateway.ChainAt(4) });
        await transaction.CommitAsync();
        var ack = await push.WaitAsync(Limit);

        Assert.Equal(5, ack.Mark.AckedSequence);
        Assert.Equal("5 to 5", hub.Texts("SELECT from_sequence || ' to ' || to_sequence FROM ing_batch"));
        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM met_total"));
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Push_OfOneBatchToAllReplicasAtOnce_HasEffectOnce()
    {
        Start();
        var gateways = Enumerable.Range(0, 12).Select(i => Filled($"gw-{i}", register: new RegisterId($"{i:x4}~1-0.1.8.0"))).ToList();
        foreach (var gateway in gateways) await gateway.HelloAsync();
        var acks = await Task.WhenAll(gateways.SelectMany(gateway => Enumerable.Range(0, 6).Select(i => Task.Run(() => (i % 2 == 0 ? hub.Ingest : other).PushAsync(gateway.Id, gateway.Batch(1, 3 + (i / 2)), CancellationToken.None)))));

        Assert.All(acks, ack => Assert.InRange(ack.Mark.AckedSequence, 3, 5));
        Assert.Equal((48, 0, 0), (hub.Value<int>("SELECT count(*) FROM met_total"), hub.Value<int>("SELECT count(*) FROM met_conflict"), hub.Value<int>("SELECT count(*) FROM ing_parked")));
        Assert.Equal(12, hub.Value<int>("SELECT count(*) FROM ing_epoch WHERE acked_sequence = 5"));
        Assert.Equal(60, hub.Value<int>("SELECT sum(to_sequence - from_sequence + 1) FROM ing_batch"));
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Registers_ThatTwoGatewaysSendFirst_BelongToOneEach()
    {
        Start();
        for (int round = 0; round < 10; round++)
        {
            var ids = Enumerable.Range(0, 6).Select(i => new RegisterId($"{round:x2}{i:x2}~1-0.1.8.0")).ToList();
            TestGateway[] two = [new(hub, $"a-{round}"), new(hub, $"b-{round}")];
            foreach (var id in ids) two[0].Append(Total("09:15", 1, register: id));
            foreach (var id in Enumerable.Reverse(ids)) two[1].Append(Total("09:30", 1, register: id));
            await Task.WhenAll(two.Select(gateway => gateway.HelloAsync()));
            var acks = await Task.WhenAll(
                Task.Run(() => hub.Ingest.PushAsync(two[0].Id, two[0].Batch(1, 6), CancellationToken.None)),
                Task.Run(() => other.PushAsync(two[1].Id, two[1].Batch(1, 6), CancellationToken.None)));

            Assert.Equal(6, acks.Sum(ack => ack.ParkedRecords));
        }

        Assert.Equal((60, 60, 60), (hub.Value<int>("SELECT count(*) FROM met_register"), hub.Value<int>("SELECT count(*) FROM met_total"), hub.Value<int>("SELECT count(*) FROM ing_parked WHERE reason = 'CMH-1204'")));
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Totals_LieInTheirMonths()
    {
        Start();
        TestGateway[] gateways = [new(hub), new(hub, "gw-2")];
        foreach (var (gateway, register) in gateways.Zip([Import, new RegisterId("0b~1-0.1.8.0")]))
        {
            gateway.Append(Total("2026-01-31T23:45:00Z", 1, register: register), Total("2026-02-01T00:00:00Z", 2, register: register));
            gateway.Append(Total("2015-01-01T00:00:00Z", 3, register: register), Total("2026-05-31T12:00:00Z", 4, register: register));
            await gateway.HelloAsync();
        }

        await Task.WhenAll(gateways[0].PushAsync(1, 4), other.PushAsync(gateways[1].Id, gateways[1].Batch(1, 4), CancellationToken.None));

        Assert.Equal(
            "met_total_2015_01 2, met_total_2026_01 2, met_total_2026_02 2, met_total_2026_05 2",
            hub.Texts("SELECT month || ' ' || count(*) FROM (SELECT inhparent::regclass::text AS month FROM met_total JOIN pg_inherits ON inhrelid = met_total.tableoid) AS parts GROUP BY month ORDER BY month"));
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Curves_DerivedByAllReplicasWhileTotalsCome_AreThoseOfTheLastTotals()
    {
        Start();
        var gateway = new TestGateway(hub).Append(Begin("2026-05-20T00:00:00Z", 0));
        for (int slot = 0; slot <= 300; slot++) gateway.Append(Total(At("2026-05-20T00:00:00Z").Plus(NodaTime.Duration.FromMinutes(15 * slot)).ToString(), slot * slot));
        await gateway.HelloAsync();
        LoadCurves[] curves = [new(hub.Database, hub.Clock), new(otherDatabase, hub.Clock)];
        using var stop = new CancellationTokenSource();
        var deriving = curves.Select(each => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) await each.DeriveMarkedDaysAsync(CancellationToken.None);
        })).ToList();
        for (int from = 1; from <= gateway.Last; from += 7) await gateway.PushAsync(from, Math.Min(gateway.Last, from + 6));
        await stop.CancelAsync();
        await Task.WhenAll(deriving).WaitAsync(Limit);
        await curves[0].DeriveMarkedDaysAsync(CancellationToken.None);

        var curve = await curves[1].ReadAsync((await curves[1].FindAsync(Import.Value))!, At("2026-05-20T00:00:00Z").ToUnixTimeSeconds(), At("2026-05-23T03:00:00Z").ToUnixTimeSeconds());
        Assert.Equal(Enumerable.Range(0, 300).Select(slot => (int?)((2 * slot) + 1)), curve.Slots.Select(slot => slot.Curve.Wh));
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM met_dirty"));
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM (SELECT max(version) - count(*) AS holes FROM met_curve_day GROUP BY series_id, day, source) AS days WHERE holes <> 0"));
        Assert.Equal(96, hub.Value<int>("SELECT count(*) FROM met_curve_day, met_slots(wh) WHERE day = 20594 AND version = (SELECT max(version) FROM met_curve_day WHERE day = 20594) AND value_wh = 2 * (slot + 88) + 1")); // 21 May begins at 22:00 UTC
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Gateway_IsToldToComeBack_WhileTheServerIsAway()
    {
        Start();
        var gateway = Filled("gw-1");
        await gateway.HelloAsync();
        await using var admin = PostgresCluster.Instance.Connect("postgres");
        admin.Execute($"ALTER DATABASE {hub.Place.Name} WITH ALLOW_CONNECTIONS false");
        admin.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = @Name", new { hub.Place.Name });
        var away = await Assert.ThrowsAsync<GrpcStatusException>(() => gateway.PushAsync(1, 5));
        admin.Execute($"ALTER DATABASE {hub.Place.Name} WITH ALLOW_CONNECTIONS true");

        Assert.Equal((GrpcStatusCode.Unavailable, true), (away.Status, away.RetryAfter > TimeSpan.Zero));
        Assert.Equal(5, (await gateway.PushAsync(1, 5)).Mark.AckedSequence);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Limit, "It did not come to that.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    private TestGateway Filled(string id, RegisterId? register = null) => new TestGateway(hub, id).Append(
        Begin("09:01", 1000, register: register), Total("09:15", 1100, register: register), Total("09:30", 1250, register: register),
        Total("09:45", 1400, register: register), Total("10:00", 1500, register: register));

    private void Start()
    {
        hub = new TestHub(Engine.Postgres);
        otherDatabase = HubSchema.Open(hub.Place.Address);
        other = new IngestService(otherDatabase, hub.Clock);
    }
}
