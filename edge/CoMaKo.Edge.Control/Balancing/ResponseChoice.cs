namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// Which response explains the meter best just now. The net load does not know of the battery, so with the right delay and lag it is calm while the battery moves;
/// with wrong ones the battery's movement shows up in it. Of responses around the learned one the calmest is taken. Seconds and watts.
/// </summary>
/// <remarks>
/// This makes the law insensitive to a delay that is off by up to <see cref="Reach"/> and to a lag that is off by half (DECISIONS.md has the figures);
/// while nothing moves, the learned response holds.
/// </remarks>
internal sealed class ResponseChoice
{
    public const double Reach = 2;
    private const double Step = 0.25;
    private const double Memory = 6;

    /// <summary>Larger jumps are loads that switch: they must not outweigh what the battery's movement says.</summary>
    private const double Clip = 500;

    /// <summary>Unrest by which a delay one step away must be better than the learned one.</summary>
    private const double Handicap = 50 * 50;

    /// <summary>The same for another lag, in steps: a load that rises while the battery moves looks like one.</summary>
    private const int PaceHandicap = 11;

    private const int Half = (int)(Reach / Step);
    private const int Row = 2 * Half + 1;
    private const int Learned = Row + Half;
    private readonly double[] unrest = new double[Count];
    private readonly double[] previous = new double[Count];
    private double? previousAt;

    public const int Count = Row * BatteryTrack.Paces;

    /// <summary>What the candidate of this index adds to the learned delay.</summary>
    public static double Offset(int index) => (index % Row - Half) * Step;

    /// <summary>Which of the battery models the candidate uses.</summary>
    public static int Pace(int index) => index / Row;

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
        int best = Learned;
        for (int i = 0; i < Count; i++)
        {
            if (Cost(i) < Cost(best)) best = i;
        }

        return best;
    }

    private double Cost(int index)
    {
        int steps = index % Row - Half, paces = Pace(index) - Pace(Learned);
        return unrest[index] + Handicap * (steps * steps + PaceHandicap * paces * paces);
    }
}
