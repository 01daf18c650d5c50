namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// Sees a grid meter that counts the wrong way round: the loop then drives itself to the limit, and grid and battery move together instead of against each other (local-control §2.3).
/// Three changes of the wrong sign raise a doubt; the batteries then go to 0 W, and the answer to that change decides. Seconds and watts.
/// </summary>
internal sealed class MeterSignWatch
{
    private const double LeastChange = 300;
    private const int Wrong = 3;

    /// <summary>Share of the battery's change by which the grid must move the same way, to be called wrong.</summary>
    private const double SameWay = 0.5;

    private (double Grid, double Battery)? reference;
    private double checkUntil;
    private int wrong;

    public MeterSignState State { get; private set; } = MeterSignState.Fine;

    /// <summary>Takes a sample.</summary>
    /// <param name="inMeter">What the batteries contribute to this sample by their model.</param>
    /// <param name="settling">How long a write has an effect.</param>
    /// <returns>Whether the state changed.</returns>
    public bool Take(double at, double grid, double inMeter, double settling)
    {
        var before = State;
        if (State == MeterSignState.Fine) Follow(at, grid, inMeter, settling);
        else if (State == MeterSignState.Doubted && at >= checkUntil) Decide(grid, inMeter);
        return State != before;
    }

    public void Trust() => (State, wrong, reference) = (MeterSignState.Fine, 0, null);

    /// <summary>Known from before a restart.</summary>
    public void Distrust() => State = MeterSignState.Inverted;

    public void Restart()
    {
        if (State != MeterSignState.Inverted) Trust();
    }

    private void Follow(double at, double grid, double inMeter, double settling)
    {
        if (reference is not { } from)
        {
            reference = (grid, inMeter);
            return;
        }

        double battery = inMeter - from.Battery, answer = grid - from.Grid;
        if (Math.Abs(battery) < LeastChange) return;
        reference = (grid, inMeter);
        wrong = answer / battery >= SameWay ? wrong + 1 : 0;
        if (wrong < Wrong) return;
        (State, checkUntil) = (MeterSignState.Doubted, at + settling + 2);
    }

    private void Decide(double grid, double inMeter)
    {
        double battery = inMeter - reference!.Value.Battery, answer = grid - reference.Value.Grid;
        bool isInverted = Math.Abs(battery) >= LeastChange && answer / battery >= SameWay;
        Trust();
        if (isInverted) State = MeterSignState.Inverted;
    }
}

internal enum MeterSignState
{
    Fine,

    /// <summary>The batteries go to 0 W; what the meter says to that decides.</summary>
    Doubted,
    Inverted,
}
