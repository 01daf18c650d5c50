using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

public sealed partial class Outbox
{
    // Tag and length of an entry in a protobuf message.
    private const int EntryOverheadBytes = 8;

    /// <summary>What the store holds: the content of a Hello.</summary>
    public ValueTask<OutboxState> StateAsync(CancellationToken cancellationToken) => ReadAsync(
        tables =>
        {
            var row = tables.Row;
            return new OutboxState(row.Epoch, row.First, row.ChainBeforeFirst, Tail(tables, row).Sequence + 1, row.Acknowledged);
        },
        cancellationToken);

    /// <summary>Up to <paramref name="maxRecords"/> records and <paramref name="maxBytes"/> bytes after a sequence (at least one record); absent if there is none.</summary>
    /// <remarks>A record whose bytes no longer match its identity travels as that identity.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The store does not hold the record after <paramref name="sequence"/> any more.</exception>
    public async ValueTask<OutboxBatch?> ReadAfterAsync(long sequence, int maxRecords, int maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (batch, brokenAt) = await ReadAsync(c => Batch(c, sequence, maxRecords, maxBytes), cancellationToken);
            if (brokenAt is not { } broken) return batch;
            // Mending makes the stored chain consistent, so the next reading passes.
            await WriteAsync(c => Mend(c, broken), cancellationToken);
        }
    }

    /// <summary>The chain after a record; absent if the store does not hold it (nor the chain before its first held record).</summary>
    public ValueTask<ReadOnlyMemory<byte>?> ChainAtAsync(long sequence, CancellationToken cancellationToken) =>
        ReadAsync<ReadOnlyMemory<byte>?>(c => ChainAt(c, c.Row, sequence) is { } chain ? (ReadOnlyMemory<byte>?)chain : null, cancellationToken);

    /// <summary>Completes when records may have come since the last call.</summary>
    public async ValueTask WaitForRecordsAsync(CancellationToken cancellationToken) => await arrived.Reader.ReadAsync(cancellationToken);

    private static byte[]? ChainAt(IStoreTables tables, StoreRow row, long sequence) => sequence == row.First - 1
        ? row.ChainBeforeFirst
        : tables.Chain(sequence);

    private static (OutboxBatch? Batch, long? BrokenAt) Batch(IStoreTables tables, long sequence, int maxRecords, int maxBytes)
    {
        var row = tables.Row;
        byte[] before = ChainAt(tables, row, sequence)
            ?? throw new ArgumentOutOfRangeException(nameof(sequence), sequence, "The store does not hold the chain at this sequence.");
        var entries = new List<OutboxEntry>();
        byte[] chain = before;
        long room = maxBytes;
        foreach (var stored in tables.After(sequence, maxRecords))
        {
            var (hash, intact) = stored.Identity(chain);
            room -= EntryOverheadBytes + (intact ? stored.Bytes.Length : hash.Length);
            if (entries.Count > 0 && room < 0) break;
            chain = RecordChain.Next(chain, hash);
            if (stored.Sequence != sequence + entries.Count + 1 || !chain.AsSpan().SequenceEqual(stored.Chain)) return (null, sequence + 1);
            entries.Add(intact ? new OutboxEntry(stored.Bytes, null) : new OutboxEntry(null, hash));
        }

        return (entries.Count == 0 ? null : new OutboxBatch(row.Epoch, sequence + 1, entries, before, chain), null);
    }
}
