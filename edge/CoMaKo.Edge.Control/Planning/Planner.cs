namespace CoMaKo.Edge.Control.Planning;

/// <summary>Plans with the convex programme, and with the general one if some step is not convex (dispatch-optimisation §2.3). Not for two threads at once.</summary>
/// <param name="factors">Tiers of the soft limits.</param>
/// <param name="maxPieces">Memory after which a problem is refused; 16 bytes each.</param>
public sealed class Planner(PenaltyFactors factors, int maxPieces = DynamicProgramme.DefaultMaxPieces) : IPlanner
{
    private readonly ConvexSolver convex = new(factors, maxPieces);
    private NonConvexSolver? general;

    public Planner()
        : this(PenaltyFactors.Default)
    {
    }

    /// <summary>Whether the last problem was convex.</summary>
    public bool IsConvex { get; private set; } = true;

    /// <summary>Prices of broken limits in the last problem.</summary>
    public Penalties Penalties => Last.Penalties;

    private DynamicProgramme Last => IsConvex ? convex : general!;

    /// <inheritdoc cref="DynamicProgramme.Solve(PlanningProblem)"/>
    public double Solve(PlanningProblem problem) => Solve(problem, bounds: null);

    /// <summary>Solves with bounds of the stored energy that are kept instead of the soft window.</summary>
    internal double Solve(PlanningProblem problem, StoredBounds? bounds)
    {
        double cost = convex.Solve(problem, bounds);
        IsConvex = convex.IsExact;
        return IsConvex ? cost : (general ??= new(factors, maxPieces)).Solve(problem, bounds);
    }

    /// <inheritdoc cref="DynamicProgramme.Solve(PlanningProblem, ValueFunction)"/>
    public double Solve(PlanningProblem problem, ValueFunction after)
    {
        ArgumentNullException.ThrowIfNull(after);
        double cost = convex.Solve(problem, after);
        IsConvex = convex.IsExact && after.View.IsConvex;
        return IsConvex ? cost : (general ??= new(factors, maxPieces)).Solve(problem, after);
    }

    /// <inheritdoc cref="DynamicProgramme.ValueAt"/>
    public ValueView ValueAt(int t) => Last.ValueAt(t);

    /// <inheritdoc cref="DynamicProgramme.Schedule"/>
    public ScheduleTotals Schedule(ScheduleBuffers into, double tolerance = ForwardStep.Exact) => Last.Schedule(into, tolerance);

    public Plan Plan(PlanningProblem problem)
    {
        Solve(problem);
        var buffers = new ScheduleBuffers(problem.StepHours.Length);
        return buffers.ToPlan(Schedule(buffers));
    }
}
