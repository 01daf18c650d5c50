using CoMaKo.Quantities;
using CoMaKo.Sync;

namespace CoMaKo.CloudSync.Tests.Sync;

/// <summary>A store in memory; single-threaded.</summary>
internal sealed class MemoryOutbox : IOutboxReader
{
    private readonly List<(byte[] Bytes, byte[] Chain)> records = [];
    private TaskCompletionSource? arrival;

    public ulong Epoch { get; private set; } = 1;

    public long First { get; private set; } = 1;

    public long Acknowledged { get; private set; }

    public List<long> Marks { get; } = [];

    public Exception? Failure { get; set; }

    public long Last => records.Count;

    public void Append(int count, byte salt = 0)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = [salt, .. BitConverter.GetBytes(records.Count)];
            records.Add((bytes, RecordChain.Next(ChainOf(records.Count), RecordChain.Hash(bytes))));
        }

        arrival?.TrySetResult();
    }

    /// <summary>Keeps only the first records, as an older disk image would.</summary>
    public void CutTo(int count) => records.RemoveRange(count, records.Count - count);

    /// <summary>Deletes the first records, as retention does.</summary>
    public void DeleteThrough(long sequence) => First = sequence + 1;

    public byte[] ChainOf(long sequence) => sequence == 0 ? RecordChain.Start.ToArray() : records[(int)sequence - 1].Chain;

    public ValueTask<OutboxState> StateAsync(CancellationToken cancellationToken) => Failure is { } failure
        ? throw failure
        : ValueTask.FromResult(new OutboxState(new Epoch(Epoch), First, ChainOf(First - 1), records.Count + 1, Acknowledged));

    public ValueTask<OutboxBatch?> ReadAfterAsync(long sequence, int maxRecords, int maxBytes, CancellationToken cancellationToken)
    {
        var entries = records.Skip((int)sequence).Take(maxRecords).Select(record => new OutboxEntry(record.Bytes, null)).ToList();
        return ValueTask.FromResult(entries.Count == 0 ? null : new OutboxBatch(new Epoch(Epoch), sequence + 1, entries, ChainOf(sequence), ChainOf(sequence + entries.Count)));
    }

    public ValueTask<ReadOnlyMemory<byte>?> ChainAtAsync(long sequence, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ReadOnlyMemory<byte>?>(sequence >= First - 1 && sequence <= records.Count ? ChainOf(sequence) : null);

    public ValueTask SetMarkAsync(long acknowledgedSequence, CancellationToken cancellationToken)
    {
        Acknowledged = acknowledgedSequence;
        Marks.Add(acknowledgedSequence);
        return ValueTask.CompletedTask;
    }

    public ValueTask<Epoch> StartNewEpochAsync(CancellationToken cancellationToken)
    {
        Acknowledged = First - 1;
        return ValueTask.FromResult(new Epoch(++Epoch));
    }

    public async ValueTask WaitForRecordsAsync(CancellationToken cancellationToken)
    {
        arrival = new TaskCompletionSource();
        using var stop = cancellationToken.Register(() => arrival.TrySetCanceled(cancellationToken));
        await arrival.Task;
    }
}
