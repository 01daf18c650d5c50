using CoMaKo.Edge.Acquisition;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

/// <summary>The tables of <see cref="StoreSchema"/> on one connection, inside its transaction.</summary>
internal sealed partial class SqliteTables(StoreConnection connection) : IStoreTables
{
    public StoreRow Row
    {
        get
        {
            var rows = connection.Query(
                "SELECT epoch, epoch_since_unix_us, first_sequence, chain_before_first, acknowledged_sequence, acknowledged_unix_us, pruned_unix_day FROM store",
                r => new StoreRow(
                    new Epoch(unchecked((ulong)r.GetInt64(0))), r.GetInt64(1), r.GetInt64(2), r.GetFieldValue<byte[]>(3),
                    r.GetInt64(4), r.IsDBNull(5) ? null : r.GetInt64(5), r.GetInt64(6)));
            return rows is [{ MakesSense: true } row] ? row : throw new InvalidDataException("The store's own row is missing or damaged.");
        }

        set => connection.Execute(
            "INSERT OR REPLACE INTO store VALUES (1, $1, $2, $3, $4, $5, $6, $7)",
            unchecked((long)value.Epoch.Value), value.EpochSinceUnixUs, value.First, value.ChainBeforeFirst, value.Acknowledged, value.AcknowledgedUnixUs, value.PrunedDay);
    }

    public ChainLink? Newest =>
        connection.Query("SELECT sequence, chain FROM record ORDER BY sequence DESC LIMIT 1", r => new ChainLink(r.GetInt64(0), r.GetFieldValue<byte[]>(1))) is [var last] ? last : null;

    public byte[]? Chain(long sequence) => connection.Scalar<byte[]>("SELECT chain FROM record WHERE sequence = $1", sequence);

    public IReadOnlyList<StoredRecord> After(long sequence, int count) => connection.Query(
        "SELECT sequence, kind, bytes, hash, chain FROM record WHERE sequence > $1 ORDER BY sequence LIMIT $2",
        r => new StoredRecord(r.GetInt64(0), (RecordKind)r.GetInt32(1), r.GetFieldValue<byte[]>(2), r.GetFieldValue<byte[]>(3), r.GetFieldValue<byte[]>(4)),
        sequence, count);

    public long? AppendedAfter(long sequence) =>
        connection.Query("SELECT appended_unix_us FROM record WHERE sequence > $1 ORDER BY sequence LIMIT 1", r => (long?)r.GetInt64(0), sequence) is [var at] ? at : null;

    public void Insert(StoredRecord record, long appendedUnixUs) => connection.Execute(
        "INSERT INTO record VALUES ($1, $2, $3, $4, $5, $6)", record.Sequence, (int)record.Kind, appendedUnixUs, record.Bytes, record.Hash, record.Chain);

    public void Insert(long sequence, RegisterTotal total) => connection.Execute(
        "INSERT INTO total VALUES ($1, $2, $3, $4, $5, $6, $7)",
        sequence, RegisterRow(total.Register), total.Segment, total.SlotEnd, total.Total.WattHours, (int)total.Quality, total.BorderOffsetMilliseconds);

    public void Insert(long sequence, RegisterSegment segment)
    {
        long register = RegisterRow(segment.Register);
        connection.Execute(
            "INSERT INTO segment VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            sequence, register, segment.Segment, segment.IsEnd ? 1 : 0, StoreTime.Microseconds(segment.At), segment.Total.WattHours, (int)segment.Reason,
            segment.ServerId, segment.Obis.ToString(), segment.CtFactorMicro, segment.ResolutionMilliwattHours, (int)segment.Role);
        connection.Execute(
            "UPDATE register SET last_segment = $2, last_closed = $3 WHERE id = $1 AND (last_segment < $2 OR (last_segment = $2 AND last_closed < $3))",
            register, segment.Segment, segment.IsEnd ? 1 : 0);
    }

    public void SetChain(long sequence, byte[] chain) => connection.Execute("UPDATE record SET chain = $2 WHERE sequence = $1", sequence, chain);

    public string? State(string key) => connection.Scalar<string>("SELECT value FROM state WHERE key = $1", key);

    public void SetState(StateEntry entry) =>
        connection.Execute("INSERT INTO state VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", entry.Key, entry.Value);

    private long RegisterRow(RegisterId register)
    {
        connection.Execute("INSERT OR IGNORE INTO register (name, last_segment, last_closed) VALUES ($1, 0, 0)", register.Value);
        return connection.Scalar<long>("SELECT id FROM register WHERE name = $1", register.Value);
    }
}
