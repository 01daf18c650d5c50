using CoMaKo.Quantities;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Balancing;

/// <summary>A balance group in one slot, all in Wh.</summary>
/// <param name="Position">Generation minus consumption plus trades; absent if a series has no value.</param>
/// <param name="Schedule">What was announced before the day; absent if nothing was.</param>
public readonly record struct BalanceSlot(QuarterHour Slot, long? Position, long? Schedule)
{
    /// <summary>Below zero the group was short.</summary>
    public long? Deviation => Position - Schedule;
}

/// <summary>What a slot's deviation costs.</summary>
/// <param name="Price">1/10 000 ct per kWh.</param>
/// <param name="Parts">−deviation × price, see <see cref="Money.PartsPerCent"/>; above zero the group pays.</param>
public readonly record struct SlotCost(QuarterHour Slot, long Deviation, long Price, bool IsProvisional, Int128 Parts);

/// <summary>Balancing of a group over a period.</summary>
/// <param name="OpenSlots">Slots without position, schedule or price: they cost nothing yet.</param>
/// <param name="Parts">Exact sum of the slots.</param>
public sealed record BalancingCost(IReadOnlyList<SlotCost> Slots, IReadOnlyList<QuarterHour> OpenSlots, Int128 Parts)
{
    /// <summary>The exact amount in EUR; above zero the group pays.</summary>
    public decimal ExactEur => Money.ExactEur(Parts);

    /// <summary>Rounded once.</summary>
    public long Cents => Money.Cents(Parts);

    /// <summary>Whether a price only stands in for one that is not published yet.</summary>
    public bool IsProvisional => Slots.Any(slot => slot.IsProvisional);
}

/// <summary>By what balancing cost is distributed over the points.</summary>
public enum CostShare
{
    /// <summary>By the sum of absolute deviations of each point from its own forecast.</summary>
    Deviation = 1,

    /// <summary>By energy consumed and generated.</summary>
    Energy = 2,
}

/// <summary>A point's part in the group's deviation.</summary>
/// <param name="AbsoluteDeviation">Σ |actual − forecast| in Wh.</param>
/// <param name="Energy">Σ consumption and generation in Wh.</param>
public sealed record DeviationShare(string Point, long AbsoluteDeviation, long Energy);

/// <summary>Aggregates, deviation and balancing cost of a group (domain reference §8).</summary>
public static class BalanceGroup
{
    /// <summary>Position per slot of a day: generation minus consumption plus trades. A slot in which a series has no value has no position.</summary>
    /// <param name="series">One entry per point and direction that takes part; an absent one (<c>null</c>) leaves the day open.</param>
    /// <param name="trades">Energy bought (above zero) or sold per slot; absent: none.</param>
    public static IReadOnlyList<long?> Positions(int slots, IReadOnlyList<SeriesDay?> series, IReadOnlyList<long>? trades = null)
    {
        ArgumentNullException.ThrowIfNull(series);
        var positions = new long?[slots];
        for (int i = 0; i < slots; i++) positions[i] = trades?[i] ?? 0;
        foreach (var each in series)
        {
            for (int i = 0; i < slots; i++)
            {
                bool isPresent = each is not null && each.Status.Span[i] is not (ValueStatus.Absent or ValueStatus.Faulty);
                positions[i] = isPresent ? positions[i] + (each!.Direction == EnergyDirection.Generation ? each.Wh.Span[i] : -each.Wh.Span[i]) : null;
            }
        }

        return positions;
    }

    /// <summary>Cost of each slot's deviation: −deviation × price.</summary>
    public static BalancingCost Cost(IEnumerable<BalanceSlot> slots, ReBap prices)
    {
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(prices);
        var costs = new List<SlotCost>();
        var open = new List<QuarterHour>();
        Int128 sum = 0;
        foreach (var slot in slots)
        {
            if (slot.Deviation is not { } deviation || prices.On(slot.Slot) is not { } price)
            {
                open.Add(slot.Slot);
                continue;
            }

            Int128 parts = -(Int128)deviation * price.Price;
            costs.Add(new SlotCost(slot.Slot, deviation, price.Price, price.IsProvisional, parts));
            sum += parts;
        }

        return new BalancingCost(costs, open, sum);
    }

    /// <summary>Distributes the rounded amount over the points to the cent; earnings go the same way.</summary>
    /// <returns>
    /// Lines of kind <see cref="LineKind.Deviation"/> whose Wh is the weight. If no point deviated, the energy decides; empty if there is neither: then the
    /// amount stays with the group.
    /// </returns>
    public static IReadOnlyList<SettlementLine> Distribute(BalancingCost cost, LocalDate from, LocalDate to, CostShare share, IEnumerable<DeviationShare> points)
    {
        ArgumentNullException.ThrowIfNull(cost);
        var ordered = points.OrderBy(each => each.Point, StringComparer.Ordinal).ToList();
        bool byDeviation = share == CostShare.Deviation && ordered.Exists(each => each.AbsoluteDeviation > 0);
        long[] weights = [.. ordered.Select(each => byDeviation ? each.AbsoluteDeviation : each.Energy)];
        long[] cents = LargestRemainder.Distribute(Math.Abs(cost.Cents), weights);
        return [.. ordered.Select((each, i) => new SettlementLine(LineKind.Deviation, each.Point, from, to, weights[i], 0, Math.Sign(cost.Cents) * cents[i])).Where(line => line.Cents != 0)];
    }
}
