namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// Which delay explains the meter best just now. The net load does not know of the battery, so with the right delay it is calm while the battery moves;
/// with a wrong one the battery's movement shows up in it twice. Of delays around the learned one the calmest is taken. Seconds and watts.
/// </summary>
/// <remarks>
/// This makes the law insensitive to a delay that is off by up to <see cref="Reach"/> (DECISIONS.md has the figures); while nothing moves, the learned delay holds.
/// </remarks>
internal sealed class DelayChoice
{
    public const double Reach = 2;
    private const double Step = 0.25;
    private const double Memory = 10;

    /// <summary>Larger jumps are loads that switch: they must not outweigh what the battery's movement says.</summary>
    private const double Clip = 500;

    /// <summary>Unrest by which one step away must be better than the learned delay.</summary>
    private const double Handicap = 50 * 50;

    private const int Half = (int)(Reach / Step);
    private readonly double[] unrest = new double[Count];
    private readonly double[] previous = new double[Count];
    private double? previousAt;

    public const int Count = 2 * Half + 1;

    /// <summary>What is added to the learned delay in the candidate of this index.</summary>
    public static double Offset(int index) => (index - Half) * Step;

    /// <summary>Takes the net load at one sample as each candidate sees it, and returns the index of the best.</summary>
    public int Choose(double at, ReadOnlySpan<double> netLoads)
    {
        double keep = previousAt is { } before ? Math.Exp(-(at - before) / Memory) : 0;
        for (int i = 0; i < Count; i++)
        {
            double change = previousAt is null ? 0 : Math.Min(Math.Abs(netLoads[i] - previous[i]), Clip);
            unrest[i] = keep * unrest[i] + change * change;
            previous[i] = netLoads[i];
        }

        previousAt = at;
        return Best();
    }

    public void Restart() => previousAt = null;

    private int Best()
    {
        int best = Half;
        for (int i = 0; i < Count; i++)
        {
            if (Cost(i) < Cost(best)) best = i;
        }

        return best;
    }

    private double Cost(int index) => unrest[index] + Handicap * (index - Half) * (index - Half);
}
