namespace CoMaKo.Devices.Simulator.Model;

/// <summary>Chance as a pure function of seed and place, so that any instant can be computed again (SplitMix64's mixing).</summary>
internal static class Chance
{
    public static ulong Mix(ulong seed, long stream, long index)
    {
        ulong z = seed + 0x9E3779B97F4A7C15UL * unchecked((ulong)stream * 0x1000003UL + (ulong)index + 1);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>0 ≤ x &lt; 1.</summary>
    public static double Unit(ulong seed, long stream, long index) => (Mix(seed, stream, index) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A smooth curve through random values, one each <paramref name="spacing"/> seconds; 0 … 1.</summary>
    public static double Smooth(ulong seed, long stream, long second, int spacing)
    {
        (long knot, long rest) = Math.DivRem(second, spacing);
        double x = rest / (double)spacing;
        double weight = x * x * (3 - 2 * x);
        return Unit(seed, stream, knot) * (1 - weight) + Unit(seed, stream, knot + 1) * weight;
    }
}
