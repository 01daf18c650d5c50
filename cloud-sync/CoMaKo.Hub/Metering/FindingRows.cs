using System.Data.Common;
using CoMaKo.Hub.Events;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>What the rules say now of a series, and what is open of the same rules and slots: what is no longer said is taken away.</summary>
/// <param name="Point">Its id, for events.</param>
internal sealed record SeriesFindings(long SeriesId, string Point, IReadOnlyList<PlausibilityFinding> Said, IReadOnlyList<FindingRows.Open> Open)
{
    /// <summary>Stores the difference and tells of what is new.</summary>
    public void Write(HubTransaction tx, long nowUs, EventOutbox? events)
    {
        foreach (var gone in Open.Where(open => !Said.Any(open.IsOf))) FindingRows.Remove(tx, gone.FindingId);
        foreach (var finding in Said)
        {
            var known = Open.FirstOrDefault(open => open.IsOf(finding));
            if (known is not null && known.Value == FindingRows.Thousandths(finding.Value) && known.Bound == FindingRows.Thousandths(finding.Limit)) continue;
            FindingRows.Put(tx, SeriesId, finding, nowUs);
            if (known is null)
                events?.Append(tx, EventTypes.ReadingAnomalous, Point, nowUs, new { rule = finding.RuleId, code = finding.Code, slot = finding.Slot.Start.ToString(), value = finding.Value, limit = finding.Limit });
        }
    }
}

/// <summary>Stored findings.</summary>
internal static class FindingRows
{
    /// <summary>An open finding of a series as stored.</summary>
    public sealed record Open(long FindingId, int Day, long Slot, PlausibilityRule Rule, long Value, long Bound)
    {
        public bool IsOf(PlausibilityFinding finding) => finding.Rule == Rule && finding.Slot.StartUnixSeconds == Slot;
    }

    /// <summary>Rules that are looked at again with each derivation of their day.</summary>
    private static readonly PlausibilityRule[] OfDays =
        [PlausibilityRule.Gap, PlausibilityRule.BeyondConnection, PlausibilityRule.GenerationAtNight, PlausibilityRule.Outlier, PlausibilityRule.ZeroRun, PlausibilityRule.Constant];

    /// <summary>Open findings of the rules over days, by day.</summary>
    public static async Task<ILookup<int, Open>> OpenAsync(DbConnection reader, long seriesId, int from, int last) =>
        (await ReadAsync(reader, "day >= @from AND day <= @last", new { seriesId, from, last })).Where(open => OfDays.Contains(open.Rule)).ToLookup(open => open.Day);

    /// <summary>All open findings of one rule.</summary>
    public static Task<IReadOnlyList<Open>> OpenAsync(DbConnection reader, long seriesId, PlausibilityRule rule) => ReadAsync(reader, "rule = @rule", new { seriesId, rule = (long)rule });

    /// <summary>Adds a finding, or renews an open one; what was decided stays decided.</summary>
    public static void Put(HubTransaction tx, long seriesId, PlausibilityFinding finding, long nowUs) =>
        tx.Prepare("""
            INSERT INTO met_finding (series_id, day, slot, rule, value, bound, found_us) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (series_id, slot, rule) DO UPDATE SET value = excluded.value, bound = excluded.bound WHERE met_finding.state = 1
            """).Bind(seriesId).Bind(MarketDay.Containing(finding.Slot.StartUnixSeconds)).Bind(finding.Slot.StartUnixSeconds).Bind((long)finding.Rule)
            .Bind(Thousandths(finding.Value)).Bind(Thousandths(finding.Limit)).Bind(nowUs).Later();

    /// <summary>Takes an open finding away whose cause is gone.</summary>
    public static void Remove(HubTransaction tx, long findingId) => tx.Prepare("DELETE FROM met_finding WHERE finding_id = $1 AND state = 1").Bind(findingId).Later();

    public static long Thousandths(decimal value) => (long)decimal.Round(value * 1000);

    private static async Task<IReadOnlyList<Open>> ReadAsync(DbConnection reader, string which, object values) =>
        [.. (await reader.QueryAsync<(long Id, long Day, long Slot, long Rule, long Value, long Bound)>($"SELECT finding_id, day, slot, rule, value, bound FROM met_finding WHERE series_id = @seriesId AND state = 1 AND {which}", values))
            .Select(row => new Open(row.Id, (int)row.Day, row.Slot, (PlausibilityRule)row.Rule, row.Value, row.Bound))];
}
