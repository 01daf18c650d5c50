namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// Sees a grid meter that counts the wrong way round: the loop then drives itself to the limit, and grid and battery move together instead of against each other (local-control §2.3).
/// Three changes of the wrong sign raise a doubt. The batteries then take small steps, and what the meter says to those decides. Seconds and watts.
/// </summary>
/// <remarks>
/// The verdict stops the battery until a technician comes, so a load that happens to move with the battery must not bring it about: a step counts only if the meter moved
/// by about the battery's own change, and three such steps are wanted before there are two that it shows the right way.
/// </remarks>
internal sealed class MeterSignWatch
{
    private const double LeastChange = 300;
    private const int WrongForDoubt = 3, WrongForProof = 3, RightForTrust = 2, MostSteps = 10;

    /// <summary>A meter shows the battery's own movement if it moved by this share of it; by more or less, a load moved too.</summary>
    private const double LeastShare = 0.5, MostShare = 1.5;

    private static readonly double[] Steps = [0, 1000, 0, -1000];

    private (double Grid, double Battery)? reference;
    private double stepUntil;
    private int wrong, right, steps;

    public MeterSignState State { get; private set; } = MeterSignState.Fine;

    /// <summary>What the batteries are to do together while <see cref="State"/> is not fine, + discharge.</summary>
    public double Asked => State == MeterSignState.Doubted ? Steps[steps % Steps.Length] : 0;

    /// <summary>Takes a sample.</summary>
    /// <param name="inMeter">What the batteries contribute to this sample by their model.</param>
    /// <param name="settling">How long a write has an effect.</param>
    /// <returns>Whether the state changed.</returns>
    public bool Take(double at, double grid, double inMeter, double settling)
    {
        var before = State;
        if (State == MeterSignState.Fine) Follow(at, grid, inMeter, settling);
        else if (State == MeterSignState.Doubted && at >= stepUntil) Judge(at, grid, inMeter, settling);
        return State != before;
    }

    public void Trust() => (State, wrong, right, reference) = (MeterSignState.Fine, 0, 0, null);

    /// <summary>Known from before a restart.</summary>
    public void Distrust() => State = MeterSignState.Inverted;

    public void Restart()
    {
        if (State != MeterSignState.Inverted) Trust();
    }

    private void Follow(double at, double grid, double inMeter, double settling)
    {
        if (Compare(grid, inMeter) is not { } answer) return;
        wrong = answer == Answer.Wrong ? wrong + 1 : 0;
        if (wrong < WrongForDoubt) return;
        (State, wrong, steps, stepUntil) = (MeterSignState.Doubted, 0, 0, at + settling);
    }

    private void Judge(double at, double grid, double inMeter, double settling)
    {
        var answer = Compare(grid, inMeter);
        if (answer == Answer.Wrong) wrong++;
        if (answer == Answer.Right) right++;
        (steps, stepUntil) = (steps + 1, at + settling);
        if (wrong == WrongForProof) State = MeterSignState.Inverted;
        else if (right == RightForTrust || steps == MostSteps) Trust();
    }

    /// <summary>What the meter says to the battery's movement since the reference; absent while it moved too little.</summary>
    private Answer? Compare(double grid, double inMeter)
    {
        var from = reference ??= (grid, inMeter);
        double battery = inMeter - from.Battery;
        if (Math.Abs(battery) < LeastChange) return null;
        reference = (grid, inMeter);
        return ((grid - from.Grid) / battery) switch
        {
            >= LeastShare and <= MostShare => Answer.Wrong,
            <= -LeastShare and >= -MostShare => Answer.Right,
            _ => Answer.Unclear,
        };
    }

    private enum Answer
    {
        Right,
        Wrong,
        Unclear,
    }
}

internal enum MeterSignState
{
    Fine,

    /// <summary>The batteries take small steps; what the meter says to them decides.</summary>
    Doubted,
    Inverted,
}
