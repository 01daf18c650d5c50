namespace CoMaKo.Edge.Control.Planning;

/// <summary>Two flat arrays in which lists of (slope, length) lie one behind the other. Grows while problems get larger, then allocates nothing.</summary>
/// <param name="most">Pieces after which a problem is refused.</param>
internal sealed class PieceArena(int most)
{
    public double[] Slopes { get; private set; } = [];

    public double[] Lengths { get; private set; } = [];

    public int Count { get; set; }

    /// <summary>A list as a function.</summary>
    public ValueView View(PieceList list) => new(list.Start, list.Value, Slopes.AsSpan(list.Offset, list.Count), Lengths.AsSpan(list.Offset, list.Count));

    /// <summary>Makes a list of what was written behind the last one: the cost of a step.</summary>
    public PieceList Append(in Stage stage, int count)
    {
        Count += count;
        return new(Count - count, count, stage.Left, 0) { End = stage.Right, ValueAtEnd = stage.ValueAtRight };
    }

    /// <summary>Room for so many further pieces.</summary>
    /// <exception cref="PlanTooLargeException">More than the allowed number.</exception>
    public void Reserve(int pieces)
    {
        if (Count + pieces <= Slopes.Length) return;
        if (Count + pieces > most) throw new PlanTooLargeException(most);
        int size = Math.Min(most, Math.Max(1024, 2 * (Count + pieces)));
        var (slopes, lengths) = (new double[size], new double[size]);
        Slopes.AsSpan(0, Count).CopyTo(slopes);
        Lengths.AsSpan(0, Count).CopyTo(lengths);
        (Slopes, Lengths) = (slopes, lengths);
    }
}

/// <summary>The exact solution needs more memory than a plan may take. Real plans need a hundredth of it; fewer steps or fewer different prices help.</summary>
public sealed class PlanTooLargeException(int pieces)
    : Exception(FormattableString.Invariant($"The plan needs more than {pieces} pieces of its cost functions. Give fewer steps."));

/// <summary>Where a list lies in a <see cref="PieceArena"/>, with its ends and the value at the left one; the costs of a step are anchored at the right end.</summary>
internal readonly record struct PieceList(int Offset, int Count, double Start, double Value)
{
    public double End { get; init; }

    public double ValueAtEnd { get; init; }
}
