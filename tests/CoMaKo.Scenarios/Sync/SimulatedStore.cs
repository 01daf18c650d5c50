using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Sync;

namespace CoMaKo.Scenarios.Sync;

/// <summary>The real store behind a process that may be killed before or after each call of it. A killed process never hears an answer.</summary>
internal sealed class SimulatedStore(Timeline timeline, FaultPlan faults, SimulatedProcess process, Outbox store) : IOutboxReader
{
    private TaskCompletionSource? waiting;

    public ValueTask<OutboxState> StateAsync(CancellationToken cancellationToken) => CallAsync("state", () => store.StateAsync(cancellationToken));

    public ValueTask<OutboxBatch?> ReadAfterAsync(long sequence, int maxRecords, int maxBytes, CancellationToken cancellationToken) =>
        CallAsync("read", () => store.ReadAfterAsync(sequence, maxRecords, maxBytes, cancellationToken));

    public ValueTask<ReadOnlyMemory<byte>?> ChainAtAsync(long sequence, CancellationToken cancellationToken) =>
        CallAsync("chain", () => store.ChainAtAsync(sequence, cancellationToken));

    public async ValueTask SetMarkAsync(long acknowledgedSequence, CancellationToken cancellationToken) => await CallAsync("mark", async () =>
    {
        await store.SetMarkAsync(acknowledgedSequence, cancellationToken);
        return true;
    });

    public ValueTask<Epoch> StartNewEpochAsync(CancellationToken cancellationToken) => CallAsync("new epoch", async () =>
    {
        var epoch = await store.StartNewEpochAsync(cancellationToken);
        process.NoteNewEpoch();
        return epoch;
    });

    /// <summary>Wakes without the channel of the store, whose continuations run on other threads.</summary>
    public async ValueTask WaitForRecordsAsync(CancellationToken cancellationToken)
    {
        waiting = new TaskCompletionSource();
        await waiting.Task;
    }

    public ValueTask<long> AppendAsync(IReadOnlyList<SyncRecord> records) => CallAsync("append", async () =>
    {
        long last = await store.AppendAsync(records, [], CancellationToken.None);
        process.NoteDurable(records);
        return last;
    });

    public void Wake() => waiting?.TrySetResult();

    private async ValueTask<T> CallAsync<T>(string call, Func<ValueTask<T>> run)
    {
        if (process.IsDead || process.DiesNow("before", call)) return await new TaskCompletionSource<T>().Task;
        if (timeline.Chance(faults.StoreFails)) throw new IOException("The disk says no.");
        var called = run();
        if (!called.IsCompleted) throw new InvalidOperationException("The store's code left the simulation's thread.");
        var result = await called;
        if (process.DiesNow("after", call)) return await new TaskCompletionSource<T>().Task;
        return result;
    }
}
