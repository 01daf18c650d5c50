using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;
using static CoMaKo.Edge.Tests.Storage.StoreSamples;

namespace CoMaKo.Edge.Tests.Storage;

/// <summary>What every engine behind the store's ports promises. Each engine has a subclass.</summary>
public abstract class OutboxContract
{
    /// <summary>Opens the store of this test, whether it exists or not.</summary>
    protected abstract ValueTask<IStoreUnderTest> OpenAsync();

    [Fact]
    public async Task Append_TwoBatches_CountsFromOneAndChains()
    {
        await using var store = await OpenAsync();
        Assert.Equal(2, await store.Outbox.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1)], [], default));
        Assert.Equal(3, await store.Outbox.AppendAsync([Total(Import, 2)], [], default));

        var batch = await store.ReadAfterAsync(0, 500, 256 * 1024);
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
        await using (var store = await OpenAsync())
        {
            await store.Outbox.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1)], [new StateEntry("last_good_time", "1")], default);
            epoch = (await store.StateAsync()).Epoch;
        }

        await using var again = await OpenAsync();
        var state = await again.StateAsync();
        Assert.Equal(epoch, state.Epoch);
        Assert.Equal((1, 3, 0), (state.FirstHeldSequence, state.NextSequence, state.AcknowledgedSequence));
        Assert.Equal("1", await again.History.LoadStateAsync("last_good_time", default));
        Assert.Equal(3, await again.Outbox.AppendAsync([Total(Import, 2)], [], default));
    }

    [Fact]
    public async Task Append_StateOnly_ReturnsTheLastSequenceAndReplaces()
    {
        await using var store = await OpenAsync();
        await store.Outbox.AppendAsync([Event("a")], [new StateEntry("key", "old")], default);
        Assert.Equal(1, await store.Outbox.AppendAsync([], [new StateEntry("key", "new")], default));
        Assert.Equal("new", await store.History.LoadStateAsync("key", default));
        Assert.Null(await store.History.LoadStateAsync("other", default));
    }

    [Fact]
    public async Task Append_RecordOverTheLimit_StoresNothing()
    {
        await using var store = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentException>(async () =>
            await store.Outbox.AppendAsync([Event("small"), Event(new string('x', 16 * 1024))], [new StateEntry("key", "value")], default));
        Assert.Equal(1, (await store.StateAsync()).NextSequence);
        Assert.Null(await store.History.LoadStateAsync("key", default));
    }

    [Fact]
    public async Task ReadAfter_Limits_AreKeptWithAtLeastOneRecord()
    {
        await using var store = await OpenAsync();
        await store.Outbox.AppendAsync([.. Enumerable.Range(1, 20).Select(i => Total(Import, i))], [], default);
        int size = Encode(Total(Import, 1)).Length;

        Assert.Equal(7, (await store.ReadAfterAsync(0, 7, 256 * 1024))!.Entries.Count);
        Assert.Single((await store.ReadAfterAsync(5, 500, 1))!.Entries);
        Assert.InRange((await store.ReadAfterAsync(5, 500, 4 * size))!.Entries.Count, 3, 4);
        Assert.Equal(20, (await store.ReadAfterAsync(19, 500, 256 * 1024))!.FromSequence);
        Assert.Null(await store.ReadAfterAsync(20, 500, 256 * 1024));
    }

    [Fact]
    public async Task ChainAt_EverySequence_IsThatOfTheBatches()
    {
        await using var store = await OpenAsync();
        await store.Outbox.AppendAsync([Event("a"), Event("b"), Event("c")], [], default);
        var first = await store.ReadAfterAsync(0, 2, 256 * 1024);
        Assert.Equal(RecordChain.Start.ToArray(), (await store.ChainAtAsync(0))!.Value.ToArray());
        Assert.Equal(first!.ChainAfter.ToArray(), (await store.ChainAtAsync(2))!.Value.ToArray());
        Assert.Null(await store.ChainAtAsync(4));
        Assert.Null(await store.ChainAtAsync(-1));
    }

    [Fact]
    public async Task SetMark_UpAndDown_IsKept()
    {
        await using (var store = await OpenAsync())
        {
            await store.Outbox.AppendAsync([Event("a"), Event("b"), Event("c")], [], default);
            await store.SetMarkAsync(3);
            await store.SetMarkAsync(1);
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await store.SetMarkAsync(4));
        }

        await using var again = await OpenAsync();
        Assert.Equal(1, (await again.StateAsync()).AcknowledgedSequence);
    }

    [Fact]
    public async Task StartNewEpoch_Held_KeepsSequenceAndChainAndStartsTheMarkOver()
    {
        await using var store = await OpenAsync();
        await store.Outbox.AppendAsync([Event("a"), Event("b")], [], default);
        await store.SetMarkAsync(2);
        var before = await store.StateAsync();
        var chain = await store.ChainAtAsync(2);

        var epoch = await store.StartNewEpochAsync();

        Assert.NotEqual(before.Epoch, epoch);
        Assert.Equal(new OutboxState(epoch, 1, default, 3, 0), (await store.StateAsync()) with { ChainBeforeFirst = default });
        Assert.Equal(chain!.Value.ToArray(), (await store.ChainAtAsync(2))!.Value.ToArray());
        Assert.Equal(epoch, (await store.ReadAfterAsync(0, 500, 256 * 1024))!.Epoch);
    }

    [Fact]
    public async Task WaitForRecords_Appended_Completes()
    {
        await using var store = await OpenAsync();
        await store.WaitForRecordsAsync(default); // a backlog may be there at the start
        var waiting = store.WaitForRecordsAsync(default).AsTask();
        Assert.False(waiting.IsCompleted);
        await store.Outbox.AppendAsync([Event("a")], [], default);
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
        await using var store = await OpenAsync();
        await store.Outbox.AppendAsync([Begin(Import, FirstSegment), Total(Import, 1), Total(Import, 2), Begin(Export, FirstSegment)], [], default);
        await store.Outbox.AppendAsync([End(Import, FirstSegment), Begin(Import, second)], [], default);
        await store.Outbox.AppendAsync([Total(Import, 3, second), Total(Import, 4, second), End(Export, FirstSegment)], [], default);

        var registers = await store.History.LoadRegistersAsync(default);
        Assert.Equal(
            [new RegisterState(Begin(Import, second), null, Total(Import, 4, second)), new RegisterState(Begin(Export, FirstSegment), End(Export, FirstSegment), null)],
            registers);
        Assert.Equal(second, await store.History.LastSegmentAsync(default));
    }

    [Fact]
    public async Task LastSegment_Empty_IsZero()
    {
        await using var store = await OpenAsync();
        Assert.Equal(0, await store.History.LastSegmentAsync(default));
        Assert.Empty(await store.History.LoadRegistersAsync(default));
    }
}

/// <summary>A store as the contract sees it: acquisition's ports and the members of the sync side.</summary>
public interface IStoreUnderTest : IAsyncDisposable
{
    IOutbox Outbox { get; }

    IRegisterHistory History { get; }

    ValueTask<OutboxState> StateAsync();

    ValueTask<OutboxBatch?> ReadAfterAsync(long sequence, int maxRecords, int maxBytes);

    ValueTask<ReadOnlyMemory<byte>?> ChainAtAsync(long sequence);

    ValueTask SetMarkAsync(long acknowledgedSequence);

    ValueTask<Epoch> StartNewEpochAsync();

    ValueTask WaitForRecordsAsync(CancellationToken cancellationToken);
}
