using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Hub.Metering;

/// <summary>One begin or end of a segment on its way into the database; each step is sent together with that of the batch's other borders.</summary>
internal sealed class SegmentBorder(RegisterRow register, RegisterSegment segment)
{
    private const string PutBegin = """
        INSERT INTO met_segment (register_id, segment_us, opened_us, opening_wh, open_reason, obis, ct_factor_micro, resolution_mwh, role) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (register_id, segment_us) DO UPDATE SET opened_us = excluded.opened_us, opening_wh = excluded.opening_wh, open_reason = excluded.open_reason
        WHERE met_segment.opened_us IS NULL RETURNING segment_us
        """;

    private const string PutEnd = """
        INSERT INTO met_segment (register_id, segment_us, closed_us, closing_wh, close_reason, obis, ct_factor_micro, resolution_mwh, role) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (register_id, segment_us) DO UPDATE SET closed_us = excluded.closed_us, closing_wh = excluded.closing_wh, close_reason = excluded.close_reason
        WHERE met_segment.closed_us IS NULL RETURNING segment_us
        """;

    private const string Same = """
        SELECT segment_us FROM met_segment WHERE register_id = $1 AND segment_us = $2 AND obis = $3 AND ct_factor_micro = $4 AND resolution_mwh = $5 AND role = $6
        """;

    private readonly long atUs = segment.At.ToUnixTimeTicks() / 10;
    private readonly List<long> news = [];
    private readonly List<long> same = [];
    private readonly List<(long First, long Last)?> touched = [];

    public RegisterRow Register => register;

    public RegisterSegment Segment => segment;

    /// <summary>Whether the border or a conflict about it is new.</summary>
    public bool IsNew => news.Count > 0;

    /// <summary>Adds the border; the first one stays.</summary>
    public void Put(HubTransaction tx)
    {
        tx.Prepare(segment.IsEnd ? PutEnd : PutBegin)
            .Bind(register.RegisterId).Bind(segment.Segment).Bind(atUs).Bind(segment.Total.WattHours).Bind((long)segment.Reason)
            .Bind(segment.Obis.ToString()).Bind(segment.CtFactorMicro).Bind(segment.ResolutionMilliwattHours).Bind((long)segment.Role).Later(news, row => row.Int64(0));
        tx.Prepare($"{Same} AND {(segment.IsEnd ? "closed_us = $7 AND closing_wh = $8 AND close_reason = $9" : "opened_us = $7 AND opening_wh = $8 AND open_reason = $9")}")
            .Bind(register.RegisterId).Bind(segment.Segment).Bind(segment.Obis.ToString()).Bind(segment.CtFactorMicro).Bind(segment.ResolutionMilliwattHours).Bind((long)segment.Role)
            .Bind(atUs).Bind(segment.Total.WattHours).Bind((long)segment.Reason).Later(same, row => row.Int64(0));
    }

    /// <summary>A second border with other content becomes a conflict.</summary>
    public void NoteConflict(HubTransaction tx, long batchId, long nowUs)
    {
        if (same.Count > 0) return;
        tx.Prepare("INSERT INTO met_conflict (register_id, kind, segment_us, at_us, total_wh, batch_id, found_us) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING segment_us")
            .Bind(register.RegisterId).Bind(segment.IsEnd ? "end" : "begin").Bind(segment.Segment).Bind(atUs).Bind(segment.Total.WattHours).Bind(batchId).Bind(nowUs).Later(news, row => row.Int64(0));
    }

    /// <summary>Asks for the totals that came before this border and are judged anew: those of the segment, and the last one before it.</summary>
    public void ReadTouched(HubTransaction tx, long gatewayId) =>
        tx.Prepare("""
            SELECT min(slot_end), max(slot_end) FROM met_total WHERE gateway_id = $1 AND register_id = $2 AND (segment_us = $3
              OR slot_end = (SELECT max(slot_end) FROM met_total WHERE gateway_id = $1 AND register_id = $2 AND slot_end <= $4))
            """).Bind(gatewayId).Bind(register.RegisterId).Bind(segment.Segment).Bind(segment.At.ToUnixTimeSeconds())
            .Later(touched, row => row.IsNull(0) ? null : (row.Int64(0), row.Int64(1)));

    /// <summary>The days of the border and of those totals.</summary>
    public IEnumerable<int> TouchedDays()
    {
        yield return MarketDay.Containing(segment.At.ToUnixTimeSeconds());
        if (touched is not [{ } slots]) yield break;
        for (int day = MarketDay.Containing(slots.First - 1); day <= MarketDay.Containing(slots.Last); day++) yield return day;
    }
}
