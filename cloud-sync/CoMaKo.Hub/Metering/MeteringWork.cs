using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Metering;

/// <summary>Anomalies and conflicts that wait for a decision.</summary>
internal sealed class MeteringWork(HubDatabase database) : IWorkSource
{
    public IReadOnlyList<string> Kinds => ["gap", "anomaly.error", "anomaly.warning", "conflict"];

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop)
    {
        // Gaps of months that have ended are told with the month that waits for them.
        var today = now.InZone(MarketDay.Zone).Date;
        int month = MarketDay.Number(today.With(DateAdjusters.StartOfMonth));
        await using var reader = await database.OpenReaderAsync();
        var findings = (await reader.QueryAsync<(long Point, long Rule, long Count, long SinceUs)>("""
            SELECT s.point_id, f.rule, count(*), min(f.found_us) FROM met_finding f JOIN met_series s ON s.series_id = f.series_id
            WHERE f.state = @open AND (f.rule <> @gap OR f.day >= @month) GROUP BY s.point_id, f.rule ORDER BY s.point_id
            """, new { open = (long)FindingState.Open, gap = (long)PlausibilityRule.Gap, month })).AsList();
        var names = await PointReader.NamesAsync(reader, database.Engine, [.. findings.Select(row => row.Point).Distinct()]);
        var conflicts = await reader.QueryAsync<(string Register, long Count, long SinceUs)>(
            "SELECT r.name, count(*), min(c.found_us) FROM met_conflict c JOIN met_register r ON r.register_id = c.register_id WHERE c.decided_us IS NULL GROUP BY r.name ORDER BY r.name");
        return
        [
            .. findings.GroupBy(row => (Point: names[row.Point], Kind: KindOf((PlausibilityRule)row.Rule))).Select(same => new WorkItem(
                same.Key.Kind, same.Key.Point, same.Key.Kind == "anomaly.warning" ? WorkRank.Decision : WorkRank.Attention,
                At(same.Min(row => row.SinceUs)), $"/pages/anomalies?point={Uri.EscapeDataString(same.Key.Point)}", same.Sum(row => row.Count))),
            .. conflicts.Select(row => new WorkItem("conflict", row.Register, WorkRank.Attention, At(row.SinceUs), "/pages/parked#conflicts", row.Count)),
        ];
    }

    private static string KindOf(PlausibilityRule rule) => rule == PlausibilityRule.Gap ? "gap"
        : new PlausibilityFinding(rule, default, 0, 0).Class == FindingClass.Error ? "anomaly.error" : "anomaly.warning";

    private static Instant At(long us) => Instant.FromUnixTimeTicks(us * 10);
}
