using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Metering;

/// <summary>
/// The totals of one batch as arrays for a server: one statement inserts them and, if all were new, marks their days. Only when some were there
/// before is asked which.
/// </summary>
internal sealed class TotalArrays(PostgresTransaction tx, MeteringIntake intake, long gatewayId, long batchId, long nowUs)
{
    private const string Keys = "unnest($1, $2, $3, $4) AS u (register_id, slot_end, segment_us, total_wh)";

    private int[] registers = [];
    private long[] slotEnds = [];
    private long[] segments = [];
    private long[] wattHours = [];

    public async ValueTask AddAsync(IReadOnlyList<(RegisterRow Register, IReadOnlyList<RegisterTotal> Totals)> totals)
    {
        var touched = new TouchedDays();
        foreach (var (register, list) in totals) touched.Add(register.SeriesId, list);
        Fill(totals);
        var closed = new List<(long Register, long Segment)>();
        ReadClosed(totals, closed);
        var inserted = await Insert(totals, touched).NumberAsync();
        if (inserted < registers.Length) await AddKnownAsync(totals);
        foreach (var (register, segment) in closed) intake.AddConflictsAfterEnd(register, segment);
    }

    private void Fill(IReadOnlyList<(RegisterRow Register, IReadOnlyList<RegisterTotal> Totals)> totals)
    {
        int count = totals.Sum(register => register.Totals.Count), i = 0;
        (registers, slotEnds, segments, wattHours) = (new int[count], new long[count], new long[count], new long[count]);
        foreach (var (register, list) in totals)
            foreach (var total in list)
                (registers[i], slotEnds[i], segments[i], wattHours[i++]) = ((int)register.RegisterId, total.SlotEnd, total.Segment, total.Total.WattHours);
    }

    /// <summary>Segments of these totals that have an end: a total after it is a conflict.</summary>
    private void ReadClosed(IReadOnlyList<(RegisterRow Register, IReadOnlyList<RegisterTotal> Totals)> totals, List<(long, long)> closed)
    {
        var runs = totals.SelectMany(register => register.Totals.Select(total => total.Segment).Distinct().Select(segment => (register.Register.RegisterId, Segment: segment))).ToList();
        tx.Prepare("""
            SELECT s.register_id, s.segment_us FROM unnest($1, $2) AS u (register_id, segment_us) JOIN met_segment s ON s.register_id = u.register_id AND s.segment_us = u.segment_us
            WHERE s.closed_us < $3 * 1000000
            """).Bind([.. runs.Select(run => run.RegisterId)]).Bind([.. runs.Select(run => run.Segment)]).Bind(slotEnds.Max()).Later(closed, row => (row.Int64(0), row.Int64(1)));
    }

    private PostgresStatement Insert(IReadOnlyList<(RegisterRow Register, IReadOnlyList<RegisterTotal> Totals)> totals, TouchedDays touched)
    {
        short[] qualities = new short[registers.Length];
        int[] offsets = new int[registers.Length];
        int i = 0;
        foreach (var (_, list) in totals)
            foreach (var total in list)
                (qualities[i], offsets[i++]) = ((short)total.Quality, total.BorderOffsetMilliseconds);
        return tx.Prepare($"""
            WITH fresh AS (
              INSERT INTO met_total (register_id, slot_end, segment_us, total_wh, quality, border_offset_ms, gateway_id, batch_id)
              SELECT u.register_id, u.slot_end, u.segment_us, u.total_wh, u.quality, u.border_offset_ms, $7, $8
              FROM unnest($1, $2, $3, $4, $5, $6) AS u (register_id, slot_end, segment_us, total_wh, quality, border_offset_ms)
              ON CONFLICT DO NOTHING RETURNING 1),
            inserted AS (SELECT count(*) AS number FROM fresh),
            marked AS (
              INSERT INTO met_dirty (series_id, day, mark)
              SELECT d.series_id, d.day, $8 FROM unnest($9, $10) AS d (series_id, day), inserted WHERE inserted.number = $11
              ON CONFLICT (series_id, day) DO UPDATE SET mark = excluded.mark)
            SELECT number FROM inserted
            """).Bind(registers).Bind(slotEnds).Bind(segments).Bind(wattHours).Bind(qualities).Bind(offsets).Bind(gatewayId).Bind(batchId)
            .Bind([.. touched.All.Select(day => day.SeriesId)]).Bind([.. touched.All.Select(day => (long)day.Day)]).Bind(registers.Length);
    }

    /// <summary>Some totals were there before: those that say something else become conflicts, and only what is new marks its days.</summary>
    private async ValueTask AddKnownAsync(IReadOnlyList<(RegisterRow Register, IReadOnlyList<RegisterTotal> Totals)> totals)
    {
        var news = new List<(long Register, long SlotEnd, long Segment)>();
        BindKeys($"""
            INSERT INTO met_conflict (register_id, kind, segment_us, at_us, total_wh, batch_id, found_us)
            SELECT t.register_id, 'total', t.segment_us, t.slot_end * 1000000, u.total_wh, $5, $6
            FROM {Keys} JOIN met_total t ON t.register_id = u.register_id AND t.slot_end = u.slot_end AND t.segment_us = u.segment_us
            WHERE t.gateway_id = $7 AND t.slot_end BETWEEN $8 AND $9 AND t.total_wh <> u.total_wh
            ON CONFLICT DO NOTHING RETURNING register_id, at_us / 1000000, segment_us
            """).Bind(batchId).Bind(nowUs).Bind(gatewayId).Bind(slotEnds.Min()).Bind(slotEnds.Max()).Later(news, Read);
        BindKeys($"""
            SELECT t.register_id, t.slot_end, t.segment_us
            FROM {Keys} JOIN met_total t ON t.register_id = u.register_id AND t.slot_end = u.slot_end AND t.segment_us = u.segment_us
            WHERE t.gateway_id = $5 AND t.slot_end BETWEEN $6 AND $7 AND t.batch_id = $8
            """).Bind(gatewayId).Bind(slotEnds.Min()).Bind(slotEnds.Max()).Bind(batchId).Later(news, Read);
        await tx.SendAsync();
        var isNew = news.ToHashSet();
        var touched = new TouchedDays();
        foreach (var (register, list) in totals) touched.Add(register.SeriesId, list.Where(total => isNew.Contains((register.RegisterId, total.SlotEnd, total.Segment))));
        touched.Mark(tx, batchId);

        static (long, long, long) Read(IHubRow row) => (row.Int64(0), row.Int64(1), row.Int64(2));
    }

    private PostgresStatement BindKeys(string sql) => tx.Prepare(sql).Bind(registers).Bind(slotEnds).Bind(segments).Bind(wattHours);
}
