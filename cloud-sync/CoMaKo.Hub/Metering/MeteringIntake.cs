using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Metering;

/// <summary>
/// Takes segments and totals over from ingest, inside its transaction and under its lock of the gateway. Nothing is overwritten: what comes first
/// stays current, a different second one becomes a conflict, the same again is nothing. The outcome does not depend on the order of arrival.
/// </summary>
internal sealed class MeteringIntake(HubTransaction tx, long gatewayId, long batchId, long nowUs)
{
    /// <summary>Adds begins and ends of segments, in sequence.</summary>
    public async ValueTask AddAsync(IReadOnlyList<(RegisterRow Register, RegisterSegment Segment)> segments)
    {
        if (segments.Count == 0) return;
        var borders = segments.Select(entry => new SegmentBorder(entry.Register, entry.Segment)).ToList();
        foreach (var border in borders) border.Put(tx);
        await tx.SendAsync();
        foreach (var border in borders) border.NoteConflict(tx, batchId, nowUs);
        await tx.SendAsync();
        var changed = borders.FindAll(border => border.IsNew);
        foreach (var border in changed)
        {
            if (border.Segment.IsEnd) AddConflictsAfterEnd(border.Register.RegisterId, border.Segment.Segment);
            border.ReadTouched(tx, gatewayId);
        }

        await tx.SendAsync();
        foreach (var border in changed)
            foreach (int day in border.TouchedDays()) TouchedDays.Mark(tx, border.Register.SeriesId, day, batchId);
    }

    /// <summary>Adds totals by register.</summary>
    public ValueTask AddAsync(IReadOnlyList<(RegisterRow Register, IReadOnlyList<RegisterTotal> Totals)> totals)
    {
        if (totals.Count == 0) return ValueTask.CompletedTask;
        if (tx is PostgresTransaction server) return new TotalArrays(server, this, gatewayId, batchId, nowUs).AddAsync(totals);
        AddEach((SqliteTransaction)tx, totals);
        return ValueTask.CompletedTask;
    }

    /// <summary>Lists totals after their segment's end, whichever of the two came first.</summary>
    public void AddConflictsAfterEnd(long registerId, long segment) =>
        tx.Prepare("""
            INSERT INTO met_conflict (register_id, kind, segment_us, at_us, total_wh, batch_id, found_us)
            SELECT t.register_id, 'after_end', t.segment_us, t.slot_end * 1000000, t.total_wh, $1, $2
            FROM met_segment s JOIN met_total t ON t.register_id = s.register_id AND t.segment_us = s.segment_us AND t.slot_end > s.closed_us / 1000000
            WHERE s.register_id = $3 AND s.segment_us = $4 AND t.gateway_id = $5 AND t.slot_end * 1000000 > s.closed_us
            ON CONFLICT DO NOTHING
            """)
            .Bind(batchId).Bind(nowUs).Bind(registerId).Bind(segment).Bind(gatewayId).Later();

    private void AddEach(SqliteTransaction file, IReadOnlyList<(RegisterRow Register, IReadOnlyList<RegisterTotal> Totals)> totals)
    {
        var touched = new TouchedDays();
        foreach (var (register, list) in totals)
        {
            var news = new List<RegisterTotal>(list.Count);
            foreach (var total in list)
                if (Insert(file, register, total) || AddConflictIfOther(file, register, total)) news.Add(total);
            foreach (long segment in news.Select(total => total.Segment).Distinct()) AddConflictsAfterEnd(register.RegisterId, segment);
            touched.Add(register.SeriesId, news);
        }

        touched.Mark(tx, batchId);
    }

    private bool Insert(SqliteTransaction file, RegisterRow register, RegisterTotal total) =>
        file.Prepare("INSERT INTO met_total (gateway_id, register_id, slot_end, segment_us, total_wh, quality, border_offset_ms, batch_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
            .Bind(gatewayId).Bind(register.RegisterId).Bind(total.SlotEnd).Bind(total.Segment)
            .Bind(total.Total.WattHours).Bind((long)total.Quality).Bind(total.BorderOffsetMilliseconds).Bind(batchId).Run() == 1;

    private bool AddConflictIfOther(SqliteTransaction file, RegisterRow register, RegisterTotal total) =>
        file.Prepare("""
            INSERT INTO met_conflict (register_id, kind, segment_us, at_us, total_wh, batch_id, found_us)
            SELECT register_id, 'total', segment_us, slot_end * 1000000, $1, $2, $3 FROM met_total
            WHERE gateway_id = $4 AND register_id = $5 AND slot_end = $6 AND segment_us = $7 AND total_wh <> $1
            ON CONFLICT DO NOTHING
            """)
            .Bind(total.Total.WattHours).Bind(batchId).Bind(nowUs).Bind(gatewayId).Bind(register.RegisterId).Bind(total.SlotEnd).Bind(total.Segment).Run() == 1;
}
