using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

public sealed partial class SqliteOutbox
{
    // Tag and length of an entry in a protobuf message.
    private const int EntryOverheadBytes = 8;

    /// <summary>What the store holds: the content of a Hello.</summary>
    public ValueTask<OutboxState> StateAsync(CancellationToken cancellationToken) => ReadAsync(
        connection =>
        {
            var row = StoreRow.Load(connection);
            return new OutboxState(row.Epoch, row.First, row.ChainBeforeFirst, Tail(connection, row).Sequence + 1, row.Acknowledged);
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
        ReadAsync<ReadOnlyMemory<byte>?>(c => ChainAt(c, StoreRow.Load(c), sequence) is { } chain ? (ReadOnlyMemory<byte>?)chain : null, cancellationToken);

    /// <summary>Completes when records may have come since the last call.</summary>
    public async ValueTask WaitForRecordsAsync(CancellationToken cancellationToken) => await arrived.Reader.ReadAsync(cancellationToken);

    private static byte[]? ChainAt(StoreConnection connection, StoreRow row, long sequence) => sequence == row.First - 1
        ? row.ChainBeforeFirst
        : connection.Scalar<byte[]>("SELECT chain FROM record WHERE sequence = $1", sequence);

    private static (OutboxBatch? Batch, long? BrokenAt) Batch(StoreConnection connection, long sequence, int maxRecords, int maxBytes)
    {
        var row = StoreRow.Load(connection);
        byte[] before = ChainAt(connection, row, sequence)
            ?? throw new ArgumentOutOfRangeException(nameof(sequence), sequence, "The store does not hold the chain at this sequence.");
        var entries = new List<OutboxEntry>();
        byte[] chain = before;
        long room = maxBytes;
        foreach (var stored in StoredRecord.After(connection, sequence, maxRecords))
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
