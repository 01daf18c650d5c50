using System.Numerics;
using CoMaKo.Settlement.Allocation;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using CoMaKo.Settlement.Tests.Allocation;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Runs;

/// <summary>A settlement's lines slot by slot in the plainest words, on big integers and dictionaries.</summary>
internal static class NaiveSettlement
{
    public static List<(LineKind Kind, string Point, LocalDate From, BigInteger Wh, BigInteger Cents)> Lines(TestGroup group)
    {
        var sums = new Dictionary<(string Kind, LocalDate From, string Point), BigInteger>();
        foreach (var day in group.Days)
        {
            var price = group.Prices.Where(each => each.From is not { } since || since <= day).OrderBy(each => each.From ?? LocalDate.MinIsoValue).LastOrDefault();
            if (price is null) continue;
            var from = price.From is { } begin && begin > group.From ? begin : group.From;
            for (int slot = 0; slot < MarketDay.Slots(MarketDay.Number(day)).Count; slot++)
                foreach (var (kind, point, wh) in Slot(group, day, slot)) sums[(kind, from, point)] = sums.GetValueOrDefault((kind, from, point)) + wh;
        }

        return [.. sums.GroupBy(sum => (sum.Key.Kind, sum.Key.From)).SelectMany(part => Priced(group, part.Key.Kind, part.Key.From, part.Select(sum => (sum.Key.Point, sum.Value))))
            .Where(line => line.Wh > 0).OrderBy(line => line.Kind).ThenBy(line => line.Point, StringComparer.Ordinal).ThenBy(line => line.From)];
    }

    private static IEnumerable<(string Kind, string Point, BigInteger Wh)> Slot(TestGroup group, LocalDate day, int slot)
    {
        var members = group.Points.Where(point => group.Memberships.Any(each => each.Point == point.Id && each.From <= day && (each.To is not { } to || to > day)))
            .OrderBy(point => point.Id, StringComparer.Ordinal).ToList();
        var key = group.Keys.Where(each => each.From is not { } since || since <= day).OrderBy(each => each.From ?? LocalDate.MinIsoValue).LastOrDefault();
        var consumers = members.Where(point => point.Directions.HasFlag(PointDirections.Consumption)).Select(point => point.Id).ToList();
        var producers = members.Where(point => point.Directions.HasFlag(PointDirections.Generation)).Select(point => point.Id).ToList();
        if (key is null || members.Count == 0) yield break;
        if (key.Method != AllocationMethod.Dynamic && consumers.Count > 0)
        {
            if (consumers.Exists(id => !key.Weights.ContainsKey(id))) yield break;
            if (key.Method != AllocationMethod.Ranked && (consumers.Sum(id => key.Weights[id]) != 1_000_000 || key.Weights.Any(each => each.Value > 0 && !consumers.Contains(each.Key)))) yield break;
        }

        var demand = consumers.ConvertAll(id => Value(group, id, EnergyDirection.Consumption, day, slot));
        var supply = producers.ConvertAll(id => Value(group, id, EnergyDirection.Generation, day, slot));
        if (demand.Concat(supply).Any(value => value is null)) yield break;

        long[] given = NaiveAllocation.Allocate(key.Method, supply.Sum(wh => wh!.Value), demand.ConvertAll(wh => wh!.Value), consumers.ConvertAll(id => key.Weights.GetValueOrDefault(id)));
        long[] shared = NaiveAllocation.LargestRemainder(given.Aggregate(BigInteger.Zero, (sum, wh) => sum + wh), supply.ConvertAll(wh => wh!.Value));
        for (int i = 0; i < given.Length; i++) yield return ("debit", consumers[i], given[i]);
        for (int i = 0; i < shared.Length; i++)
        {
            yield return ("credit", producers[i], shared[i]);
            yield return ("surplus", producers[i], supply[i]!.Value - shared[i]);
        }
    }

    private static long? Value(TestGroup group, string point, EnergyDirection direction, LocalDate day, int slot) =>
        group.Series(point, direction, day) is { } series && series.Status[slot] is ValueStatus.Measured or ValueStatus.Substituted or ValueStatus.Corrected ? group.Series(point, direction, day)!.Value.Wh[slot] : null;

    private static IEnumerable<(LineKind Kind, string Point, LocalDate From, BigInteger Wh, BigInteger Cents)> Priced(
        TestGroup group, string kind, LocalDate from, IEnumerable<(string Point, BigInteger Wh)> sums)
    {
        var price = group.Prices.Where(each => each.From is not { } since || since <= from).OrderBy(each => each.From ?? LocalDate.MinIsoValue).Last();
        var ordered = sums.OrderBy(each => each.Point, StringComparer.Ordinal).ToList();
        if (kind == "surplus")
            return price.Surplus is { } surplus ? ordered.Select(each => (LineKind.Surplus, each.Point, from, each.Wh, -Rounded(each.Wh * surplus))) : [];
        BigInteger total = Rounded(ordered.Aggregate(BigInteger.Zero, (sum, each) => sum + each.Wh) * price.Internal);
        long[] cents = NaiveAllocation.LargestRemainder(total, ordered.ConvertAll(each => (long)each.Wh));
        if (kind == "debit") return ordered.Select((each, i) => (LineKind.SharedEnergy, each.Point, from, each.Wh, (BigInteger)cents[i]));
        var lines = ordered.Select((each, i) => (LineKind.SharedGeneration, each.Point, from, each.Wh, -(BigInteger)cents[i]));
        return price.Fee == 0 ? lines : lines.Concat(ordered.Select(each => (LineKind.Fee, each.Point, from, each.Wh, Rounded(each.Wh * price.Fee))));
    }

    private static BigInteger Rounded(BigInteger parts) => (parts + 5_000_000) / 10_000_000;
}
