using System.Data.Common;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>Where a finding stands; the numbers are those of <c>met_finding.state</c>.</summary>
public enum FindingState
{
    Open = 1,

    /// <summary>The value is right as it is.</summary>
    Dismissed = 2,

    /// <summary>The operator gave another value.</summary>
    Corrected = 3,
}

/// <summary>The plausibility rules over what counts on a day: P01, P05 to P08, P15. The other rules look at what is delivered, at registers, or at runs.</summary>
internal sealed class PointChecks(PointRow point, EnergyDirection direction, IReadOnlyDictionary<int, EffectiveRow> before)
{
    private const int HistoryDays = 28;

    /// <summary>Days before a day that its rules look at.</summary>
    public const int LooksBack = HistoryDays;

    /// <summary>Energy per slot that the point's fuse lets through; absent if it is not known.</summary>
    public static long? LimitOf(PointRow? point) => point?.FuseAmperes is { } fuse ? CurveRules.ConnectionLimit(fuse) : null;

    /// <summary>All findings of a day.</summary>
    /// <param name="faults">Values that the fuse does not let through and that therefore do not count, by slot.</param>
    public IReadOnlyList<PlausibilityFinding> Of(EffectiveDay day, long nowSeconds, IReadOnlyDictionary<QuarterHour, long> faults)
    {
        var slots = day.Slots.Where(slot => slot.Curve.Slot.EndUnixSeconds <= nowSeconds).Select(slot => new CheckedSlot(slot.Curve.Slot, slot.Curve.Wh)).ToList();
        var findings = new List<PlausibilityFinding>();
        if (!point.IsProfile) findings.AddRange(CurveRules.Gaps(slots));
        if (LimitOf(point) is { } limit)
            findings.AddRange(CurveRules.BeyondConnection([.. slots.Where(slot => slot.Wh is null && faults.ContainsKey(slot.Slot)).Select(slot => slot with { Wh = faults[slot.Slot] })], limit));
        if (direction == EnergyDirection.Generation && point is { LatitudeMicro: { } latitude, LongitudeMicro: { } longitude })
            findings.AddRange(CurveRules.GenerationAtNight(slots, latitude / 1e6, longitude / 1e6));
        if (direction == EnergyDirection.Consumption) findings.AddRange(CurveRules.ZeroRuns(WithDayBefore(day.Day, slots)));
        findings.AddRange(CurveRules.Constants(slots));
        for (int i = 0; i < slots.Count; i++)
            if (CurveRules.Outlier(slots[i], HistoryOf(day.Day, slots[i].Slot)) is { } outlier) findings.Add(outlier);
        return findings;
    }

    /// <summary>A run of zeros may begin on the day before; it is told where it begins.</summary>
    private List<CheckedSlot> WithDayBefore(int day, List<CheckedSlot> slots) =>
        before.TryGetValue(day - 1, out var yesterday) ? [.. MarketDay.Slots(day - 1).Select((slot, i) => new CheckedSlot(slot, yesterday.WhOf(i))), .. slots] : slots;

    /// <summary>Measured values of the same wall time on the days before.</summary>
    private List<long> HistoryOf(int day, QuarterHour slot)
    {
        var history = new List<long>();
        var time = slot.Start.InZone(MarketDay.Zone).TimeOfDay;
        int usual = (time.Hour * 60 + time.Minute) / 15;
        for (int back = 1; back <= HistoryDays; back++)
        {
            if (!before.TryGetValue(day - back, out var row)) continue;
            int index = row.Status.Length == 96 ? usual : IndexOf(day - back, time);
            if (index >= 0 && (ValueStatus)row.Status[index] is ValueStatus.Measured or ValueStatus.Corrected && row.WhOf(index) is { } wh) history.Add(wh);
        }

        return history;
    }

    private static int IndexOf(int day, NodaTime.LocalTime time)
    {
        var slots = MarketDay.Slots(day);
        for (int i = 0; i < slots.Count; i++)
            if (slots[i].Start.InZone(MarketDay.Zone).TimeOfDay == time) return i;
        return -1;
    }
}

/// <summary>Stored findings.</summary>
internal static class FindingRows
{
    /// <summary>An open finding of a series as stored.</summary>
    public sealed record Open(long FindingId, int Day, long Slot, PlausibilityRule Rule, long Value, long Bound);

    /// <summary>Rules that are looked at again with each derivation of their day.</summary>
    private static readonly PlausibilityRule[] Derived =
        [PlausibilityRule.Gap, PlausibilityRule.BeyondConnection, PlausibilityRule.GenerationAtNight, PlausibilityRule.Outlier, PlausibilityRule.ZeroRun, PlausibilityRule.Constant];

    /// <summary>Open findings of the derived rules by day.</summary>
    public static async Task<ILookup<int, Open>> OpenAsync(DbConnection reader, long seriesId, int from, int last) =>
        (await reader.QueryAsync<(long Id, long Day, long Slot, long Rule, long Value, long Bound)>(
            "SELECT finding_id, day, slot, rule, value, bound FROM met_finding WHERE series_id = @seriesId AND day >= @from AND day <= @last AND state = 1", new { seriesId, from, last }))
        .Select(row => new Open(row.Id, (int)row.Day, row.Slot, (PlausibilityRule)row.Rule, row.Value, row.Bound)).Where(open => Derived.Contains(open.Rule)).ToLookup(open => open.Day);

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
}
