using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Metering;

/// <summary>Begins and ends of segments inside a writing transaction.</summary>
internal static class SegmentRows
{
    /// <summary>Adds a border; a second one with other content becomes a conflict.</summary>
    /// <returns>Whether anything is new.</returns>
    public static bool Put(HubTransaction tx, RegisterRow register, RegisterSegment segment, long batchId, long nowUs)
    {
        long atUs = segment.At.ToUnixTimeTicks() / 10;
        tx.Prepare(segment.IsEnd ? PutEnd : PutBegin)
            .Bind(register.RegisterId).Bind(segment.Segment).Bind(atUs).Bind(segment.Total.WattHours).Bind((long)segment.Reason)
            .Bind(segment.Obis.ToString()).Bind(segment.CtFactorMicro).Bind(segment.ResolutionMilliwattHours).Bind((long)segment.Role).Run();
        bool isNew = tx.Changes == 1;
        if (IsSame(tx, register, segment, atUs)) return isNew;
        tx.Prepare("INSERT INTO met_conflict (register_id, kind, segment_us, at_us, total_wh, batch_id, found_us) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")
            .Bind(register.RegisterId).Bind(segment.IsEnd ? "end" : "begin").Bind(segment.Segment).Bind(atUs).Bind(segment.Total.WattHours).Bind(batchId).Bind(nowUs).Run();
        return isNew || tx.Changes == 1;
    }

    /// <summary>When a segment ended, Unix µs; absent while it is open or unknown.</summary>
    public static long? End(HubTransaction tx, RegisterRow register, long segment)
    {
        var find = tx.Prepare("SELECT closed_us FROM met_segment WHERE register_id = ? AND segment_us = ?").Bind(register.RegisterId).Bind(segment);
        long? end = find.Step() && !find.IsNull(0) ? find.Int64(0) : null;
        find.Reset();
        return end;
    }

    private const string PutBegin = """
        INSERT INTO met_segment (register_id, segment_us, opened_us, opening_wh, open_reason, obis, ct_factor_micro, resolution_mwh, role) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET opened_us = excluded.opened_us, opening_wh = excluded.opening_wh, open_reason = excluded.open_reason WHERE opened_us IS NULL
        """;

    private const string PutEnd = """
        INSERT INTO met_segment (register_id, segment_us, closed_us, closing_wh, close_reason, obis, ct_factor_micro, resolution_mwh, role) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET closed_us = excluded.closed_us, closing_wh = excluded.closing_wh, close_reason = excluded.close_reason WHERE closed_us IS NULL
        """;

    private static bool IsSame(HubTransaction tx, RegisterRow register, RegisterSegment segment, long atUs)
    {
        var find = tx.Prepare("""
            SELECT 1 FROM met_segment WHERE register_id = ? AND segment_us = ? AND ((?3 = 0 AND opened_us = ?4 AND opening_wh = ?5 AND open_reason = ?6)
              OR (?3 = 1 AND closed_us = ?4 AND closing_wh = ?5 AND close_reason = ?6)) AND obis = ?7 AND ct_factor_micro = ?8 AND resolution_mwh = ?9 AND role = ?10
            """).Bind(register.RegisterId).Bind(segment.Segment).Bind(segment.IsEnd ? 1 : 0).Bind(atUs).Bind(segment.Total.WattHours).Bind((long)segment.Reason)
            .Bind(segment.Obis.ToString()).Bind(segment.CtFactorMicro).Bind(segment.ResolutionMilliwattHours).Bind((long)segment.Role);
        bool same = find.Step();
        find.Reset();
        return same;
    }
}
