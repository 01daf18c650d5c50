using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Storage;
using NodaTime;
using static CoMaKo.Edge.Tests.Storage.StoreSamples;

namespace CoMaKo.Edge.Tests.Storage;

/// <content>What may be deleted when: 400 days from acknowledgement, a mark of the last day, two days' worth a day, begins that are still needed.</content>
public abstract partial class OutboxContract
{
    private const int SlotsPerDay = 96;

    [Fact]
    public async Task Prune_AcknowledgedFor400Days_DeletesAndKeepsTheChain()
    {
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([Event("a"), Event("b"), Event("c")], [], default);
        var chain = await store.ChainAtAsync(2, default);
        await store.SetMarkAsync(2, default);
        await PruneAsync(store);

        Assert.Equal(0, await DayAsync(store, 400, mark: 2));
        Assert.Equal(2, await DayAsync(store, 1, mark: 2));

        var state = await store.StateAsync(default);
        Assert.Equal((3, 4, 2), (state.FirstHeldSequence, state.NextSequence, state.AcknowledgedSequence));
        Assert.Equal(chain!.Value.ToArray(), state.ChainBeforeFirst.ToArray());
        Assert.Equal(chain.Value.ToArray(), (await store.ChainAtAsync(2, default))!.Value.ToArray());
        Assert.Null(await store.ChainAtAsync(1, default));
        Assert.Equal(Encode(Event("c")), (await store.ReadAfterAsync(2, 9, 9999, default))!.Entries[0].Record!.Value.ToArray());
    }

    [Fact]
    public async Task Prune_EverythingDeleted_GoesOnCounting()
    {
        await using (var store = folder.Open().Outbox)
        {
            await store.AppendAsync([Event("a"), Event("b")], [], default);
            await store.SetMarkAsync(2, default);
            await PruneAsync(store);
            Assert.Equal(2, await DayAsync(store, 401, mark: 2));
        }

        await using var again = folder.Open().Outbox;
        Assert.Equal(3, await again.AppendAsync([Event("c")], [], default));
        await again.DisposeAsync();
        Assert.Empty(folder.Findings());
    }

    [Fact]
    public async Task Prune_NoMarkInTheLastDay_DeletesNothing()
    {
        await using var store = await AcknowledgedAsync();
        folder.Time.Advance(TimeSpan.FromDays(500));
        Assert.Equal(0, await PruneAsync(store));
        await store.SetMarkAsync(2, default);
        folder.Time.Advance(TimeSpan.FromHours(25));
        Assert.Equal(0, await PruneAsync(store));
        await store.SetMarkAsync(2, default);
        Assert.Equal(2, await PruneAsync(store));
    }

    [Fact]
    public async Task Prune_MarkOfAnEarlierProcess_DeletesNothing()
    {
        await (await AcknowledgedAsync()).DisposeAsync();
        folder.Time.Advance(TimeSpan.FromDays(500));
        await using var store = folder.Open().Outbox;
        Assert.Equal(0, await PruneAsync(store));
        await store.SetMarkAsync(2, default);
        Assert.Equal(2, await PruneAsync(store));
    }

    [Fact]
    public async Task Prune_ClockNotSynchronised_NeitherNotesNorDeletes()
    {
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([Event("a"), Event("b")], [], default);
        await store.SetMarkAsync(2, default);
        Assert.Equal(0, await store.PruneAsync(Now, clockSynced: false, default));
        Assert.Equal(0, await DayAsync(store, 401, mark: 2)); // noted only now
        Assert.Equal(2, await DayAsync(store, 401, mark: 2));
    }

    [Fact]
    public async Task Prune_MarkWentDown_CountsFromTheNewAcknowledgement()
    {
        await using var store = await AcknowledgedAsync();
        folder.Time.Advance(TimeSpan.FromDays(200));
        await store.SetMarkAsync(1, default);
        await PruneAsync(store);
        await store.SetMarkAsync(2, default);
        await PruneAsync(store);

        Assert.Equal(1, await DayAsync(store, 201, mark: 2));
        Assert.Equal(0, await DayAsync(store, 100, mark: 2));
        Assert.Equal(1, await DayAsync(store, 100, mark: 2));
    }

    [Fact]
    public async Task Prune_NewEpoch_CountsFromTheNewAcknowledgement()
    {
        await using var store = await AcknowledgedAsync();
        folder.Time.Advance(TimeSpan.FromDays(500));
        await store.StartNewEpochAsync(default);
        Assert.Equal(0, await PruneAsync(store));
        Assert.Equal(0, await DayAsync(store, 1, mark: 2));
        Assert.Equal(2, await DayAsync(store, 401, mark: 2));
    }

    [Fact]
    public async Task Prune_LongBacklogAcknowledgedAtOnce_GoesTwoDaysOfSlotsADay()
    {
        await using var store = folder.Open().Outbox;
        for (int day = 0; day < 10; day++)
            await store.AppendAsync([.. Enumerable.Range(1 + (day * SlotsPerDay), SlotsPerDay).Select(s => Total(Import, s))], [], default);
        await store.SetMarkAsync(10 * SlotsPerDay, default);
        await PruneAsync(store);

        Assert.Equal((2 * SlotsPerDay) + 1, await DayAsync(store, 401, mark: 10 * SlotsPerDay)); // both border slots
        Assert.Equal(0, await PruneAsync(store));
        Assert.Equal((2 * SlotsPerDay) + 1, await DayAsync(store, 1, mark: 10 * SlotsPerDay));
    }

    [Fact]
    public async Task Prune_ClockJumpedAhead_GoesTwoAcknowledgedDaysADay()
    {
        await using var store = folder.Open().Outbox;
        for (int day = 1; day <= 20; day++)
        {
            await store.AppendAsync([Event($"day {day}")], [], default);
            await DayAsync(store, 1, mark: day);
        }

        folder.Time.StepWallClock(TimeSpan.FromDays(2000));
        Assert.Equal(2, await PruneAsync(store));
        folder.Time.StepWallClock(TimeSpan.FromDays(1)); // the wall clock alone does not make a day
        Assert.Equal(0, await PruneAsync(store));
        folder.Time.StepWallClock(TimeSpan.FromDays(-2001));
        Assert.Equal(0, await DayAsync(store, 1, mark: 20));
        Assert.Equal(0, await DayAsync(store, 1, mark: 20));
        Assert.Equal(3, (await store.StateAsync(default)).FirstHeldSequence);
    }

    [Fact]
    public async Task Prune_SegmentsStillNeeded_ComeAgainWithTheSameBytes()
    {
        long open = FirstSegment + 1, over = FirstSegment + 2;
        await using var store = folder.Open().Outbox;
        // Import: its totals stay. Export: one segment is over and goes with its totals, the newest is open and stays.
        await store.AppendAsync([Begin(Import, FirstSegment), Begin(Export, FirstSegment), Total(Export, 1), End(Export, FirstSegment), Begin(Export, open), Event("cut")], [], default);
        await store.AppendAsync([Total(Import, 1), End(Import, FirstSegment), Begin(Import, over)], [], default);
        await store.SetMarkAsync(6, default);
        await PruneAsync(store);
        Assert.Equal(6, await DayAsync(store, 401, mark: 6));

        var batch = await store.ReadAfterAsync(6, 500, 256 * 1024, default);
        Assert.Equal(
            [Encode(Total(Import, 1)), Encode(End(Import, FirstSegment)), Encode(Begin(Import, over)), Encode(Begin(Import, FirstSegment)), Encode(Begin(Export, open))],
            batch!.Entries.Select(e => e.Record!.Value.ToArray()));
        Assert.Equal(
            [new RegisterState(Begin(Import, over), null, null), new RegisterState(Begin(Export, open), null, null)],
            await store.LoadRegistersAsync(default));
        await store.DisposeAsync();
        Assert.Empty(folder.Findings());
    }

    [Fact]
    public async Task Prune_WholeHistoryOfARegister_KeepsTheGreatestSegment()
    {
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1), End(Import, FirstSegment)], [], default);
        await store.SetMarkAsync(3, default);
        await PruneAsync(store);
        Assert.Equal(3, await DayAsync(store, 401, mark: 3));
        Assert.Equal(FirstSegment, await store.LastSegmentAsync(default));
        Assert.Empty(await store.LoadRegistersAsync(default));
    }

    private Instant Now => Instant.FromDateTimeOffset(folder.Time.GetUtcNow());

    /// <summary>Two records, acknowledged and noted today.</summary>
    private async Task<Outbox> AcknowledgedAsync()
    {
        var store = folder.Open().Outbox;
        await store.AppendAsync([Event("a"), Event("b")], [], default);
        await store.SetMarkAsync(2, default);
        await PruneAsync(store);
        return store;
    }

    private ValueTask<int> PruneAsync(Outbox store) => store.PruneAsync(Now, clockSynced: true, default);

    /// <summary>Lets days pass, then the uplink gets a mark and the store prunes.</summary>
    private async Task<int> DayAsync(Outbox store, int days, long mark)
    {
        folder.Time.Advance(TimeSpan.FromDays(days));
        await store.SetMarkAsync(mark, default);
        return await PruneAsync(store);
    }
}
