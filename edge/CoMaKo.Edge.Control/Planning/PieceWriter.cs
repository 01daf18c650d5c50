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
        (this.window, this.start, this.retention) = (window, start, retention);
        (count, added) = (arena.Count, window.FirstSlope);
        while (window.PlaceOf(edge) <= start) added += window.RiseAt(edge++);
        edgeAhead = window.PlaceOf(edge) - start;
    }

    public void Write(double slope, double length)
    {
        slope *= retention;
        length /= retention;
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

    /// <summary>Closes the list.</summary>
    /// <param name="value">Cost at its start without the window's penalty, EUR.</param>
    public readonly PieceList Finish(double value)
    {
        arena.Count = count;
        return new(offset, count - offset, start, value + window.At(start));
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
