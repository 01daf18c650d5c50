namespace CoMaKo.Edge.Control.Planning;

public sealed partial class ConvexSolver
{
    /// <summary>Golden section to a billionth of the range: 44 solves.</summary>
    private const double PeakTolerance = 1e-9;

    private static readonly double Golden = (Math.Sqrt(5) - 1) / 2;

    /// <summary>The optimal cost is convex in a cap on the import, so its best place is found by golden section (dispatch-optimisation §5.1).</summary>
    private double SolvePeak(PlanningProblem problem, DemandCharge demand)
    {
        double low = demand.Free, high = Math.Max(low, LargestImport(problem)), tolerance = PeakTolerance * Math.Max(1, high - low);
        // Exceeding the cap in one step must cost more than raising the cap for all of them.
        Penalties = Penalties with { Peak = 2 * demand.Price / ShortestStep(problem) };
        double left = high - Golden * (high - low), right = low + Golden * (high - low);
        double atLeft = CostWithPeak(left), atRight = CostWithPeak(right);
        while (high - low > tolerance)
        {
            if (atLeft <= atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - Golden * (high - low);
                atLeft = CostWithPeak(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + Golden * (high - low);
                atRight = CostWithPeak(right);
            }
        }

        double best = (low + high) / 2, floor = demand.Free;
        return CostWithPeak(floor) <= CostWithPeak(best) ? CostWithPeak(floor) : CostWithPeak(best);

        double CostWithPeak(double peak)
        {
            peakMax = peak;
            return SolveBackward(problem) + demand.Price * (peak - demand.Free);
        }
    }

    private static double LargestImport(PlanningProblem problem)
    {
        double largest = 0;
        for (int t = 0; t < problem.StepHours.Length; t++) largest = Math.Max(largest, problem.Load[t] - problem.Pv[t]);
        return largest + problem.Battery.PCharge + Largest(problem.Pv);
    }

    private static double Largest(ReadOnlySpan<double> powers)
    {
        double largest = 0;
        foreach (double power in powers) largest = Math.Max(largest, power);
        return largest;
    }

    private static double ShortestStep(PlanningProblem problem)
    {
        double shortest = double.PositiveInfinity;
        foreach (double hours in problem.StepHours) shortest = Math.Min(shortest, hours);
        return shortest;
    }
}
