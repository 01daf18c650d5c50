using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Hub.Metering;

/// <summary>
/// Takes registers, segments and totals over from ingest, inside its transaction. Nothing is overwritten: what comes first stays current,
/// a different second one becomes a conflict, the same again is nothing. The outcome does not depend on the order of arrival.
/// </summary>
internal static class MeteringIntake
{
    /// <summary>The register, made if it is new.</summary>
    /// <returns>Absent if another gateway has it.</returns>
    public static RegisterRow? Claim(HubTransaction tx, long gatewayId, RegisterId register)
    {
        var row = Find(tx, register);
        if (row is null)
        {
            tx.Prepare("INSERT INTO met_register (name, gateway_id) VALUES (?, ?)").Bind(register.Value).Bind(gatewayId).Run();
            long registerId = tx.LastRowId;
            tx.Prepare("INSERT INTO met_series (register_id) VALUES (?)").Bind(registerId).Run();
            row = new RegisterRow(registerId, tx.LastRowId, gatewayId);
        }

        return row.GatewayId == gatewayId ? row : null;
    }

    /// <summary>Adds totals of one register.</summary>
    public static void Add(HubTransaction tx, RegisterRow register, IReadOnlyList<RegisterTotal> totals, long batchId, long nowUs)
    {
        var segments = new HashSet<long>();
        var days = new HashSet<int>();
        var seen = new DayWindow();
        foreach (var total in totals)
        {
            if (!Insert(tx, register, total, batchId) && !AddConflictIfOther(tx, register, total, batchId, nowUs)) continue;
            segments.Add(total.Segment);
            // A total closes the slot before it and opens the one after it.
            if (seen.IsNew(total.SlotEnd - 1, out int day)) days.Add(day);
            if (seen.IsNew(total.SlotEnd, out day)) days.Add(day);
        }

        foreach (long segment in segments) AddConflictsAfterEnd(tx, register, segment, batchId, nowUs);
        foreach (int day in days) MarkDirty(tx, register, day, batchId);
    }

    /// <summary>Adds the begin or the end of a segment.</summary>
    public static void Add(HubTransaction tx, RegisterRow register, RegisterSegment segment, long batchId, long nowUs)
    {
        if (!SegmentRows.Put(tx, register, segment, batchId, nowUs)) return;
        if (segment.IsEnd) AddConflictsAfterEnd(tx, register, segment.Segment, batchId, nowUs);
        long at = segment.At.ToUnixTimeSeconds();
        MarkDirty(tx, register, MarketDay.Containing(at), batchId);
        // Totals that came before this border are judged anew: those of the segment, and the last one before it.
        var range = tx.Prepare("""
            SELECT min(slot_end), max(slot_end) FROM met_total WHERE gateway_id = ?1 AND register_id = ?2 AND (segment_us = ?3
              OR slot_end = (SELECT max(slot_end) FROM met_total WHERE gateway_id = ?1 AND register_id = ?2 AND slot_end <= ?4))
            """).Bind(register.GatewayId).Bind(register.RegisterId).Bind(segment.Segment).Bind(at);
        range.Step();
        (long First, long Last)? touched = range.IsNull(0) ? null : (range.Int64(0), range.Int64(1));
        range.Reset();
        if (touched is not { } slots) return;
        for (int day = MarketDay.Containing(slots.First - 1); day <= MarketDay.Containing(slots.Last); day++) MarkDirty(tx, register, day, batchId);
    }

    private static RegisterRow? Find(HubTransaction tx, RegisterId register)
    {
        var find = tx.Prepare("SELECT r.register_id, s.series_id, r.gateway_id FROM met_register r JOIN met_series s ON s.register_id = r.register_id WHERE r.name = ?").Bind(register.Value);
        var row = find.Step() ? new RegisterRow(find.Int64(0), find.Int64(1), find.Int64(2)) : null;
        find.Reset();
        return row;
    }

    private static bool Insert(HubTransaction tx, RegisterRow register, RegisterTotal total, long batchId)
    {
        tx.Prepare("INSERT INTO met_total (gateway_id, register_id, slot_end, segment_us, total_wh, quality, border_offset_ms, batch_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
            .Bind(register.GatewayId).Bind(register.RegisterId).Bind(total.SlotEnd).Bind(total.Segment)
            .Bind(total.Total.WattHours).Bind((long)total.Quality).Bind(total.BorderOffsetMilliseconds).Bind(batchId).Run();
        return tx.Changes == 1;
    }

    private static bool AddConflictIfOther(HubTransaction tx, RegisterRow register, RegisterTotal total, long batchId, long nowUs)
    {
        tx.Prepare("""
            INSERT INTO met_conflict (register_id, kind, segment_us, at_us, total_wh, batch_id, found_us)
            SELECT register_id, 'total', segment_us, slot_end * 1000000, ?5, ?6, ?7 FROM met_total
            WHERE gateway_id = ?1 AND register_id = ?2 AND slot_end = ?3 AND segment_us = ?4 AND total_wh <> ?5
            ON CONFLICT DO NOTHING
            """)
            .Bind(register.GatewayId).Bind(register.RegisterId).Bind(total.SlotEnd).Bind(total.Segment).Bind(total.Total.WattHours).Bind(batchId).Bind(nowUs).Run();
        return tx.Changes == 1;
    }

    private static void AddConflictsAfterEnd(HubTransaction tx, RegisterRow register, long segment, long batchId, long nowUs)
    {
        if (SegmentRows.End(tx, register, segment) is not { } closedUs) return;
        tx.Prepare("""
            INSERT INTO met_conflict (register_id, kind, segment_us, at_us, total_wh, batch_id, found_us)
            SELECT register_id, 'after_end', segment_us, slot_end * 1000000, total_wh, ?5, ?6 FROM met_total
            WHERE gateway_id = ?1 AND register_id = ?2 AND slot_end > ?4 / 1000000 AND segment_us = ?3 AND slot_end * 1000000 > ?4
            ON CONFLICT DO NOTHING
            """)
            .Bind(register.GatewayId).Bind(register.RegisterId).Bind(segment).Bind(closedUs).Bind(batchId).Bind(nowUs).Run();
    }

    private static void MarkDirty(HubTransaction tx, RegisterRow register, int day, long batchId) =>
        tx.Prepare("INSERT INTO met_dirty (series_id, day, mark) VALUES (?, ?, ?) ON CONFLICT (series_id, day) DO UPDATE SET mark = excluded.mark")
            .Bind(register.SeriesId).Bind(day).Bind(batchId).Run();

    /// <summary>Most instants of a batch lie in the day of the one before: no calendar is asked again.</summary>
    private struct DayWindow
    {
        private long from;
        private long to;

        public bool IsNew(long unixSeconds, out int day)
        {
            day = 0;
            if (unixSeconds >= from && unixSeconds < to) return false;
            day = MarketDay.Containing(unixSeconds);
            var slots = MarketDay.Slots(day);
            (from, to) = (slots[0].StartUnixSeconds, slots[^1].EndUnixSeconds);
            return true;
        }
    }
}
