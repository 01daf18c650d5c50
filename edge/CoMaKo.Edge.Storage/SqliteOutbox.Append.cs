using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

public sealed partial class SqliteOutbox
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A record is larger than <see cref="MaxRecordBytes"/>; nothing was stored.</exception>
    public async ValueTask<long> AppendAsync(IReadOnlyList<SyncRecord> records, IReadOnlyList<StateEntry> state, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentNullException.ThrowIfNull(state);
        var encoded = records.Select(r => (Record: r, Bytes: Encode(r))).ToList();
        long last = await WriteAsync(
            connection =>
            {
                var tail = Tail(connection, StoreRow.Load(connection));
                foreach (var (record, bytes) in encoded) tail = Insert(connection, tail, record, bytes);
                foreach (var entry in state)
                    connection.Execute("INSERT INTO state VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", entry.Key, entry.Value);
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
    private static ChainLink Tail(StoreConnection connection, StoreRow row) =>
        connection.Query("SELECT sequence, chain FROM record ORDER BY sequence DESC LIMIT 1", r => new ChainLink(r.GetInt64(0), r.GetFieldValue<byte[]>(1))) is [var last]
            ? last
            : new ChainLink(row.First - 1, row.ChainBeforeFirst);

    private ChainLink Insert(StoreConnection connection, ChainLink tail, SyncRecord record, byte[] bytes)
    {
        var next = InsertBytes(connection, tail, KindOf(record), bytes, RecordChain.Hash(bytes));
        switch (record)
        {
            case RegisterTotal total:
                InsertTotal(connection, next.Sequence, total);
                break;
            case RegisterSegment segment:
                InsertSegment(connection, next.Sequence, segment);
                break;
        }

        return next;
    }

    private ChainLink InsertBytes(StoreConnection connection, ChainLink tail, RecordKind kind, byte[] bytes, byte[] hash)
    {
        var next = new ChainLink(tail.Sequence + 1, RecordChain.Next(tail.Chain, hash));
        connection.Execute("INSERT INTO record VALUES ($1, $2, $3, $4, $5, $6)", next.Sequence, (int)kind, NowUnixMicroseconds, bytes, hash, next.Chain);
        return next;
    }

    private static void InsertTotal(StoreConnection connection, long sequence, RegisterTotal total) => connection.Execute(
        "INSERT INTO total VALUES ($1, $2, $3, $4, $5, $6, $7)",
        sequence, RegisterRow(connection, total.Register), total.Segment, total.SlotEnd, total.Total.WattHours, (int)total.Quality, total.BorderOffsetMilliseconds);

    private static void InsertSegment(StoreConnection connection, long sequence, RegisterSegment segment)
    {
        long register = RegisterRow(connection, segment.Register);
        connection.Execute(
            "INSERT INTO segment VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            sequence, register, segment.Segment, segment.IsEnd ? 1 : 0, Microseconds(segment.At), segment.Total.WattHours, (int)segment.Reason,
            segment.ServerId, segment.Obis.ToString(), segment.CtFactorMicro, segment.ResolutionMilliwattHours, (int)segment.Role);
        connection.Execute(
            "UPDATE register SET last_segment = $2, last_closed = $3 WHERE id = $1 AND (last_segment < $2 OR (last_segment = $2 AND last_closed < $3))",
            register, segment.Segment, segment.IsEnd ? 1 : 0);
    }

    private static long RegisterRow(StoreConnection connection, RegisterId register)
    {
        connection.Execute("INSERT OR IGNORE INTO register (name, last_segment, last_closed) VALUES ($1, 0, 0)", register.Value);
        return connection.Scalar<long>("SELECT id FROM register WHERE name = $1", register.Value);
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

/// <summary>A record's place: its sequence and the chain after it.</summary>
internal readonly record struct ChainLink(long Sequence, byte[] Chain);

/// <summary>Numbers of the column <c>record.kind</c>.</summary>
internal enum RecordKind
{
    Total = 1,
    SegmentBegin = 2,
    SegmentEnd = 3,
    Event = 4,
}
