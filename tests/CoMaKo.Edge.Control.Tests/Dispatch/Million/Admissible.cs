namespace CoMaKo.Edge.Control.Tests.Dispatch.Million;

/// <summary>
/// The exact set of battery powers that a sequence of limits leaves: a box, a bound on the sum of all and a bound on the sum of the dimmable ones.
/// A limit that leaves nothing gives way: of the powers before it, those nearest to it remain. Milliwatts.
/// </summary>
internal sealed class Admissible
{
    private const long Wide = 9_000_000_000_000_000;
    private readonly long[] low;
    private readonly long[] high;
    private readonly bool[] dimmable;
    private long least = -Wide, most = Wide, dimLeast = -Wide, dimMost = Wide;

    public Admissible(long[] low, long[] high, bool[] dimmable) => (this.low, this.high, this.dimmable) = (low, high, dimmable);

    /// <summary>Whether all limits so far hold for these powers, to <paramref name="tolerance"/> milliwatts.</summary>
    public bool Contains(long[] powers, long tolerance)
    {
        for (int i = 0; i < powers.Length; i++) if (powers[i] < low[i] - tolerance || powers[i] > high[i] + tolerance) return false;
        long sum = powers.Sum(), dim = powers.Where((_, i) => dimmable[i]).Sum();
        return sum >= least - tolerance && sum <= most + tolerance && dim >= dimLeast - tolerance && dim <= dimMost + tolerance;
    }

    /// <summary>One battery between these powers.</summary>
    public void One(int battery, long from, long to)
    {
        var (min, max) = RangeOf(battery);
        (low[battery], high[battery]) = Nearest(from, to, min, max, low[battery], high[battery]);
    }

    /// <summary>All together.</summary>
    public void Sum(long from, long to)
    {
        var (min, max) = RangeOfSum();
        (least, most) = Nearest(from, to, min, max, least, most);
    }

    /// <summary>The dimmable ones together.</summary>
    public void Dim(long from, long to)
    {
        long min = Math.Max(DimLow, least - Rest(high)), max = Math.Min(DimHigh, most - Rest(low));
        (dimLeast, dimMost) = Nearest(from, to, min, max, dimLeast, dimMost);
    }

    /// <summary>How far at least the powers go beyond upper limits of single batteries, all together, if everything so far is kept.</summary>
    /// <param name="isIdle">Nobody discharges for the sake of others, only as far as everything so far forces it.</param>
    public long LeastExcess(long[] limits, bool isIdle)
    {
        long excess = 0;
        long[] powers = new long[limits.Length];
        for (int i = 0; i < limits.Length; i++)
        {
            powers[i] = Math.Max(low[i], Math.Min(isIdle ? Math.Min(high[i], 0) : high[i], limits[i]));
            excess += Math.Max(0, powers[i] - limits[i]);
        }

        long dim = Math.Max(0, dimLeast - Dims(powers));
        return excess + dim + Math.Max(0, least - powers.Sum() - dim);
    }

    private static (long Low, long High) Nearest(long from, long to, long min, long max, long low, long high)
    {
        if (to < min) return (min, min);
        return from > max ? (max, max) : (Math.Max(low, from), Math.Min(high, to));
    }

    private (long Min, long Max) RangeOfSum() => (Math.Max(least, DimLow + Rest(low)), Math.Min(most, DimHigh + Rest(high)));

    /// <summary>The powers that one battery can have while all others do what helps it most.</summary>
    private (long Min, long Max) RangeOf(int battery)
    {
        bool isDim = dimmable[battery];
        long othersLow = (isDim ? Dims(low) : Rest(low)) - low[battery], othersHigh = (isDim ? Dims(high) : Rest(high)) - high[battery];
        long groupMin = isDim ? Math.Max(dimLeast, least - Rest(high)) : least - DimHigh, groupMax = isDim ? Math.Min(dimMost, most - Rest(low)) : most - DimLow;
        return (Math.Max(low[battery], groupMin - othersHigh), Math.Min(high[battery], groupMax - othersLow));
    }

    private long DimLow => Math.Max(dimLeast, Dims(low));

    private long DimHigh => Math.Min(dimMost, Dims(high));

    private long Dims(long[] ends) => ends.Where((_, i) => dimmable[i]).Sum();

    private long Rest(long[] ends) => ends.Where((_, i) => !dimmable[i]).Sum();
}
