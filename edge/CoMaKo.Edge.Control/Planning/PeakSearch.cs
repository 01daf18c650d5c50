namespace CoMaKo.Edge.Control.Planning;

/// <summary>Finds the import up to which the demand charge is worth its money (dispatch-optimisation §5.1): golden section where the cost is convex in it, after a scan where it is not.</summary>
internal static class PeakSearch
{
    /// <summary>To a billionth of the range: 44 solves.</summary>
    private const double Tolerance = 1e-9;

    private const int ScanPoints = 40;

    private static readonly double Golden = (Math.Sqrt(5) - 1) / 2;

    /// <summary>Leaves the programme solved with the best peak and returns its cost with the demand charge, EUR.</summary>
    public static double Run(DynamicProgramme programme, PlanningProblem problem, DemandCharge demand)
    {
        double low = demand.Free, high = Math.Max(low, LargestImport(problem)), tolerance = Tolerance * Math.Max(1, high - low);
        if (!programme.SearchesPeakByGoldenSection) (low, high) = Scan(low, high);
        double left = high - Golden * (high - low), right = low + Golden * (high - low), atLeft = Cost(left), atRight = Cost(right);
        while (high - low > tolerance)
        {
            if (atLeft <= atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - Golden * (high - low);
                atLeft = Cost(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + Golden * (high - low);
                atRight = Cost(right);
            }
        }

        // The end of the range is a likely optimum, and golden section never tries it.
        double inside = Cost((low + high) / 2), atFree = Cost(demand.Free);
        return atFree <= inside ? atFree : Cost((low + high) / 2);

        double Cost(double peak) => programme.SolveWithPeak(problem, peak) + demand.Price * (peak - demand.Free);

        (double Low, double High) Scan(double from, double to)
        {
            double width = (to - from) / ScanPoints, best = from, least = double.PositiveInfinity;
            for (int i = 0; i <= ScanPoints; i++)
            {
                double cost = Cost(from + i * width);
                if (cost < least) (best, least) = (from + i * width, cost);
            }

            return (Math.Max(from, best - width), Math.Min(to, best + width));
        }
    }

    private static double LargestImport(PlanningProblem problem)
    {
        double largest = 0;
        for (int t = 0; t < problem.StepHours.Length; t++)
            largest = Math.Max(largest, problem.Load[t] - problem.Pv[t] + (problem.CurtailableMax?[t] ?? 0));
        return largest + problem.Battery.PCharge;
    }
}
