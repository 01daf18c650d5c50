namespace CoMaKo.Edge.Control.Planning;

/// <summary>What breaking a soft limit costs in the plan, EUR/kWh: in tiers above every real price, so that a limit is broken only if it cannot be kept (dispatch-optimisation §2.2).</summary>
/// <param name="Grid">Energy beyond a grid cap.</param>
/// <param name="Window">Energy stored outside the battery's window, each step.</param>
/// <param name="Goal">Energy short of a reserve or target, each step.</param>
/// <param name="Peak">Energy above <see cref="PlanningStep.PeakMax"/>.</param>
public readonly record struct Penalties(double Grid, double Window, double Goal, double Peak = 0)
{
    /// <summary>Prices below this are no scale for a penalty: with all prices zero, limits still count.</summary>
    private const double LeastPriceScale = 0.01;

    public static Penalties Of(PlanningProblem problem, PenaltyFactors factors)
    {
        double largest = Math.Max(LeastPriceScale, Math.Max(Math.Abs(problem.Battery.TerminalValue), problem.Battery.Wear));
        largest = Math.Max(largest, Math.Abs(problem.TerminalAbove?.Value ?? 0));
        largest = Math.Max(Largest(problem.ImportPrice, largest), Largest(problem.ExportPrice, largest));
        if (problem.CoopImport is { } import) largest = Largest(import.Price, largest);
        if (problem.CoopExport is { } export) largest = Largest(export.Price, largest);
        return new(factors.Grid * largest, factors.Window * largest, factors.Goal * largest);
    }

    private static double Largest(ReadOnlySpan<double> prices, double largest)
    {
        foreach (double price in prices) largest = Math.Max(largest, Math.Abs(price));
        return largest;
    }
}

/// <summary>Multiples of the largest price for the tiers of <see cref="Penalties"/>; the defaults are those of dispatch-optimisation §2.2.</summary>
public sealed record PenaltyFactors(double Grid = 100, double Window = 1000, double Goal = 100)
{
    public static PenaltyFactors Default { get; } = new();
}
