using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>Day-ahead prices as far as they are known, EUR/kWh, and what to expect where they are not yet published: the mean of the same time of day on the last seven days (dispatch-optimisation §6.1).</summary>
/// <param name="zone">The building's.</param>
public sealed class SpotPrices(DateTimeZone zone)
{
    private const int DaysOfMean = 7;

    /// <summary>Older prices say too little; with none in this time there is no expectation.</summary>
    private const int MostDaysBack = 14;

    private readonly Dictionary<QuarterHour, double> known = [];

    /// <summary>Takes prices in; a price of the same slot replaces the earlier one.</summary>
    public void Add(IEnumerable<SlotValue> prices)
    {
        foreach (var price in prices) known[price.Slot] = price.Value;
    }

    /// <summary>Drops what no expectation can need any more.</summary>
    public void ForgetBefore(Instant instant)
    {
        foreach (var slot in known.Keys.Where(slot => slot.End <= instant).ToList()) known.Remove(slot);
    }

    /// <summary>The published price; absent if there is none.</summary>
    public double? Known(QuarterHour slot) => known.TryGetValue(slot, out double price) ? price : null;

    /// <summary>The mean of the latest seven known prices at the same local time on earlier days; absent if there is none within fourteen days.</summary>
    public double? Expected(QuarterHour slot)
    {
        var local = slot.Start.InZone(zone).LocalDateTime;
        double sum = 0;
        int count = 0;
        for (int day = 1; day <= MostDaysBack && count < DaysOfMean; day++)
        {
            var before = QuarterHour.Containing(zone.AtLeniently(local.PlusDays(-day)).ToInstant());
            if (!known.TryGetValue(before, out double price)) continue;
            sum += price;
            count++;
        }

        return count == 0 ? null : sum / count;
    }
}
