using NodaTime;

namespace CoMaKo.Edge.Storage;

public sealed partial class SqliteOutbox
{
    /// <summary>Whole days for which a record stays after its acknowledgement.</summary>
    public const int RetentionDays = 400;

    private const int DaysWorthPerDay = 2;

    // Monotonic time of this process's last deletion; absent before.
    private long? prunedAt;

    /// <summary>
    /// Notes for how long the records up to the mark have been acknowledged, and deletes the oldest of them. To be called every hour.
    /// </summary>
    /// <remarks>
    /// Acknowledgements are dated here, by day, not when they come: late is the safe side. Deleted is only what was acknowledged
    /// <see cref="RetentionDays"/> days ago, at or below a mark that this process got within the last day, and at most two days' worth a day,
    /// so that a clock that is wrong by years does not empty the store.
    /// </remarks>
    /// <param name="now">The gateway's time.</param>
    /// <param name="clockSynced">Whether that time can be trusted; otherwise nothing is noted or deleted.</param>
    /// <returns>Number of deleted records.</returns>
    public async ValueTask<int> PruneAsync(Instant now, bool clockSynced, CancellationToken cancellationToken)
    {
        int deleted = clockSynced ? await WriteAsync(c => Prune(c, now.ToUnixTimeSeconds() / 86_400), cancellationToken) : 0;
        files.KeepReserve(options.ReserveBytes);
        return deleted;
    }

    private bool IsWithinLastDay(long? timestamp) => timestamp is { } at && time.GetElapsedTime(at) < TimeSpan.FromDays(1);

    private int Prune(StoreConnection connection, long today)
    {
        if (!IsWithinLastDay(markedAt)) return 0;
        var row = StoreRow.Load(connection);
        connection.Execute("DELETE FROM acknowledgement WHERE unix_day >= $1 AND sequence <= $2", today, row.Acknowledged);
        connection.Execute(
            "INSERT INTO acknowledgement SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM acknowledgement WHERE sequence >= $2)", today, row.Acknowledged);
        if (IsWithinLastDay(prunedAt) || row.PrunedDay >= today)
        {
            // A clock that went back would otherwise stop deletion until it catches up.
            if (row.PrunedDay > today) connection.Execute("UPDATE store SET pruned_unix_day = $1", today);
            return 0;
        }

        long cut = Math.Min(row.Acknowledged, Cut(connection, row, today));
        if (cut < row.First) return 0;
        prunedAt = time.GetTimestamp();
        AppendNeededBegins(connection, row, cut);
        return Delete(connection, row, cut, today);
    }

    /// <summary>The last sequence that may go today: two days of acknowledgements, and two days of slots, whichever ends first.</summary>
    private static long Cut(StoreConnection connection, StoreRow row, long today)
    {
        long acknowledged = connection.Scalar<long>(
            "SELECT MAX(sequence) FROM (SELECT sequence FROM acknowledgement WHERE unix_day < $1 ORDER BY unix_day LIMIT $2)", today - RetentionDays, DaysWorthPerDay);
        long oldestSlot = connection.Scalar<long>("SELECT slot_end FROM total WHERE segment > 0 ORDER BY sequence LIMIT 1");
        long beyond = connection.Scalar<long>(
            "SELECT sequence FROM total WHERE sequence >= $1 AND segment > 0 AND slot_end > $2 ORDER BY sequence LIMIT 1",
            row.First, oldestSlot + (DaysWorthPerDay * 86_400L));
        return beyond == 0 ? acknowledged : Math.Min(acknowledged, beyond - 1);
    }

    /// <summary>The begin of a segment that still has totals, or is open, comes again with the same bytes: a restored hub needs it to place them.</summary>
    private void AppendNeededBegins(StoreConnection connection, StoreRow row, long cut)
    {
        var tail = Tail(connection, row);
        var needed = connection.Query(
            """
            SELECT s.sequence FROM segment s JOIN register r ON r.id = s.register
            WHERE s.sequence <= $1 AND s.is_end = 0 AND ((s.segment = r.last_segment AND r.last_closed = 0)
                OR EXISTS (SELECT 1 FROM total t WHERE t.register = s.register AND t.segment = s.segment AND t.sequence > $1))
            ORDER BY s.sequence
            """,
            r => r.GetInt64(0), cut);
        foreach (long sequence in needed)
        {
            var stored = StoredRecord.After(connection, sequence - 1, 1)[0];
            tail = InsertBytes(connection, tail, RecordKind.SegmentBegin, stored.Bytes, stored.Hash);
            connection.Execute("UPDATE segment SET sequence = $2 WHERE sequence = $1", sequence, tail.Sequence);
        }

        if (needed.Count > 0) arrived.Writer.TryWrite(true);
    }

    private static int Delete(StoreConnection connection, StoreRow row, long cut, long today)
    {
        byte[] chain = ChainAt(connection, row, cut)!;
        int deleted = connection.Execute("DELETE FROM record WHERE sequence <= $1", cut);
        connection.Execute("DELETE FROM total WHERE sequence <= $1", cut);
        connection.Execute("DELETE FROM segment WHERE sequence <= $1", cut);
        connection.Execute("DELETE FROM acknowledgement WHERE sequence <= $1", cut);
        connection.Execute("UPDATE store SET first_sequence = $1, chain_before_first = $2, pruned_unix_day = $3", cut + 1, chain, today);
        return deleted;
    }
}
