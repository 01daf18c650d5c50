using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Metering;

/// <summary>Months into which a server's large tables are cut: totals by UTC month of the slot's end, curves by month of the Berlin day.</summary>
internal sealed class CalendarMonths(HubDatabase database)
{
    private readonly RangePartitions totals = new(database, "met_total", "gateway_id");
    private readonly RangePartitions curves = new(database, "met_curve_day");
    private readonly RangePartitions effective = new(database, "met_effective_day");

    /// <summary>Whether the engine cuts its tables at all.</summary>
    public bool AreNeeded => database.Engine == HubEngine.Postgres;

    /// <summary>Makes sure that totals with these slot ends have their place.</summary>
    public async ValueTask EnsureTotalsAsync(IEnumerable<long> slotEnds)
    {
        if (!AreNeeded) return;
        long from = 0, to = 0;
        foreach (long slotEnd in slotEnds)
        {
            if (slotEnd >= from && slotEnd < to) continue;
            var month = Instant.FromUnixTimeSeconds(slotEnd).InUtc().Date.With(DateAdjusters.StartOfMonth);
            (from, to) = (StartOf(month), StartOf(month.PlusMonths(1)));
            if (!totals.Has(from)) await totals.EnsureAsync(SuffixOf(month), from, to);
        }
    }

    /// <summary>Makes sure that the curves of a day have their place.</summary>
    public async ValueTask EnsureCurveAsync(int day)
    {
        var month = MarketDay.Date(day).With(DateAdjusters.StartOfMonth);
        var (from, to) = (MarketDay.Number(month), MarketDay.Number(month.PlusMonths(1)));
        await curves.EnsureAsync(SuffixOf(month), from, to);
        await effective.EnsureAsync(SuffixOf(month), from, to);
    }

    /// <summary>Whether <see cref="EnsureCurveAsync"/> has nothing to do for a day.</summary>
    public bool HasCurve(int day) => effective.Has(MarketDay.Number(MarketDay.Date(day).With(DateAdjusters.StartOfMonth)));

    /// <summary>Makes the running month and the next one, so that nobody waits for them at midnight.</summary>
    public async ValueTask EnsureAheadAsync(Instant now)
    {
        var month = now.InUtc().Date.With(DateAdjusters.StartOfMonth);
        await EnsureTotalsAsync([StartOf(month), StartOf(month.PlusMonths(1))]);
        await EnsureCurveAsync(MarketDay.Number(month));
        await EnsureCurveAsync(MarketDay.Number(month.PlusMonths(1)));
    }

    /// <summary>Looks again before the next row: the database may have been replaced by a backup.</summary>
    public void Forget()
    {
        totals.Forget();
        curves.Forget();
        effective.Forget();
    }

    private static long StartOf(LocalDate month) => month.AtStartOfDayInZone(DateTimeZone.Utc).ToInstant().ToUnixTimeSeconds();

    private static string SuffixOf(LocalDate month) => FormattableString.Invariant($"{month.Year:0000}_{month.Month:00}");
}
