using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using Dapper;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>Rule P12: what people read of a register against the quarter hours that something else measured between their readings.</summary>
internal static class ReadingChecks
{
    /// <summary>What the rule says of the periods between readings that touch the days from <paramref name="from"/> to <paramref name="last"/>; a finding stands at the period's first slot.</summary>
    /// <param name="known">Days as they count now; the others are read.</param>
    public static async Task<SeriesFindings> OfAsync(DbConnection reader, HubEngine engine, long seriesId, string point, int from, int last, IReadOnlyDictionary<int, EffectiveRow> known)
    {
        var open = await FindingRows.OpenAsync(reader, seriesId, PlausibilityRule.SumDiffers);
        var rows = (await reader.QueryAsync<(long At, long Kind, long Wh, long? PeriodStart, long State)>("SELECT at_s, kind, wh, period_start, state FROM met_reading WHERE series_id = @seriesId AND state <> 3", new { seriesId })).ToList();
        if (rows.Count == 0 && open.Count == 0) return new SeriesFindings(seriesId, point, [], []);
        var periods = new ReadingBook(rows.Select(row => new ReadingRow(0, seriesId, row.At, (ReadingKind)row.Kind, row.Wh, row.PeriodStart, (ReadingState)row.State, ReadingOrigin.Api, "", 0, null))).Periods();
        var touched = periods.Where(period => FirstDay(period) <= last && LastDay(period) >= from).ToList();
        var effective = touched.Count == 0 ? [] : await EffectiveRows.OfSeriesAsync(reader, engine, seriesId, touched.Min(FirstDay), touched.Max(LastDay));
        foreach (var (day, row) in known) effective[day] = row;
        var others = periods.Except(touched).Select(period => QuarterHour.Containing(period.From).StartUnixSeconds).ToHashSet();
        return new SeriesFindings(seriesId, point, [.. touched.Select(period => Of(period, effective)).OfType<PlausibilityFinding>()], [.. open.Where(finding => !others.Contains(finding.Slot))]);
    }

    /// <summary>The rule over one period. It says nothing unless each slot has a measured value; of slots that the period cuts any part may be its own.</summary>
    public static PlausibilityFinding? Of(PeriodEnergy period, IReadOnlyDictionary<int, EffectiveRow> effective)
    {
        var whole = new List<long>();
        long cut = 0;
        for (var slot = QuarterHour.Containing(period.From); slot.Start < period.To; slot = slot.Next)
        {
            if (MeasuredAt(slot, effective) is not { } wh) return null;
            if (slot.Start >= period.From && slot.End <= period.To) whole.Add(wh);
            else cut += wh;
        }

        return RegisterRules.SumDiffers(QuarterHour.Containing(period.From), whole, period.Wh - Math.Clamp(period.Wh - whole.Sum(), 0, cut));
    }

    private static long? MeasuredAt(QuarterHour slot, IReadOnlyDictionary<int, EffectiveRow> effective)
    {
        int day = MarketDay.Containing(slot.StartUnixSeconds);
        return effective.TryGetValue(day, out var row) ? row.MeasuredWhOf((int)((slot.StartUnixSeconds - MarketDay.Slots(day)[0].StartUnixSeconds) / QuarterHour.Seconds)) : null;
    }

    private static int FirstDay(PeriodEnergy period) => MarketDay.Containing(period.From.ToUnixTimeSeconds());

    private static int LastDay(PeriodEnergy period) => MarketDay.Containing(period.To.ToUnixTimeSeconds() - 1);
}
