using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Settlement.Balancing;

/// <summary>
/// The balancing price per quarter hour (reBAP), in 1/10 000 ct per kWh, so that 1 EUR/MWh is 1 000. The transmission operators publish it weeks after
/// delivery; until then the mean of the last known month stands in, and the true price comes as a delta.
/// </summary>
public sealed class ReBap(IReadOnlyDictionary<QuarterHour, long> prices)
{
    /// <summary>This many 1/10 000 ct per kWh make 1 EUR/MWh.</summary>
    public const long PerEuroPerMegawattHour = 1000;

    private readonly Dictionary<YearMonth, long> means = prices
        .GroupBy(each => MonthOf(each.Key))
        .ToDictionary(month => month.Key, month => (long)Math.Round(month.Average(each => (decimal)each.Value), MidpointRounding.AwayFromZero));

    /// <summary>The price of a slot, and whether it only stands in; absent if no month before is known either.</summary>
    public (long Price, bool IsProvisional)? On(QuarterHour slot)
    {
        if (prices.TryGetValue(slot, out long price)) return (price, false);
        var month = MonthOf(slot);
        YearMonth? last = null;
        foreach (var known in means.Keys)
            if (known < month && (last is not { } best || known > best)) last = known;
        return last is { } found ? (means[found], true) : null;
    }

    private static YearMonth MonthOf(QuarterHour slot)
    {
        var date = slot.Start.InZone(MarketDay.Zone).Date;
        return new YearMonth(date.Year, date.Month);
    }
}
