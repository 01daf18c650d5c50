using System.Numerics;
using CoMaKo.Settlement.Allocation;

namespace CoMaKo.Settlement.Tests.Allocation;

/// <summary>The rules of allocation in the plainest words, on big integers and lists: slow, and written without a look at the product.</summary>
internal static class NaiveAllocation
{
    public static long[] LargestRemainder(BigInteger total, IReadOnlyList<long> weights)
    {
        BigInteger sum = weights.Aggregate(BigInteger.Zero, (all, weight) => all + weight);
        var shares = new long[weights.Count];
        if (sum.IsZero) return shares;
        var fractions = new List<(BigInteger Fraction, int Index)>();
        BigInteger left = total;
        for (int i = 0; i < shares.Length; i++)
        {
            BigInteger whole = BigInteger.DivRem(total * weights[i], sum, out var fraction);
            shares[i] = (long)whole;
            left -= whole;
            fractions.Add((fraction, i));
        }

        foreach (var (_, index) in fractions.OrderByDescending(each => each.Fraction).ThenBy(each => each.Index).Take((int)left)) shares[index]++;
        return shares;
    }

    public static long[] Allocate(AllocationMethod method, long generation, IReadOnlyList<long> consumption, IReadOnlyList<long> weights)
    {
        int count = consumption.Count;
        switch (method)
        {
            case AllocationMethod.Static:
                return [.. LargestRemainder(generation, weights).Zip(consumption, Math.Min)];
            case AllocationMethod.Dynamic:
                return LargestRemainder(BigInteger.Min(generation, Total(consumption)), consumption);
            case AllocationMethod.Ranked:
                {
                    var result = new long[count];
                    BigInteger rest = generation;
                    foreach (long rank in weights.Distinct().Order())
                    {
                        var members = Enumerable.Range(0, count).Where(i => weights[i] == rank).ToList();
                        var demand = members.ConvertAll(i => consumption[i]);
                        var total = BigInteger.Min(rest, Total(demand));
                        long[] given = LargestRemainder(total, demand);
                        for (int i = 0; i < members.Count; i++) result[members[i]] = given[i];
                        rest -= total;
                    }

                    return result;
                }

            default:
                {
                    var result = new long[count];
                    long rest = generation;
                    while (true)
                    {
                        var open = Enumerable.Range(0, count).Where(i => weights[i] > 0 && result[i] < consumption[i]).ToList();
                        if (rest == 0 || open.Count == 0) return result;
                        long[] quota = LargestRemainder(rest, open.ConvertAll(i => weights[i]));
                        for (int i = 0; i < open.Count; i++)
                        {
                            long taken = Math.Min(quota[i], consumption[open[i]] - result[open[i]]);
                            result[open[i]] += taken;
                            rest -= taken;
                        }
                    }
                }
        }
    }

    private static BigInteger Total(IEnumerable<long> values) => values.Aggregate(BigInteger.Zero, (all, value) => all + value);
}
