using NodaTime;

namespace CoMaKo.Edge.Storage;

public sealed partial class Outbox
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

    private int Prune(IStoreTables tables, long today)
    {
        if (!IsWithinLastDay(markedAt)) return 0;
        var row = tables.Row;
        tables.NoteAcknowledged(today, row.Acknowledged);
        if (IsWithinLastDay(prunedAt) || row.PrunedDay >= today)
        {
            // A clock that went back would otherwise stop deletion until it catches up.
            if (row.PrunedDay > today) tables.Row = row with { PrunedDay = today };
            return 0;
        }

        long cut = Math.Min(row.Acknowledged, Cut(tables, today));
        if (cut < row.First) return 0;
        prunedAt = time.GetTimestamp();
        AppendNeededBegins(tables, row, cut);
        byte[] chain = ChainAt(tables, row, cut)!;
        tables.Row = row with { First = cut + 1, ChainBeforeFirst = chain, PrunedDay = today };
        return tables.DeleteUpTo(cut);
    }

    /// <summary>The last sequence that may go today: two days of acknowledgements, and two days of slots, whichever ends first.</summary>
    private static long Cut(IStoreTables tables, long today)
    {
        long acknowledged = tables.AcknowledgedBefore(today - RetentionDays, DaysWorthPerDay);
        long beyond = tables.FirstTotalBeyond(tables.OldestSlot() + (DaysWorthPerDay * 86_400L));
        return beyond == 0 ? acknowledged : Math.Min(acknowledged, beyond - 1);
    }

    /// <summary>The begin of a segment that still has totals, or is open, comes again with the same bytes: a restored hub needs it to place them.</summary>
    private void AppendNeededBegins(IStoreTables tables, StoreRow row, long cut)
    {
        var tail = Tail(tables, row);
        var needed = tables.NeededBegins(cut);
        foreach (long sequence in needed)
        {
            var stored = tables.After(sequence - 1, 1)[0];
            tail = InsertBytes(tables, tail, RecordKind.SegmentBegin, stored.Bytes, stored.Hash);
            tables.MoveBegin(sequence, tail.Sequence);
        }

        if (needed.Count > 0) arrived.Writer.TryWrite(true);
    }
}
