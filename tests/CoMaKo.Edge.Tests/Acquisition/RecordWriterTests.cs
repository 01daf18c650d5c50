using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Acquisition;

public sealed class RecordWriterTests
{
    private readonly FakeTimeProvider time = new();
    private readonly MemoryStore store = new();

    private static RegisterTotal Total(int number) => new(new RegisterId("0a01~1-0.1.8.0"), 1, 900L * number, new Energy(number), Quality.Measured, 0);

    [Fact]
    public async Task FlushAsync_StoreRefuses_KeepsOrderAndTriesEachMinute()
    {
        var writer = new RecordWriter(store, time);
        store.Refuses = "No space left on device";
        for (int second = 0; second < 150; second++)
        {
            if (second < 3) writer.Add([Total(second)], [KeyValuePair.Create("key", $"{second}")]);
            await writer.FlushAsync(now: false, default);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((3, "No space left on device"), (store.Attempts, writer.Status.Fault));
        store.Refuses = null;
        time.Advance(TimeSpan.FromSeconds(60));
        await writer.FlushAsync(now: false, default);
        Assert.Equal([0L, 1L, 2L], store.Totals.Select(total => total.Total.WattHours));
        Assert.Equal(EventCodes.StoreFailed, store.Events.Single().Code);
        Assert.Equal(("2", 0, null), (store.State("key"), writer.Status.Waiting, writer.Status.Fault));
    }

    [Fact]
    public async Task Add_MemoryFull_DropsTheOldestTotalsAndSaysSo()
    {
        var writer = new RecordWriter(store, time, capacity: 4);
        var begin = new RegisterSegment(new RegisterId("0a01~1-0.1.8.0"), 1, false, Readings.Start, Energy.Zero, SegmentReason.Commissioned, "0a01", ObisCode.ActiveEnergyImport, 1_000_000, 100, SettlementRole.Settlement);
        writer.Add([Total(1), begin, Total(2), Total(3), Total(4), Total(5)], []);
        await writer.FlushAsync(now: false, default);
        Assert.Equal([3L, 4L, 5L], store.Totals.Select(total => total.Total.WattHours));
        Assert.Single(store.Segments);
        Assert.Equal("2", store.Events.Single().Data["dropped_count"]);
    }

    [Fact]
    public async Task FlushAsync_NothingWaits_LeavesTheStoreAlone()
    {
        await new RecordWriter(store, time).FlushAsync(now: true, default);
        Assert.Equal(0, store.Attempts);
    }
}
