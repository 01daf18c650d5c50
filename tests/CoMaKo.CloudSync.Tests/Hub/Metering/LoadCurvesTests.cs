using CoMaKo.Hub.Metering;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Metering;

/// <summary>Curves over the real store: versions, marks, late segments, change days.</summary>
public sealed class LoadCurvesTests : IDisposable
{
    private TestHub hub = null!; // its clock stands at 2026-06-01 10:00 UTC
    private TestGateway gateway = null!;
    private LoadCurves curves = null!;

    public void Dispose() => hub?.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task RunningDay_IsDerivedOnReadAndNotStored(Engine engine)
    {
        Start(engine);
        await gateway.Append(Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250)).SyncAsync();
        Assert.Equal([null, 100, 150, null], await ValuesAsync("08:45", "09:45"));

        gateway.Append(Total("09:45", 1400));
        await gateway.PushAsync(1, gateway.Last);
        Assert.Equal([null, 100, 150, 150], await ValuesAsync("08:45", "09:45"));
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM met_curve_day"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task EndedDay_GetsAVersionPerChange(Engine engine)
    {
        Start(engine);
        await gateway.Append(Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250)).SyncAsync();
        hub.Clock.Advance(TimeSpan.FromDays(1));
        await curves.DeriveMarkedDaysAsync(CancellationToken.None);
        await curves.DeriveMarkedDaysAsync(CancellationToken.None);
        Assert.Equal(1, hub.Value<int>("SELECT count(*) FROM met_curve_day"));
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM met_dirty"));

        gateway.Append(Total("09:45", 1400)); // late
        await gateway.PushAsync(1, gateway.Last);
        var curve = await ReadAsync("09:15", "10:00");
        Assert.Equal([150, 150, null], curve.Slots.Select(slot => slot.Curve.Wh));
        Assert.All(curve.Slots, slot => Assert.Equal((2, CurveSource.Gateway), (slot.Version, slot.Source)));
        Assert.Equal(384, hub.Value<int>("SELECT length(wh) FROM met_curve_day WHERE version = 2"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task SameRecordsAgain_MakeNoVersion(Engine engine)
    {
        Start(engine);
        await gateway.Append(Begin("09:01", 1000), Total("09:15", 1100)).SyncAsync();
        hub.Clock.Advance(TimeSpan.FromDays(1));
        await curves.DeriveMarkedDaysAsync(CancellationToken.None);
        gateway.Epoch = 2;
        await gateway.SyncAsync();

        Assert.Equal(1, hub.Value<int>("SELECT max(version) FROM met_curve_day"));
        Assert.Equal(0, hub.Value<int>("SELECT count(*) FROM met_dirty"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task TotalsBeforeTheirSegment_CountOnceItArrives(Engine engine)
    {
        Start(engine);
        await gateway.Append(Total("2026-05-30T09:00:00Z", 1000), Total("2026-05-30T09:15:00Z", 1100)).SyncAsync();
        await curves.DeriveMarkedDaysAsync(CancellationToken.None);
        Assert.Equal([null], await ValuesAsync("2026-05-30T09:00:00Z", "2026-05-30T09:15:00Z"));

        gateway.Append(Begin("2026-05-30T08:50:00Z", 990));
        await gateway.PushAsync(1, gateway.Last);
        Assert.Equal([100], await ValuesAsync("2026-05-30T09:00:00Z", "2026-05-30T09:15:00Z"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task SegmentsOfAnOldRun_AreBridgedOverTheDaysBorder(Engine engine)
    {
        Start(engine);
        await gateway.Append(
            Begin("2026-05-30T08:50:00Z", 990), Total("2026-05-30T21:45:00Z", 1000), Total("2026-05-30T22:00:00Z", 1010),
            Begin("2026-05-30T22:05:00Z", 1012, segment: 2, reason: Quantities.SegmentReason.Resumed), Total("2026-05-30T22:15:00Z", 1025, segment: 2)).SyncAsync();

        Assert.Equal([10, 15], await ValuesAsync("2026-05-30T21:45:00Z", "2026-05-30T22:15:00Z")); // 22:00 UTC is midnight in Berlin
    }

    [Theory, OnSqlite, OnPostgres]
    [Row("2025-10-26", 100)]
    [Row("2026-03-29", 92)]
    [Row("2026-05-01", 96)]
    public async Task Day_HasItsSlots(Engine engine, string day, int slots)
    {
        Start(engine);
        int number = MarketDay.Number(NodaTime.Text.LocalDatePattern.Iso.Parse(day).Value);
        long from = MarketDay.Slots(number)[0].StartUnixSeconds, to = MarketDay.Slots(number)[^1].EndUnixSeconds;
        gateway.Append(Begin("2025-10-01T00:00:00Z", 0));
        for (long end = from; end <= to; end += 900)
            gateway.Append(new Quantities.RegisterTotal(Import, 1, end, new Quantities.Energy((end - from) / 900), Quantities.Quality.Measured, 0));
        await gateway.SyncAsync();
        var curve = await curves.ReadAsync((await curves.FindAsync(Import.Value))!, from, to);

        Assert.Equal(Enumerable.Repeat<int?>(1, slots), curve.Slots.Select(slot => slot.Curve.Wh));
        Assert.Equal(slots * 4, hub.Value<int>($"SELECT length(wh) FROM met_curve_day WHERE day = {number}"));
    }

    private async Task<IEnumerable<int?>> ValuesAsync(string from, string to) => (await ReadAsync(from, to)).Slots.Select(slot => slot.Curve.Wh);

    private async Task<RegisterCurve> ReadAsync(string from, string to) =>
        await curves.ReadAsync((await curves.FindAsync(Import.Value))!, At(from).ToUnixTimeSeconds(), At(to).ToUnixTimeSeconds());

    private void Start(Engine engine)
    {
        hub = new TestHub(engine);
        gateway = new TestGateway(hub);
        curves = new LoadCurves(hub.Database, hub.Clock);
    }
}
