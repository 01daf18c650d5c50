using System.Buffers;
using System.Numerics;

namespace CoMaKo.Settlement.Allocation;

/// <summary>
/// Distributes whole units by weights so that their sum is exact: each gets the floor of its share, the units left over go to the largest
/// fractional parts, among equal ones to the smaller index. Callers order by id (ordinal), hence "ties to the smaller id".
/// </summary>
public static class LargestRemainder
{
    /// <summary>Below this total an estimated quotient is wrong by at most one: five roundings of 2⁻⁵³ each stay under a third of a unit.</summary>
    private const long FastTotal = 1L << 49;

    /// <summary>Below this sum of weights a remainder that is off by one quotient still fits into 64 bits.</summary>
    private const long FastSum = 1L << 61;

    private const int BucketBits = 11;
    private const int SortedUpTo = 256;
    private const int OnStackUpTo = 128;

    /// <summary>The shares of <paramref name="total"/>; zeros if all weights are zero.</summary>
    /// <inheritdoc cref="Distribute(long, ReadOnlySpan{long}, Span{long})"/>
    public static long[] Distribute(long total, ReadOnlySpan<long> weights)
    {
        long[] shares = new long[weights.Length];
        Distribute(total, weights, shares);
        return shares;
    }

    /// <summary>Writes the shares of <paramref name="total"/>; zeros if all weights are zero.</summary>
    /// <param name="total">Units to give away, 0 or more (Wh or cents).</param>
    /// <param name="weights">0 or more each.</param>
    /// <param name="shares">As long as <paramref name="weights"/>; its sum is the total.</param>
    /// <exception cref="ArgumentException">A negative total or weight, or lengths that differ.</exception>
    /// <exception cref="OverflowException">The weights' sum does not fit into 64 bits.</exception>
    public static void Distribute(long total, ReadOnlySpan<long> weights, Span<long> shares)
    {
        if (shares.Length != weights.Length) throw new ArgumentException("There are as many shares as weights.", nameof(shares));
        long sum = SumOf(weights);
        ArgumentOutOfRangeException.ThrowIfNegative(total);
        if (total == 0 || sum == 0)
        {
            shares.Clear();
            return;
        }

        if (total == sum)
        {
            weights.CopyTo(shares);
            return;
        }

        long[]? rented = weights.Length > OnStackUpTo ? ArrayPool<long>.Shared.Rent(2 * weights.Length) : null;
        Span<long> scratch = rented is null ? stackalloc long[2 * OnStackUpTo] : rented;
        var remainders = scratch[..weights.Length];
        long given = total < FastTotal && sum < FastSum ? Estimate(total, sum, weights, shares, remainders) : Divide(total, sum, weights, shares, remainders);
        if (given < total) GiveLargest((int)(total - given), sum, remainders, scratch.Slice(weights.Length, weights.Length), shares);
        if (rented is not null) ArrayPool<long>.Shared.Return(rented);
    }

    private static long SumOf(ReadOnlySpan<long> weights)
    {
        long sum = 0, bits = 0;
        foreach (long weight in weights)
        {
            bits |= weight;
            sum = checked(sum + weight);
        }

        if (bits < 0) throw new ArgumentException("A weight is negative.", nameof(weights));
        return sum;
    }

    /// <summary>Quotients by floating point, put right by their exact remainders: 64-bit arithmetic that wraps gives the true small difference.</summary>
    private static long Estimate(long total, long sum, ReadOnlySpan<long> weights, Span<long> shares, Span<long> remainders)
    {
        double scale = (double)total / sum;
        long given = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            long weight = weights[i];
            long share = (long)(weight * scale);
            long remainder = unchecked(total * weight - share * sum);
            if (remainder < 0)
            {
                share--;
                remainder += sum;
            }
            else if (remainder >= sum)
            {
                share++;
                remainder -= sum;
            }

            shares[i] = share;
            remainders[i] = remainder;
            given += share;
        }

        return given;
    }

    private static long Divide(long total, long sum, ReadOnlySpan<long> weights, Span<long> shares, Span<long> remainders)
    {
        long given = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            var (share, remainder) = UInt128.DivRem((UInt128)total * (ulong)weights[i], (ulong)sum);
            shares[i] = (long)share;
            remainders[i] = (long)remainder;
            given += shares[i];
        }

        return given;
    }

    /// <summary>One more unit for the <paramref name="count"/> largest remainders. More remainders than that are above zero, so no zero weight gets one.</summary>
    private static void GiveLargest(int count, long sum, ReadOnlySpan<long> remainders, Span<long> scratch, Span<long> shares)
    {
        long least = remainders.Length <= SortedUpTo ? NthLargest(count, remainders, scratch) : NthLargestOfMany(count, sum, remainders, scratch);
        for (int i = 0; i < remainders.Length; i++)
        {
            if (remainders[i] <= least) continue;
            shares[i]++;
            count--;
        }

        for (int i = 0; count > 0; i++)
        {
            if (remainders[i] != least) continue;
            shares[i]++;
            count--;
        }
    }

    private static long NthLargest(int count, ReadOnlySpan<long> values, Span<long> scratch)
    {
        var sorted = scratch[..values.Length];
        values.CopyTo(sorted);
        sorted.Sort();
        return sorted[^count];
    }

    /// <summary>Counts the remainders by their leading bits first, so that only one bucket is sorted.</summary>
    private static long NthLargestOfMany(int count, long sum, ReadOnlySpan<long> remainders, Span<long> scratch)
    {
        int shift = Math.Max(0, 64 - BitOperations.LeadingZeroCount((ulong)(sum - 1)) - BucketBits);
        Span<int> counts = stackalloc int[1 << BucketBits];
        counts.Clear();
        foreach (long remainder in remainders) counts[(int)(remainder >> shift)]++;
        int bucket = counts.Length - 1;
        while (counts[bucket] < count) count -= counts[bucket--];
        int found = 0;
        foreach (long remainder in remainders)
            if (remainder >> shift == bucket) scratch[found++] = remainder;
        return NthLargest(count, scratch[..found], scratch);
    }
}
