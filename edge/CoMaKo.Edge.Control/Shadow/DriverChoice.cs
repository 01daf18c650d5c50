using System.Collections.Immutable;

namespace CoMaKo.Edge.Control.Shadow;

/// <summary>
/// Which driver goes on: all drivers share one value function and differ in how much a decision must be worth against plain self-consumption. Each pays for its own virtual
/// battery on the measured data; once a day the one that was clearly best over the last days drives (dispatch-optimisation §6.2).
/// </summary>
/// <param name="drivers">How many there are: the optimiser with tolerances from none upwards, the rule last.</param>
/// <param name="days">Days that count: with fewer, a change comes too often by luck; see DECISIONS.md.</param>
public sealed class DriverChoice(int drivers, int days = 28)
{
    /// <summary>A driver must have been better than the usual one by so many standard errors of its daily advantage: a few lucky days are no reason to change.</summary>
    private const double Clear = 0.25;

    private const int LeastDays = 7;

    /// <summary>Until so many days are known, a forecast from them is worth less than it seems: the usual driver is the very careful one.</summary>
    private const int ExperiencedDays = 21;
    private readonly Queue<double[]> costs = [];

    /// <summary>Who drives now.</summary>
    public int Current { get; private set; } = Careful(drivers);

    /// <summary>Costs of the days that count, oldest first.</summary>
    public ImmutableArray<ImmutableArray<double>> Days => [.. costs.Select(day => day.ToImmutableArray())];

    /// <summary>Ends a day.</summary>
    /// <param name="dayCosts">What the day cost each driver, EUR, with the change of its stored energy valued alike for all.</param>
    public void EndDay(ReadOnlySpan<double> dayCosts)
    {
        if (dayCosts.Length != drivers) throw new ArgumentException($"There are {drivers} drivers.", nameof(dayCosts));
        costs.Enqueue(dayCosts.ToArray());
        if (costs.Count > days) costs.Dequeue();
        Current = Best();
    }

    private int Best()
    {
        int usual = costs.Count < ExperiencedDays ? Careful(drivers) : 0;
        (int best, double most) = (usual, 0);
        if (costs.Count < LeastDays) return best;
        for (int driver = 0; driver < drivers; driver++)
        {
            if (driver == usual) continue;
            double[] gains = [.. costs.Select(day => day[usual] - day[driver])];
            double mean = gains.Average(), spread = gains.Sum(g => (g - mean) * (g - mean)) / gains.Length;
            if (mean > Clear * Math.Sqrt(spread / gains.Length) && mean > most) (best, most) = (driver, mean);
        }

        return best;
    }

    private static int Careful(int drivers) => drivers > 3 ? 2 : 0;
}
