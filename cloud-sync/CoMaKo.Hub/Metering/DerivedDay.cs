using CoMaKo.Hub.Events;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;

namespace CoMaKo.Hub.Metering;

/// <summary>A day that must be derived, with the mark that was read before its inputs.</summary>
internal sealed record MarkedDay(long SeriesId, int Day, long Mark);

/// <summary>A day that was derived.</summary>
/// <param name="Version">Newest stored version; 0 if there is none.</param>
/// <param name="Hash">Its inputs.</param>
/// <param name="Point">Its id, for events.</param>
/// <param name="Findings">What the rules say now.</param>
/// <param name="Open">What is open of them.</param>
/// <param name="Gateway">New version of the point's curve from its registers; absent if there is none.</param>
internal sealed record DerivedDay(MarkedDay Marked, EffectiveDay Day, int Version, string? Hash, CurveDay? Gateway, string Point, IReadOnlyList<PlausibilityFinding> Findings, IReadOnlyList<FindingRows.Open> Open)
{
    /// <summary>
    /// Stores it and takes the mark away, unless the day was marked anew meanwhile: then it is derived again. A version of another process with the same
    /// number stops the transaction.
    /// </summary>
    public void Write(HubTransaction tx, long nowUs, EventOutbox? events)
    {
        if (Gateway is { } curve)
        {
            tx.Prepare($"INSERT INTO met_curve_day (series_id, day, source, version, wh, quality, created_us) SELECT $1, $2, $3, $4, $5, $6, $7 WHERE {IsMarked("$1", "$2", "$8")}")
                .Bind(Marked.SeriesId).Bind(Marked.Day).Bind((long)curve.Source).Bind(curve.Version).Bind(curve.PackWh()).Bind(curve.PackQuality()).Bind(nowUs).Bind(Marked.Mark).Later();
        }

        if (Day.InputHash != Hash)
        {
            tx.Prepare($"""
                INSERT INTO met_effective_day (day, series_id, version, wh, source, status, billable, state, input_hash, created_us)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 WHERE {IsMarked("$2", "$1", "$11")}
                """)
                .Bind(Marked.Day).Bind(Marked.SeriesId).Bind(Version + 1).Bind(Day.PackWh()).Bind(Day.PackSource()).Bind(Day.PackStatus())
                .Bind(Day.Billable).Bind((long)Day.State).Bind(Day.InputHash).Bind(nowUs).Bind(Marked.Mark).Later();
        }

        WriteFindings(tx, nowUs, events);
        tx.Prepare("DELETE FROM met_dirty WHERE series_id = $1 AND day = $2 AND mark = $3").Bind(Marked.SeriesId).Bind(Marked.Day).Bind(Marked.Mark).Later();
    }

    /// <summary>If the day was marked anew meanwhile, its next derivation puts them right.</summary>
    private void WriteFindings(HubTransaction tx, long nowUs, EventOutbox? events)
    {
        foreach (var gone in Open.Where(open => !Findings.Any(finding => finding.Rule == open.Rule && finding.Slot.StartUnixSeconds == open.Slot))) FindingRows.Remove(tx, gone.FindingId);
        foreach (var finding in Findings)
        {
            var known = Open.FirstOrDefault(open => finding.Rule == open.Rule && finding.Slot.StartUnixSeconds == open.Slot);
            if (known is not null && known.Value == FindingRows.Thousandths(finding.Value)) continue;
            FindingRows.Put(tx, Marked.SeriesId, finding, nowUs);
            if (known is null)
                events?.Append(tx, EventTypes.ReadingAnomalous, Point, nowUs, new { rule = finding.RuleId, code = finding.Code, slot = finding.Slot.Start.ToString(), value = finding.Value, limit = finding.Limit });
        }
    }

    private static string IsMarked(string series, string day, string mark) => $"EXISTS (SELECT 1 FROM met_dirty d WHERE d.series_id = {series} AND d.day = {day} AND d.mark = {mark})";
}
