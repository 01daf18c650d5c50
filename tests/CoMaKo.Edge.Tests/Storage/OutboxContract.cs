using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using static CoMaKo.Edge.Tests.Storage.StoreSamples;

namespace CoMaKo.Edge.Tests.Storage;

/// <summary>What the buffer promises on every part that keeps it. Each part has a subclass. Power cuts and kills: <c>tests/CoMaKo.Integration.Tests</c>.</summary>
public abstract partial class OutboxContract : IDisposable
{
    private readonly StoreFolder folder;

    protected OutboxContract(StorePart part) => folder = new StoreFolder(part);

    public void Dispose()
    {
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Append_TwoBatches_CountsFromOneAndChains()
    {
        await using var store = folder.Open().Outbox;
        Assert.Equal(2, await store.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1)], [], default));
        Assert.Equal(3, await store.AppendAsync([Total(Import, 2)], [], default));

        var batch = await store.ReadAfterAsync(0, 500, 256 * 1024, default);
        Assert.NotNull(batch);
        Assert.Equal((1, 3), (batch.FromSequence, batch.ToSequence));
        byte[] chain = RecordChain.Start.ToArray();
        Assert.Equal(chain, batch.ChainBefore.ToArray());
        foreach (var entry in batch.Entries) chain = RecordChain.Next(chain, RecordChain.Hash(entry.Record!.Value.Span));
        Assert.Equal(chain, batch.ChainAfter.ToArray());
        Assert.Equal(Encode(Total(Import, 2)), batch.Entries[2].Record!.Value.ToArray());
    }

    [Fact]
    public async Task Append_Reopened_KeepsEverything()
    {
        Epoch epoch;
        await using (var store = folder.Open().Outbox)
        {
            await store.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1)], [new StateEntry("last_good_time", "1")], default);
            epoch = (await store.StateAsync(default)).Epoch;
        }

        await using var again = folder.Open().Outbox;
        var state = await again.StateAsync(default);
        Assert.Equal(epoch, state.Epoch);
        Assert.Equal((1, 3, 0), (state.FirstHeldSequence, state.NextSequence, state.AcknowledgedSequence));
        Assert.Equal("1", await again.LoadStateAsync("last_good_time", default));
        Assert.Equal(3, await again.AppendAsync([Total(Import, 2)], [], default));
    }

    [Fact]
    public async Task Append_StateOnly_ReturnsTheLastSequenceAndReplaces()
    {
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([Event("a")], [new StateEntry("key", "old")], default);
        Assert.Equal(1, await store.AppendAsync([], [new StateEntry("key", "new")], default));
        Assert.Equal("new", await store.LoadStateAsync("key", default));
        Assert.Null(await store.LoadStateAsync("other", default));
    }

    [Fact]
    public async Task Append_RecordOverTheLimit_StoresNothing()
    {
        await using var store = folder.Open().Outbox;
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await store.AppendAsync([Event("small"), Event(new string('x', 16 * 1024))], [new StateEntry("key", "value")], default));
        Assert.Equal(1, (await store.StateAsync(default)).NextSequence);
        Assert.Null(await store.LoadStateAsync("key", default));
    }

    [Fact]
    public async Task ReadAfter_Limits_AreKeptWithAtLeastOneRecord()
    {
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([.. Enumerable.Range(1, 20).Select(i => Total(Import, i))], [], default);
        int size = Encode(Total(Import, 1)).Length;

        Assert.Equal(7, (await store.ReadAfterAsync(0, 7, 256 * 1024, default))!.Entries.Count);
        Assert.Single((await store.ReadAfterAsync(5, 500, 1, default))!.Entries);
        Assert.InRange((await store.ReadAfterAsync(5, 500, 4 * size, default))!.Entries.Count, 3, 4);
        Assert.Equal(20, (await store.ReadAfterAsync(19, 500, 256 * 1024, default))!.FromSequence);
        Assert.Null(await store.ReadAfterAsync(20, 500, 256 * 1024, default));
    }

    [Fact]
    public async Task ChainAt_EverySequence_IsThatOfTheBatches()
    {
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([Event("a"), Event("b"), Event("c")], [], default);
        var first = await store.ReadAfterAsync(0, 2, 256 * 1024, default);
        Assert.Equal(RecordChain.Start.ToArray(), (await store.ChainAtAsync(0, default))!.Value.ToArray());
        Assert.Equal(first!.ChainAfter.ToArray(), (await store.ChainAtAsync(2, default))!.Value.ToArray());
        Assert.Null(await store.ChainAtAsync(4, default));
        Assert.Null(await store.ChainAtAsync(-1, default));
    }

    [Fact]
    public async Task SetMark_UpAndDown_IsKept()
    {
        await using (var store = folder.Open().Outbox)
        {
            await store.AppendAsync([Event("a"), Event("b"), Event("c")], [], default);
            await store.SetMarkAsync(3, default);
            await store.SetMarkAsync(1, default);
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await store.SetMarkAsync(4, default));
        }

        await using var again = folder.Open().Outbox;
        Assert.Equal(1, (await again.StateAsync(default)).AcknowledgedSequence);
    }

    [Fact]
    public async Task StartNewEpoch_Held_KeepsSequenceAndChainAndStartsTheMarkOver()
    {
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([Event("a"), Event("b")], [], default);
        await store.SetMarkAsync(2, default);
        var before = await store.StateAsync(default);
        var chain = await store.ChainAtAsync(2, default);

        var epoch = await store.StartNewEpochAsync(default);

        Assert.NotEqual(before.Epoch, epoch);
        Assert.Equal(new OutboxState(epoch, 1, default, 3, 0), (await store.StateAsync(default)) with { ChainBeforeFirst = default });
        Assert.Equal(chain!.Value.ToArray(), (await store.ChainAtAsync(2, default))!.Value.ToArray());
        Assert.Equal(epoch, (await store.ReadAfterAsync(0, 500, 256 * 1024, default))!.Epoch);
    }

    [Fact]
    public async Task WaitForRecords_Appended_Completes()
    {
        await using var store = folder.Open().Outbox;
        await store.WaitForRecordsAsync(default); // a backlog may be there at the start
        var waiting = store.WaitForRecordsAsync(default).AsTask();
        Assert.False(waiting.IsCompleted);
        await store.AppendAsync([Event("a")], [], default);
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        using var cancel = new CancellationTokenSource();
        var next = store.WaitForRecordsAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task LoadRegisters_SeveralSegments_GivesTheNewestWithItsLastTotal()
    {
        long second = FirstSegment + 1;
        await using var store = folder.Open().Outbox;
        await store.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1), Total(Import, 2), Begin(Export, FirstSegment)], [], default);
        await store.AppendAsync([End(Import, FirstSegment), Begin(Import, second)], [], default);
        await store.AppendAsync([Total(Import, 3, second), Total(Import, 4, second), End(Export, FirstSegment)], [], default);

        var registers = await store.LoadRegistersAsync(default);
        Assert.Equal(
            [new RegisterState(Begin(Import, second), null, Total(Import, 4, second)), new RegisterState(Begin(Export, FirstSegment), End(Export, FirstSegment), null)],
            registers);
        Assert.Equal(second, await store.LastSegmentAsync(default));
    }

    [Fact]
    public async Task LastSegment_Empty_IsZero()
    {
        await using var store = folder.Open().Outbox;
        Assert.Equal(0, await store.LastSegmentAsync(default));
        Assert.Empty(await store.LoadRegistersAsync(default));
    }
}
