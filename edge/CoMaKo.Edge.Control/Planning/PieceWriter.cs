namespace CoMaKo.Edge.Control.Planning;

/// <summary>Appends one list to an arena: joins equal neighbours, stretches by self-discharge, and adds the penalty of a window piece by piece.</summary>
internal ref struct PieceWriter
{
    /// <summary>Neighbours with slopes this close, EUR/kWh, are one piece.</summary>
    private const double SlopeTolerance = 1e-13;

    /// <summary>Pieces shorter than this, kWh, are added to the next one.</summary>
    private const double LengthTolerance = 1e-13;

    private readonly PieceArena arena;
    private readonly double[] slopes;
    private readonly double[] lengths;
    private readonly int offset;
    private readonly WindowPenalty window;
    private readonly double retention;
    private readonly double stretch;
    private double added;
    private double edgeAhead;
    private double carried;
    private readonly double start;
    private int edge;
    private int count;

    /// <param name="arena">With room for what will come and the window's edges.</param>
    /// <param name="start">Stored energy at which the list starts, kWh.</param>
    /// <param name="retention">Share of the energy kept over the step; what comes is over the energy after it, what is written over the energy before.</param>
    public PieceWriter(PieceArena arena, in WindowPenalty window, double start, double retention = 1)
    {
        (this.arena, slopes, lengths, offset) = (arena, arena.Slopes, arena.Lengths, arena.Count);
        (this.window, this.start, this.retention, stretch) = (window, start, retention, 1 / retention);
        (count, added) = (arena.Count, window.FirstSlope);
        while (window.PlaceOf(edge) <= start) added += window.RiseAt(edge++);
        edgeAhead = window.PlaceOf(edge) - start;
    }

    public void Write(double slope, double length)
    {
        slope *= retention;
        length *= stretch;
        while (length >= edgeAhead)
        {
            Append(slope + added, edgeAhead);
            length -= edgeAhead;
            added += window.RiseAt(edge);
            edgeAhead = window.PlaceOf(edge + 1) - window.PlaceOf(edge);
            edge++;
        }

        edgeAhead -= length;
        Append(slope + added, length);
    }

    /// <summary>Neither penalties nor self-discharge change what is still to come.</summary>
    public readonly bool IsPlain => edge >= window.Count && !window.HasCeiling && retention == 1 && carried == 0;

    /// <summary>Writes all that is left when <see cref="IsPlain"/>: few pieces of a step, from the right with opposite slope, between blocks of the cost to go.</summary>
    /// <param name="beyond">What to leave out at the right end, kWh.</param>
    public void WriteMerged(ReadOnlySpan<double> stageSlopes, ReadOnlySpan<double> stageLengths, ReadOnlySpan<double> nextSlopes, ReadOnlySpan<double> nextLengths, double beyond)
    {
        int from = 0;
        for (int i = stageSlopes.Length - 1; i >= 0; i--)
        {
            double slope = -stageSlopes[i];
            int to = from;
            while (to < nextSlopes.Length && nextSlopes[to] < slope) to++;
            WriteBlock(nextSlopes[from..to], nextLengths[from..to]);
            Append(slope, stageLengths[i]);
            from = to;
        }

        WriteBlock(nextSlopes[from..], nextLengths[from..]);
        for (; beyond > 0 && count > offset; count--)
        {
            if (lengths[count - 1] > beyond)
            {
                lengths[count - 1] -= beyond;
                break;
            }

            beyond -= lengths[count - 1];
        }
    }

    /// <summary>Closes the list.</summary>
    /// <param name="value">Cost at its start without the window's penalty, EUR.</param>
    /// <param name="end">Stored energy at its end, kWh.</param>
    public readonly PieceList Finish(double value, double end)
    {
        arena.Count = count;
        return new(offset, count - offset, start, value + window.At(start)) { End = end };
    }

    private void WriteBlock(ReadOnlySpan<double> blockSlopes, ReadOnlySpan<double> blockLengths)
    {
        if (blockSlopes.IsEmpty) return;
        // Only the first of the block can equal the last one written.
        Append(blockSlopes[0], blockLengths[0]);
        blockSlopes[1..].CopyTo(slopes.AsSpan(count));
        blockLengths[1..].CopyTo(lengths.AsSpan(count));
        count += blockSlopes.Length - 1;
    }

    private void Append(double slope, double length)
    {
        length += carried;
        carried = 0;
        if (count > offset && Math.Abs(slope - slopes[count - 1]) < SlopeTolerance) lengths[count - 1] += length;
        else if (length < LengthTolerance) carried = length;
        else (slopes[count], lengths[count], count) = (slope, length, count + 1);
    }
}
