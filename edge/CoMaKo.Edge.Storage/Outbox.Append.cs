using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

public sealed partial class Outbox
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A record is larger than <see cref="MaxRecordBytes"/>; nothing was stored.</exception>
    public async ValueTask<long> AppendAsync(IReadOnlyList<SyncRecord> records, IReadOnlyList<StateEntry> state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(state);
        var encoded = records.Select(r => (Record: r, Bytes: Encode(r))).ToList();
        long last = await WriteAsync(
            tables =>
            {
                var tail = Tail(tables, tables.Row);
                foreach (var (record, bytes) in encoded) tail = Insert(tables, tail, record, bytes);
                foreach (var entry in state) tables.SetState(entry);
                return tail.Sequence;
            },
            cancellationToken);
        if (records.Count > 0) arrived.Writer.TryWrite(true);
        return last;
    }

    private byte[] Encode(SyncRecord record)
    {
        byte[] bytes = encode(record);
        return bytes.Length <= MaxRecordBytes
            ? bytes
            : throw new ArgumentException(FormattableString.Invariant($"A record of {bytes.Length} bytes is refused; at most {MaxRecordBytes} are allowed."), nameof(record));
    }

    /// <summary>The newest record: sequence and chain. What comes next hangs on it.</summary>
    private static ChainLink Tail(IStoreTables tables, StoreRow row) => tables.Newest ?? new ChainLink(row.First - 1, row.ChainBeforeFirst);

    private ChainLink Insert(IStoreTables tables, ChainLink tail, SyncRecord record, byte[] bytes)
    {
        var next = InsertBytes(tables, tail, KindOf(record), bytes, RecordChain.Hash(bytes));
        switch (record)
        {
            case RegisterTotal total:
                tables.Insert(next.Sequence, total);
                break;
            case RegisterSegment segment:
                tables.Insert(next.Sequence, segment);
                break;
        }

        return next;
    }

    private ChainLink InsertBytes(IStoreTables tables, ChainLink tail, RecordKind kind, byte[] bytes, byte[] hash)
    {
        var next = new ChainLink(tail.Sequence + 1, RecordChain.Next(tail.Chain, hash));
        tables.Insert(new StoredRecord(next.Sequence, kind, bytes, hash, next.Chain), NowUnixMicroseconds);
        return next;
    }

    private static RecordKind KindOf(SyncRecord record) => record switch
    {
        RegisterTotal => RecordKind.Total,
        RegisterSegment { IsEnd: false } => RecordKind.SegmentBegin,
        RegisterSegment => RecordKind.SegmentEnd,
        GatewayEvent => RecordKind.Event,
        _ => throw new ArgumentOutOfRangeException(nameof(record), record.GetType(), "The store knows totals, segments and events."),
    };
}
