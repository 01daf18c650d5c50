using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering.Readings;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Substitutes;

/// <summary>A gap and what would stand in for it.</summary>
/// <param name="From">First slot.</param>
internal sealed record FilledGap(QuarterHour From, QuarterHour To, Substitution Values);

/// <summary>
/// Forms substitute values for the slots of a point that have none (domain reference §4). They are stored as their own source, the lowest: whatever
/// comes later takes their place, and they stay readable with method and reason.
/// </summary>
internal sealed class SubstituteStore(HubDatabase database, PointCurves curves, LoadCurves registers, OtherPoints others, CalendarMonths months, TimeProvider clock)
{
    private const int LooksBack = 28;

    private static readonly MarketCalendar Calendar = new(GermanStates.None);

    /// <summary>The gaps of the days from <paramref name="from"/> to before <paramref name="to"/> that have ended, each with its values. Stores nothing.</summary>
    /// <param name="second">A second meter of the same energy; its values go before all other rules.</param>
    public async Task<IReadOnlyList<FilledGap>> FormAsync(PointRow point, PointSeries series, int from, int to, SecondMeter? second = null)
    {
        var rows = new Dictionary<int, EffectiveRow>();
        await curves.PrepareAsync(from - LooksBack, to + 1, [series.SeriesId]);
        await foreach (var row in curves.ReadAsync([series.SeriesId], from - LooksBack, to + 1)) rows[row.Day] = row;
        var profile = point.Profile is { } name ? await database.WriteAsync(tx => ProfileStore.FindAsync(tx, name)) : null;
        var filled = new List<FilledGap>();
        foreach (var (first, end) in Gaps(rows, from, to))
        {
            filled.Add(new FilledGap(first, end, SubstituteRules.Fill(new SubstituteInput(first, end, series.Direction, Calendar)
            {
                SumWh = await SumAsync(series, first, end),
                Before = ValueAt(rows, first.Previous),
                After = ValueAt(rows, end),
                History = slot => IsMeasured(rows, slot) ? ValueAt(rows, slot) : null,
                ComparisonMeter = second is null ? null : await others.MeasuredAsync(second.Point.PointId, series.Direction, first, end),
                IsComparisonCalibrated = second?.IsCalibrated == true,
                SisterPlant = series.Direction == EnergyDirection.Generation ? await others.SisterAsync(point, first, end) : null,
                OwnPeakWatts = point.PeakWatts ?? 0,
                AnnualWh = point.AnnualWh,
                Profile = profile,
            })));
        }

        return filled;
    }

    /// <summary>Stores values that were formed.</summary>
    public async Task<DeliveryOutcome> StoreAsync(PointRow point, PointSeries series, IReadOnlyList<FilledGap> gaps, Caller caller)
    {
        var days = ToDays(series, gaps);
        foreach (var day in days) await months.EnsureCurveAsync(day.Day);
        return await database.WriteAsync(async tx =>
        {
            long now = clock.UnixMicroseconds();
            var outcome = await new CurveDelivery(DeliveryKind.Substitution, CurveSource.Substitute, caller.Name, now).AddAsync(tx, days);
            await Audit.AppendAsync(tx, now, caller.Name, "substitutes.form", point.Name, FormattableString.Invariant($"{gaps.Count} gaps, {outcome.Created + outcome.Corrected} values"));
            return outcome;
        });
    }

    private List<(QuarterHour First, QuarterHour End)> Gaps(Dictionary<int, EffectiveRow> rows, int from, int to)
    {
        long now = clock.UnixMicroseconds() / 1_000_000;
        var gaps = new List<(QuarterHour, QuarterHour)>();
        QuarterHour? first = null;
        for (int day = from; day < to; day++)
        {
            foreach (var slot in MarketDay.Slots(day))
            {
                bool isGap = slot.EndUnixSeconds <= now && (At(rows, slot) is not { } at || (ValueStatus)at.Row.Status[at.Index] == ValueStatus.Absent);
                if (isGap) first ??= slot;
                else if (first is { } begin)
                {
                    gaps.Add((begin, slot));
                    first = null;
                }
            }
        }

        if (first is { } open) gaps.Add((open, QuarterHour.StartingAt(Math.Min(MarketDay.Slots(to)[0].StartUnixSeconds, now - now % QuarterHour.Seconds))));
        return gaps;
    }

    /// <summary>The gap's energy from its register's totals at both ends; known where one register alone makes the point.</summary>
    private async Task<long?> SumAsync(PointSeries series, QuarterHour first, QuarterHour end)
    {
        IReadOnlyList<Assignment> parts;
        await using (var reader = await database.OpenReaderAsync()) parts = await Assignments.OfSeriesAsync(reader, series.SeriesId);
        var holding = parts.Where(part => part.HoldsOn(MarketDay.Containing(first.StartUnixSeconds))).ToList();
        if (holding is not [{ Factor: 1 } only] || await registers.FindAsync(only.Register) is not { } register) return null;
        var curve = await registers.ReadAsync(register, first.StartUnixSeconds, end.StartUnixSeconds);
        return curve.Gaps is [var gap] && gap.From == first.StartUnixSeconds && gap.To == end.StartUnixSeconds ? gap.Wh : null;
    }

    private static List<DeliveredDay> ToDays(PointSeries series, IReadOnlyList<FilledGap> gaps)
    {
        var days = new SortedDictionary<int, (int?[] Wh, SubstituteMethod[] Method, HashSet<string> Reasons)>();
        foreach (var gap in gaps)
        {
            var slot = gap.From;
            foreach (long wh in gap.Values.Wh)
            {
                int day = MarketDay.Containing(slot.StartUnixSeconds);
                var slots = MarketDay.Slots(day);
                if (!days.TryGetValue(day, out var values)) days.Add(day, values = (new int?[slots.Count], new SubstituteMethod[slots.Count], []));
                long index = (slot.StartUnixSeconds - slots[0].StartUnixSeconds) / QuarterHour.Seconds;
                (values.Wh[index], values.Method[index]) = ((int)Math.Min(wh, int.MaxValue), gap.Values.Method);
                values.Reasons.Add(gap.Values.Reason);
                slot = slot.Next;
            }
        }

        return [.. days.Select(day => new DeliveredDay(series.PointId, series.Direction, day.Key, day.Value.Wh) { Method = day.Value.Method, Reason = string.Join(' ', day.Value.Reasons) })];
    }

    private static long? ValueAt(Dictionary<int, EffectiveRow> rows, QuarterHour slot) => At(rows, slot) is { } at ? at.Row.WhOf(at.Index) : null;

    private static bool IsMeasured(Dictionary<int, EffectiveRow> rows, QuarterHour slot) =>
        At(rows, slot) is { } at && (ValueStatus)at.Row.Status[at.Index] is ValueStatus.Measured or ValueStatus.Corrected;

    private static (EffectiveRow Row, int Index)? At(Dictionary<int, EffectiveRow> rows, QuarterHour slot)
    {
        int day = MarketDay.Containing(slot.StartUnixSeconds);
        return rows.TryGetValue(day, out var row) ? (row, (int)((slot.StartUnixSeconds - MarketDay.Slots(day)[0].StartUnixSeconds) / QuarterHour.Seconds)) : null;
    }
}
