using CoMaKo.Quantities;
using CoMaKo.Testing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Ingest;

/// <summary>What is kept aside, what is in conflict, what waits and what the operator is told.</summary>
public sealed class ParkingTests : IDisposable
{
    private TestHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC
    private TestGateway gateway = null!;

    public void Dispose() => hub?.Dispose();

    [Theory, OnSqlite, OnPostgres]
    [Row("2026-06-01T10:15:00Z", "CMH-1202")] // 15 min ahead
    [Row("2014-12-31T23:45:00Z", "CMH-1203")]
    public async Task Total_OfAnImpossibleTime_IsParkedAndAcknowledged(Engine engine, string slotEnd, string code)
    {
        Start(engine);
        var ack = await gateway.Append(Begin("09:01", 1), Total(slotEnd, 2), Total("09:15", 3)).SyncAsync();

        Assert.Equal((3, 1), (ack.Mark.AckedSequence, ack.ParkedRecords));
        Assert.Equal(code, hub.Value<string>("SELECT reason FROM ing_parked"));
        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM met_total"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Total_TwoMinutesAhead_IsTaken(Engine engine)
    {
        Start(engine);
        hub.Clock.StepWallClock(TimeSpan.FromSeconds(-120));
        var ack = await gateway.Append(Begin("09:01", 1), Total("10:00", 2)).SyncAsync();

        Assert.Equal(0, ack.ParkedRecords);
        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM met_total"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Bytes_ThatAreNoRecord_AreParkedRaw(Engine engine)
    {
        Start(engine);
        gateway.Append(Begin("09:01", 1)).AppendBytes([0xff, 0xff, 0xff]);
        gateway.Append(Total("09:15", 3));
        var ack = await gateway.SyncAsync();

        Assert.Equal((3, 1), (ack.Mark.AckedSequence, ack.ParkedRecords));
        Assert.Equal([0xff, 0xff, 0xff], hub.Value<byte[]>("SELECT record FROM ing_parked WHERE reason = 'CMH-1101'"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task ParkedBytes_Again_AreNothing(Engine engine)
    {
        Start(engine);
        gateway.Append(Begin("09:01", 1), Total("10:30", 2));
        await gateway.SyncAsync();
        gateway.Epoch = 2;
        hub.Clock.Advance(TimeSpan.FromHours(1)); // now the slot is past, but the record was judged
        var ack = await gateway.SyncAsync();

        Assert.Equal(0, ack.ParkedRecords);
        Assert.Equal((1, 0), (hub.Value<int>("SELECT count(*) FROM ing_parked"), hub.Value<int>("SELECT count(*) FROM met_total")));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task DamagedRecord_KeepsTheChainAndIsAppliedIfItsBytesStillCome(Engine engine)
    {
        Start(engine);
        gateway.Append(Begin("09:01", 1), Total("09:15", 2), Total("09:30", 3));
        var intact = gateway.Batch(1, 3);
        gateway.Damage(2);
        Assert.Equal((3, 1), (await gateway.SyncAsync() is var ack ? ack.Mark.AckedSequence : 0, ack.ParkedRecords));
        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM ing_parked WHERE reason = 'CMH-1201' AND record IS NULL"));

        gateway.Epoch = intact.Epoch = 2;
        await gateway.HelloAsync();
        await hub.Ingest.PushAsync(gateway.Id, intact, CancellationToken.None);
        Assert.Equal((0, 2), (hub.Value<int>("SELECT count(*) FROM ing_parked"), hub.Value<int>("SELECT count(*) FROM met_total")));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task DamagedRecord_ThatTheHubHasFromAnEarlierEpoch_IsNotParked(Engine engine)
    {
        Start(engine);
        await gateway.Append(Begin("09:01", 1), Total("09:15", 2), Total("09:30", 3)).SyncAsync();
        gateway.Damage(2);
        gateway.Epoch = 2;
        var ack = await gateway.SyncAsync();

        Assert.Equal((3, 0), (ack.Mark.AckedSequence, ack.ParkedRecords));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Register_OfAnotherGateway_IsParkedAndNoted(Engine engine)
    {
        Start(engine);
        await gateway.Append(Begin("09:01", 1), Total("09:15", 2)).SyncAsync();
        var second = new TestGateway(hub, "gw-2").Append(Total("09:30", 3));
        var ack = await second.SyncAsync();

        Assert.Equal((1, 1), (ack.Mark.AckedSequence, ack.ParkedRecords));
        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM met_total"));
        Assert.Equal("gw-2", hub.Value<string>("SELECT g.name FROM ing_note n JOIN ing_gateway g ON g.gateway_id = n.gateway_id WHERE code = 'CMH-1204'"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task OtherTotal_OfTheSameSlot_IsAConflictOnce(Engine engine)
    {
        Start(engine);
        await gateway.Append(Begin("09:01", 1), Total("09:15", 2), Total("09:15", 5)).SyncAsync();
        gateway.Epoch = 2;
        await gateway.SyncAsync();

        Assert.Equal(2, hub.Value<int>("SELECT total_wh FROM met_total"));
        Assert.Equal("total 5", hub.Texts("SELECT kind || ' ' || total_wh FROM met_conflict"));
    }

    [Theory, OnSqlite, OnPostgres]
    [Row(true)]
    [Row(false)]
    public async Task Total_AfterItsSegmentsEnd_IsAConflictInAnyOrder(Engine engine, bool endFirst)
    {
        Start(engine);
        SyncRecord end = End("09:20", 3), late = Total("09:30", 4);
        await gateway.Append(Begin("09:01", 1), Total("09:15", 2), endFirst ? end : late, endFirst ? late : end).SyncAsync();

        Assert.Equal("after_end 4", hub.Texts("SELECT kind || ' ' || total_wh FROM met_conflict"));
        Assert.Equal(2, hub.Value<int>("SELECT count(*) FROM met_total"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task ClockUncertainTotal_IsEvidenceInTheLogOnly(Engine engine)
    {
        Start(engine);
        var ack = await gateway.Append(Begin("09:01", 1), Total("1970-01-01T01:00:00Z", 2, segment: 0, quality: Quality.ClockUncertain)).SyncAsync();

        Assert.Equal((2, 0), (ack.Mark.AckedSequence, ack.ParkedRecords));
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM met_total") + hub.Value<int>("SELECT count(*) FROM ing_parked"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Event_IsKeptOnce(Engine engine)
    {
        Start(engine);
        gateway.Append(new GatewayEvent(At("09:00"), "CME-1042", "meter", "No frame for 60 s.", new Dictionary<string, string> { ["age_s"] = "60" }));
        await gateway.SyncAsync();
        gateway.Epoch = 2;
        await gateway.SyncAsync();

        Assert.Equal("""CME-1042 {"age_s":"60"}""", hub.Texts("SELECT code || ' ' || data FROM ing_event"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task BaseThatTheHubNeverHad_IsNotedAsAGap(Engine engine)
    {
        Start(engine);
        gateway.Append(Begin("09:01", 1), Total("09:15", 2), Total("09:30", 3));
        await gateway.HelloAsync(firstHeld: 3);

        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM ing_note WHERE code = 'CMH-1301'"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task BaseInsideAnEarlierBatch_IsNoGap(Engine engine)
    {
        Start(engine);
        await gateway.Append(Begin("09:01", 1), Total("09:15", 2), Total("09:30", 3)).SyncAsync();
        gateway.Epoch = 2;
        await gateway.HelloAsync(firstHeld: 3);

        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM ing_note"));
    }

    [Theory, OnSqlite, OnPostgres]
    [Row(59, 0)]
    [Row(61, 1)]
    public async Task OlderEpoch_ThatGoesOnAnHourAfterANewerHello_IsNotedAsAClone(Engine engine, int minutes, int notes)
    {
        Start(engine);
        gateway.Append(Begin("09:01", 1), Total("09:15", 2));
        await gateway.HelloAsync();
        ulong old = gateway.Epoch;
        gateway.Epoch = 2;
        await gateway.HelloAsync();
        hub.Clock.Advance(TimeSpan.FromMinutes(minutes));
        gateway.Epoch = old;
        await gateway.PushAsync(1, 2);

        Assert.Equal(notes, hub.Value<int>("SELECT count(*) FROM ing_note WHERE code = 'CMH-1302'"));
    }

    private void Start(Engine engine)
    {
        hub = new TestHub(engine);
        gateway = new TestGateway(hub);
    }
}
