namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// The cost to go as a function of the stored energy, piecewise linear and convex if the problem is: left end, value there, then slopes (EUR/kWh) and lengths (kWh).
/// A view on somebody's memory: valid until that solver solves again.
/// </summary>
/// <param name="start">Least stored energy, kWh.</param>
/// <param name="value">Cost at <paramref name="start"/>, EUR.</param>
public readonly ref struct ValueView(double start, double value, ReadOnlySpan<double> slopes, ReadOnlySpan<double> lengths)
{
    /// <summary>EUR/kWh; slopes between samples of a mean carry its rounding.</summary>
    private const double ConvexityTolerance = 1e-9;

    public double Start { get; } = start;

    public double ValueAtStart { get; } = value;

    public ReadOnlySpan<double> Slopes { get; } = slopes;

    public ReadOnlySpan<double> Lengths { get; } = lengths;

    /// <summary>Greatest stored energy, kWh.</summary>
    public double End
    {
        get
        {
            double end = Start;
            foreach (double length in Lengths) end += length;
            return end;
        }
    }

    /// <summary>Whether the slopes rise, but for rounding.</summary>
    public bool IsConvex
    {
        get
        {
            for (int i = 1; i < Slopes.Length; i++)
                if (Slopes[i] < Slopes[i - 1] - ConvexityTolerance) return false;
            return true;
        }
    }

    /// <summary>Cost to go, EUR. Outside the ends it goes on with the outermost slope.</summary>
    public double At(double stored)
    {
        double left = stored - Start, cost = ValueAtStart;
        if (Slopes.IsEmpty) return cost;
        if (left < 0) return cost + Slopes[0] * left;
        for (int i = 0; i < Slopes.Length; i++)
        {
            if (left <= Lengths[i] || i == Slopes.Length - 1) return cost + Slopes[i] * left;
            cost += Slopes[i] * Lengths[i];
            left -= Lengths[i];
        }

        return cost;
    }

    /// <summary>Slope right of a stored energy, EUR/kWh: minus the value of one more kWh. At the right end and beyond: the last slope; 0 without any piece.</summary>
    public double SlopeAt(double stored)
    {
        if (Slopes.IsEmpty) return 0;
        double end = Start;
        for (int i = 0; i < Slopes.Length - 1; i++)
        {
            end += Lengths[i];
            if (stored < end) return Slopes[i];
        }

        return Slopes[^1];
    }

    /// <summary>Cost to go at <paramref name="into"/>.Length equally spaced energies from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    public void Sample(double from, double to, Span<double> into)
    {
        double width = (to - from) / (into.Length - 1), end = Start, cost = ValueAtStart;
        int piece = 0;
        if (!Slopes.IsEmpty) end += Lengths[0];
        for (int i = 0; i < into.Length; i++)
        {
            double stored = from + i * width;
            while (piece < Slopes.Length - 1 && stored > end)
            {
                cost += Slopes[piece] * Lengths[piece];
                end += Lengths[++piece];
            }

            into[i] = Slopes.IsEmpty ? cost : cost + Slopes[piece] * (stored - end + Lengths[piece]);
        }
    }
}
