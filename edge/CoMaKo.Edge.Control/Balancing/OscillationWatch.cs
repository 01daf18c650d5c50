namespace CoMaKo.Edge.Control.Balancing;

/// <summary>
/// Sees when the loop swings by itself: the grid changes sides again and again, and it is the battery that moves it (local-control §2.3). Seconds and watts.
/// </summary>
/// <remarks>
/// A load that switches on and off reverses the grid as well. Then the grid swings twice as far as the battery; in an oscillation both swing alike, and that tells them apart:
/// a reversal that the load made begins the count anew. So sure of itself, the watch may look for smaller swings (75 W) over a longer window than the reference:
/// with a dead time of 6 s one swing takes 24 s.
/// </remarks>
internal sealed class OscillationWatch
{
    private const double Beyond = 75;
    private const double Window = 120;
    private const int Most = 6;
    private const double OwnShare = 0.7;

    private readonly Queue<double> reversals = new();
    private int side;
    private (double Least, double Most) grid, battery;

    /// <summary>Takes a sample.</summary>
    /// <param name="error">Grid minus its target.</param>
    /// <param name="inMeter">What the batteries contribute to this sample by their model.</param>
    /// <param name="sinceCommand">Time since the last write; absent: none.</param>
    /// <param name="settling">How long a write has an effect.</param>
    /// <returns>Whether the loop oscillates; it then begins to count anew.</returns>
    public bool Take(double at, double error, double inMeter, double? sinceCommand, double settling)
    {
        grid = (Math.Min(grid.Least, error), Math.Max(grid.Most, error));
        battery = (Math.Min(battery.Least, inMeter), Math.Max(battery.Most, inMeter));
        if (Math.Abs(error) <= Beyond || Math.Sign(error) == side) return false;

        bool isOwn = side != 0 && sinceCommand <= settling && battery.Most - battery.Least >= OwnShare * (grid.Most - grid.Least);
        (side, grid, battery) = (Math.Sign(error), (error, error), (inMeter, inMeter));
        if (isOwn) reversals.Enqueue(at);
        else reversals.Clear();
        while (reversals.TryPeek(out double first) && first < at - Window) reversals.Dequeue();
        if (reversals.Count <= Most) return false;
        reversals.Clear();
        return true;
    }

    public void Restart()
    {
        reversals.Clear();
        (side, grid, battery) = (0, default, default);
    }
}
