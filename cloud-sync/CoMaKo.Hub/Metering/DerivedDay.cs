using CoMaKo.Hub.Events;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Hub.Metering;

/// <summary>A day that must be derived, with the mark that was read before its inputs.</summary>
internal sealed record MarkedDay(long SeriesId, int Day, long Mark);

/// <summary>A day that was derived.</summary>
/// <param name="Version">Newest stored version; 0 if there is none.</param>
/// <param name="Hash">Its inputs.</param>
/// <param name="Findings">What the rules say of the day.</param>
/// <param name="Gateway">New version of the point's curve from its registers; absent if there is none.</param>
internal sealed record DerivedDay(MarkedDay Marked, EffectiveDay Day, int Version, string? Hash, CurveDay? Gateway, SeriesFindings Findings)
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

        Findings.Write(tx, nowUs, events); // if the day was marked anew meanwhile, its next derivation puts them right
        tx.Prepare("DELETE FROM met_dirty WHERE series_id = $1 AND day = $2 AND mark = $3").Bind(Marked.SeriesId).Bind(Marked.Day).Bind(Marked.Mark).Later();
    }

    private static string IsMarked(string series, string day, string mark) => $"EXISTS (SELECT 1 FROM met_dirty d WHERE d.series_id = {series} AND d.day = {day} AND d.mark = {mark})";
}
