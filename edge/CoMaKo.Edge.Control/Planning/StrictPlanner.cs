using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>What came of a problem whose limits must be kept.</summary>
/// <param name="Plan">Absent if there are findings.</param>
/// <param name="Findings">Limits that no plan can keep, with their steps.</param>
public sealed record StrictPlan(Plan? Plan, IReadOnlyList<Finding> Findings);

/// <summary>
/// Plans so that grid caps and the battery's window are kept, not weighed against money. A start outside the window is legal: the battery then returns as fast as powers and caps allow.
/// Goals (<see cref="PlanningProblem.StoredMin"/>, <see cref="PlanningProblem.StoredMax"/>) stay soft.
/// </summary>
/// <param name="maxPieces">Memory after which a problem is refused; 16 bytes each.</param>
public sealed class StrictPlanner(int maxPieces = DynamicProgramme.DefaultMaxPieces)
{
    /// <summary>EUR/kWh over the largest price at which a cap is kept, whatever energy costs; the second is tried if self-discharge or small efficiencies make energy dearer than the first.</summary>
    private static readonly double[] GridFactors = [1e3, 1e6, 1e9];

    public StrictPlan Plan(PlanningProblem problem)
    {
        var reachable = ReachableStates.Of(problem);
        if (reachable.Findings.Count > 0) return new(null, reachable.Findings);
        try
        {
            return Plan(problem, reachable.Bounds);
        }
        catch (PlanTooLargeException e)
        {
            return new(null, [new(PlanningCodes.TooLarge, "stepHours", null, e.Message)]);
        }
    }

    private StrictPlan Plan(PlanningProblem problem, StoredBounds bounds)
    {
        var buffers = new ScheduleBuffers(problem.StepHours.Length);
        foreach (double factor in GridFactors)
        {
            var planner = new Planner(new(Grid: factor), maxPieces);
            planner.Solve(problem, bounds);
            var plan = buffers.ToPlan(planner.Schedule(buffers));
            if (KeepsCaps(problem, plan)) return new(plan, []);
        }

        return new(null, [new(PlanningCodes.CapCannotBeKept, "gridImportMax", null, "No plan was found that keeps the caps of the grid connection. Raise the caps.")]);
    }

    private static bool KeepsCaps(PlanningProblem problem, Plan plan)
    {
        for (int t = 0; t < plan.GridImport.Length; t++)
        {
            if (Exceeds(plan.GridImport[t], problem.GridImportMax?[t]) || Exceeds(plan.GridExport[t], problem.GridExportMax?[t])) return false;
        }

        return true;
    }

    private static bool Exceeds(double power, double? cap) => power > cap + ReachableStates.Tolerance * Math.Max(1, power);
}
