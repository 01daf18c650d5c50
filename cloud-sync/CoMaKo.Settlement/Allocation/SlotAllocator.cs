namespace CoMaKo.Settlement.Allocation;

/// <summary>How a slot's shareable generation reaches the consuming points; the numbers are those of every table.</summary>
public enum AllocationMethod
{
    /// <summary>Each point has a quota of the generation by its key; what it does not use goes to the grid.</summary>
    Static = 1,

    /// <summary>As static, but unused quota is distributed again over the points with open demand and a key above zero.</summary>
    StaticRedistributed = 2,

    /// <summary>By consumption of the slot.</summary>
    Dynamic = 3,

    /// <summary>Classes in order, inside a class by consumption.</summary>
    Ranked = 4,
}

/// <summary>
/// Allocates the generation of one slot in whole Wh. One allocator serves all slots with the same consuming points, keys and method; it keeps its
/// working memory, so one thread uses it at a time. Points are ordered by id (ordinal): of equal fractions the earlier point gets the unit.
/// </summary>
public sealed class SlotAllocator
{
    private readonly AllocationMethod method;
    private readonly long[] weights;
    private readonly int[][] classes = [];
    private readonly long[] first;
    private readonly long[] second;
    private readonly int[] open;

    private SlotAllocator(AllocationMethod method, long[] weights, int[][] classes)
    {
        this.method = method;
        this.weights = weights;
        this.classes = classes;
        first = new long[weights.Length];
        second = new long[weights.Length];
        open = new int[weights.Length];
    }

    /// <summary>An allocator for these consuming points.</summary>
    /// <param name="weights">Per point: key in ppm (static methods), class from 1, which is served first (ranked), anything (dynamic).</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative key or class, or an unknown method.</exception>
    public static SlotAllocator Create(AllocationMethod method, ReadOnlySpan<long> weights)
    {
        if (!Enum.IsDefined(method)) throw new ArgumentOutOfRangeException(nameof(method), method, "Unknown method.");
        long[] own = weights.ToArray();
        if (method != AllocationMethod.Dynamic && own.Any(weight => weight < 0)) throw new ArgumentOutOfRangeException(nameof(weights), "A key or class is negative.");
        int[][] ranked = method != AllocationMethod.Ranked ? [] : [.. Enumerable.Range(0, own.Length).GroupBy(i => own[i]).OrderBy(group => group.Key).Select(group => group.ToArray())];
        return new SlotAllocator(method, own, ranked);
    }

    /// <summary>Allocates one slot.</summary>
    /// <param name="generation">Shareable generation in Wh, 0 or more.</param>
    /// <param name="consumption">Wh per point, 0 or more each.</param>
    /// <param name="allocated">Receives Wh per point, at most its consumption each and together at most the generation; all
    /// of the generation or of the demand it may serve, unless the method is static.</param>
    /// <returns>The sum of <paramref name="allocated"/>.</returns>
    /// <exception cref="InvalidOperationException">An invariant broke (rule P14): a fault of this code, never of data.</exception>
    public long Allocate(long generation, ReadOnlySpan<long> consumption, Span<long> allocated)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(generation);
        if (consumption.Length != weights.Length || allocated.Length != weights.Length) throw new ArgumentException("The allocator was made for another number of points.", nameof(consumption));
        switch (method)
        {
            case AllocationMethod.Static: Static(generation, consumption, allocated); break;
            case AllocationMethod.StaticRedistributed: Redistributed(generation, consumption, allocated); break;
            case AllocationMethod.Dynamic: LargestRemainder.Distribute(Math.Min(generation, Sum(consumption)), consumption, allocated); break;
            default: Ranked(generation, consumption, allocated); break;
        }

        return Checked(generation, consumption, allocated);
    }

    private void Static(long generation, ReadOnlySpan<long> consumption, Span<long> allocated)
    {
        LargestRemainder.Distribute(generation, weights, allocated);
        for (int i = 0; i < allocated.Length; i++) allocated[i] = Math.Min(allocated[i], consumption[i]);
    }

    /// <summary>Each round closes a point or gives away all that is left.</summary>
    private void Redistributed(long generation, ReadOnlySpan<long> consumption, Span<long> allocated)
    {
        allocated.Clear();
        int count = 0;
        for (int i = 0; i < weights.Length; i++)
            if (weights[i] > 0 && consumption[i] > 0) open[count++] = i;
        long rest = generation;
        while (rest > 0 && count > 0)
        {
            for (int i = 0; i < count; i++) first[i] = weights[open[i]];
            LargestRemainder.Distribute(rest, first.AsSpan(0, count), second.AsSpan(0, count));
            int still = 0;
            for (int i = 0; i < count; i++)
            {
                int point = open[i];
                long taken = Math.Min(second[i], consumption[point] - allocated[point]);
                allocated[point] += taken;
                rest -= taken;
                if (allocated[point] < consumption[point]) open[still++] = point;
            }

            if (still == count && rest > 0) throw new InvalidOperationException("CMH-3114 A round of redistribution neither closed a point nor gave all away.");
            count = still;
        }
    }

    private void Ranked(long generation, ReadOnlySpan<long> consumption, Span<long> allocated)
    {
        long rest = generation;
        foreach (int[] members in classes)
        {
            for (int i = 0; i < members.Length; i++) first[i] = consumption[members[i]];
            var demand = first.AsSpan(0, members.Length);
            var given = second.AsSpan(0, members.Length);
            long total = Math.Min(rest, Sum(demand));
            LargestRemainder.Distribute(total, demand, given);
            for (int i = 0; i < members.Length; i++) allocated[members[i]] = given[i];
            rest -= total;
        }
    }

    private static long Sum(ReadOnlySpan<long> values)
    {
        long sum = 0;
        foreach (long value in values) sum = checked(sum + value);
        return sum;
    }

    private long Checked(long generation, ReadOnlySpan<long> consumption, ReadOnlySpan<long> allocated)
    {
        long sum = 0, reachable = 0, signs = 0;
        for (int i = 0; i < allocated.Length; i++)
        {
            sum += allocated[i];
            reachable += method == AllocationMethod.StaticRedistributed && weights[i] == 0 ? 0 : consumption[i];
            signs |= allocated[i] | (consumption[i] - allocated[i]);
        }

        bool isWhole = method == AllocationMethod.Static ? sum <= generation : sum == Math.Min(generation, reachable);
        if (signs < 0 || sum < 0 || !isWhole) throw new InvalidOperationException("CMH-3114 More or less was allocated than the rule allows.");
        return sum;
    }
}
