using CoMaKo.Hub.Market;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;

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

/// <summary>
/// The plausibility rules over what counts on a day: P01, P05 to P08, P15. The last four look at measured values only: a reading that was split evenly has
/// equal values, and that is no anomaly. The other rules look at what is delivered, at registers, or at runs.
/// </summary>
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
        List<CheckedSlot> measured = [.. slots.Select((slot, i) => IsMeasured(day.Status[i]) ? slot : slot with { Wh = null })];
        if (direction == EnergyDirection.Generation && point is { LatitudeMicro: { } latitude, LongitudeMicro: { } longitude })
            findings.AddRange(CurveRules.GenerationAtNight(measured, latitude / 1e6, longitude / 1e6));
        if (direction == EnergyDirection.Consumption) findings.AddRange(CurveRules.ZeroRuns(WithDayBefore(day.Day, measured)));
        findings.AddRange(CurveRules.Constants(measured));
        for (int i = 0; i < measured.Count; i++)
            if (CurveRules.Outlier(measured[i], HistoryOf(day.Day, measured[i].Slot)) is { } outlier) findings.Add(outlier);
        return findings;
    }

    /// <summary>A run of zeros may begin on the day before; it is told where it begins.</summary>
    private List<CheckedSlot> WithDayBefore(int day, List<CheckedSlot> slots) =>
        before.TryGetValue(day - 1, out var yesterday) ? [.. MarketDay.Slots(day - 1).Select((slot, i) => new CheckedSlot(slot, yesterday.MeasuredWhOf(i))), .. slots] : slots;

    private static bool IsMeasured(ValueStatus status) => status is ValueStatus.Measured or ValueStatus.Corrected;

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
            if (index >= 0 && row.MeasuredWhOf(index) is { } wh) history.Add(wh);
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
