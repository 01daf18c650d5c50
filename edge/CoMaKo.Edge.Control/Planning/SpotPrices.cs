using System.Collections.Immutable;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// Day-ahead prices as far as they are known, EUR/kWh, and what to expect where they are not yet published: the mean of the same time of day on the last seven days (dispatch-optimisation §6.1).
/// Each price remembers when it came, so that a look back sees what was known then.
/// </summary>
/// <param name="zone">The building's.</param>
public sealed class SpotPrices(DateTimeZone zone)
{
    private const int DaysOfMean = 7;

    /// <summary>A building goes on for weeks without a hub; with no price in this time there is no expectation.</summary>
    private const int MostDaysBack = 28;

    private readonly Dictionary<QuarterHour, (double Price, Instant Arrived)> known = [];

    /// <summary>Takes prices in; a price of the same slot replaces the earlier one, and counts as known since that one came.</summary>
    /// <param name="arrived">When they became known; absent: always were.</param>
    public void Add(IEnumerable<SlotValue> prices, Instant? arrived = null)
    {
        foreach (var price in prices) known[price.Slot] = (price.Value, known.TryGetValue(price.Slot, out var earlier) ? earlier.Arrived : arrived ?? Instant.MinValue);
    }

    /// <summary>Drops what no expectation can need any more.</summary>
    public void ForgetBefore(Instant instant)
    {
        foreach (var slot in known.Keys.Where(slot => slot.End <= instant).ToList()) known.Remove(slot);
    }

    /// <summary>The published price; absent if there is none.</summary>
    /// <param name="asOf">As it was known then; absent: now.</param>
    public double? Known(QuarterHour slot, Instant? asOf = null) => known.TryGetValue(slot, out var price) && (asOf is not { } at || price.Arrived <= at) ? price.Price : null;

    /// <summary>The mean of the latest seven known prices at the same local time on earlier days; absent if there is none within four weeks.</summary>
    /// <inheritdoc cref="Known" path="/param"/>
    public double? Expected(QuarterHour slot, Instant? asOf = null)
    {
        var local = slot.Start.InZone(zone).LocalDateTime;
        double sum = 0;
        int count = 0;
        for (int day = 1; day <= MostDaysBack && count < DaysOfMean; day++)
        {
            var before = QuarterHour.Containing(zone.AtLeniently(local.PlusDays(-day)).ToInstant());
            if (Known(before, asOf) is not { } price) continue;
            sum += price;
            count++;
        }

        return count == 0 ? null : sum / count;
    }

    /// <summary>What must outlive a restart.</summary>
    public PriceMemory Remember() => new([.. known.OrderBy(k => k.Key).Select(k => new RememberedPrice(k.Key, k.Value.Price, k.Value.Arrived == Instant.MinValue ? null : k.Value.Arrived))]);

    public void Recall(PriceMemory? memory)
    {
        foreach (var price in memory?.Prices ?? []) known[price.Slot] = (price.EurPerKwh, price.Arrived ?? Instant.MinValue);
    }
}

/// <summary>Day-ahead prices that were received.</summary>
public sealed record PriceMemory(ImmutableArray<RememberedPrice> Prices);

/// <param name="Arrived">Absent: not known when.</param>
public sealed record RememberedPrice(QuarterHour Slot, double EurPerKwh, Instant? Arrived);
