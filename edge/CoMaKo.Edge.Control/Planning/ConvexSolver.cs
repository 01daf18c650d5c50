namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// Exact dynamic programme over convex piecewise-linear cost functions (dispatch-optimisation §5.1): the optimum of the linear programme and the marginal value of stored energy.
/// One backward step merges two sorted lists of pieces. Solving again allocates nothing once the memory was large enough. Not for two threads at once.
/// </summary>
/// <param name="factors">Tiers of the soft limits.</param>
/// <param name="maxPieces">Memory after which a problem is refused; 16 bytes each.</param>
public sealed partial class ConvexSolver(PenaltyFactors factors, int maxPieces = ConvexSolver.DefaultMaxPieces) : IPlanner
{
    /// <summary>32 MB: a hundred times what a plan of three days needs.</summary>
    public const int DefaultMaxPieces = 2_000_000;

    private readonly PieceArena values = new(maxPieces);
    private readonly PieceArena stages = new(maxPieces);
    private PieceList[] valueLists = [];
    private Stage[] stageHeads = [];
    private PlanningProblem? problem;
    private double capacity;
    private double peakMax;

    public ConvexSolver()
        : this(PenaltyFactors.Default)
    {
    }

    /// <summary>Prices of broken limits in the last problem.</summary>
    public Penalties Penalties { get; private set; }

    /// <summary>False if a step of the last problem breaks the inequality of §2.3 or the order of prices: it was then relaxed, and its cost is only a lower bound.</summary>
    public bool IsExact { get; private set; }

    /// <summary>Solves backward. The problem's arrays are read again by <see cref="Schedule"/> and must not change until then.</summary>
    /// <returns>V₀: least cost from now on, EUR, with the penalties of limits that cannot be kept.</returns>
    /// <exception cref="PlanTooLargeException">More memory than allowed.</exception>
    public double Solve(PlanningProblem problem)
    {
        this.problem = problem;
        Penalties = Penalties.Of(problem, factors);
        capacity = Math.Max(problem.Battery.EMax, problem.Battery.E0);
        if (problem.Demand is { } demand) return SolvePeak(problem, demand);
        peakMax = double.PositiveInfinity;
        return SolveBackward(problem);
    }

    /// <summary>V_t: the cost to go from the start of step <paramref name="t"/>, 0 to the number of steps. Valid until the next solve.</summary>
    public ValueView ValueAt(int t)
    {
        var list = valueLists[t];
        return new(list.Start, list.Value, values.Slopes.AsSpan(list.Offset, list.Count), values.Lengths.AsSpan(list.Offset, list.Count));
    }

    /// <summary>Walks forward through the solved problem.</summary>
    /// <param name="into">Buffers of the problem's length.</param>
    /// <param name="tolerance">See <see cref="ForwardStep.BatteryPower"/>.</param>
    /// <exception cref="InvalidOperationException">Nothing was solved.</exception>
    public ScheduleTotals Schedule(ScheduleBuffers into, double tolerance = ForwardStep.Exact)
    {
        if (problem is null) throw new InvalidOperationException("Solve first.");
        var totals = new ScheduleTotals();
        double stored = problem.Battery.E0;
        for (int t = 0; t < problem.StepHours.Length; t++)
        {
            var step = StepAt(problem, t);
            var next = ValueAt(t + 1);
            double kept = stored * ForwardStep.Retention(problem.Battery, step.Hours);
            double rule = ForwardStep.RuleChange(in step, problem.Battery, kept);
            var head = stageHeads[t];
            var pieces = new ValueView(head.Left, 0, stages.Slopes.AsSpan(t * Stage.MaxPieces, head.Count), stages.Lengths.AsSpan(t * Stage.MaxPieces, head.Count));
            double change = ForwardStep.BestConvex(pieces, next, kept, tolerance, rule);
            stored = Math.Clamp(kept + change, 0, capacity);
            totals = totals.Add(into.Write(t, in step, problem.Battery, in head, change, stored, next, Penalties), new WindowPenalty(problem.Battery, in step, Penalties, capacity).At(stored));
        }

        return totals.Finish(problem, into);
    }

    public Plan Plan(PlanningProblem problem)
    {
        Solve(problem);
        var buffers = new ScheduleBuffers(problem.StepHours.Length);
        return buffers.ToPlan(Schedule(buffers));
    }

    private PlanningStep StepAt(PlanningProblem problem, int t)
    {
        var step = PlanningStep.Of(problem, t);
        return double.IsPositiveInfinity(peakMax) ? step : step with { PeakMax = peakMax };
    }

    private double SolveBackward(PlanningProblem problem)
    {
        int steps = problem.StepHours.Length;
        if (stageHeads.Length < steps) (stageHeads, valueLists) = (new Stage[steps], new PieceList[steps + 1]);
        values.Count = 0;
        stages.Count = 0;
        stages.Reserve(steps * Stage.MaxPieces);
        IsExact = problem.TerminalAbove is not { } above || above.Value <= problem.Battery.TerminalValue;
        valueLists[steps] = WriteTerminal(problem);
        for (int t = steps - 1; t >= 0; t--)
        {
            var step = StepAt(problem, t);
            var slopes = stages.Slopes.AsSpan(t * Stage.MaxPieces, Stage.MaxPieces);
            var lengths = stages.Lengths.AsSpan(t * Stage.MaxPieces, Stage.MaxPieces);
            var stage = Stage.Build(in step, problem.Battery, Penalties, slopes, lengths);
            if (!stage.IsConvex) stage = Relax(stage, slopes, lengths);
            stageHeads[t] = stage;
            valueLists[t] = Merge(problem, t, step.Hours, in stage);
        }

        return ValueAt(0).At(problem.Battery.E0);
    }

    private Stage Relax(Stage stage, Span<double> slopes, Span<double> lengths)
    {
        IsExact = false;
        return stage with { Count = Stage.Convexify(slopes[..stage.Count], lengths) };
    }

    /// <summary>V_T: the value of what is left, with the window of the last step.</summary>
    private PieceList WriteTerminal(PlanningProblem problem)
    {
        int last = problem.StepHours.Length - 1;
        values.Reserve(2 + Stage.MaxPieces);
        var writer = new PieceWriter(values, last >= 0 ? WindowOf(problem, last) : default);
        double knee = problem.TerminalAbove is { } above ? Math.Clamp(above.Stored, 0, capacity) : capacity;
        writer.Write(-problem.Battery.TerminalValue, knee);
        writer.Write(-problem.TerminalAbove?.Value ?? 0, capacity - knee);
        return writer.Finish(0);
    }

    private WindowPenalty WindowOf(PlanningProblem problem, int t) => new(problem.Battery, StepAt(problem, t), Penalties, capacity);

    /// <summary>V_t from V_{t+1}: the step's pieces read from the right with opposite slope, merged with those of the cost to go, cut to the physical store.</summary>
    private PieceList Merge(PlanningProblem problem, int t, double hours, in Stage stage)
    {
        var next = valueLists[t + 1];
        double retention = ForwardStep.Retention(problem.Battery, hours);
        values.Reserve(next.Count + stage.Count + Stage.MaxPieces);
        var writer = new PieceWriter(values, t > 0 ? WindowOf(problem, t - 1) : default, retention);
        double[] slopes = values.Slopes, lengths = values.Lengths, stageSlopes = stages.Slopes, stageLengths = stages.Lengths;
        int own = t * Stage.MaxPieces + stage.Count - 1, ownEnd = t * Stage.MaxPieces, other = next.Offset, otherEnd = next.Offset + next.Count;
        double at = next.Start - stage.Right, value = next.Value + stage.ValueAtRight, most = capacity * retention;
        while (at < most && (own >= ownEnd || other < otherEnd))
        {
            bool takesOwn = own >= ownEnd && (other >= otherEnd || -stageSlopes[own] <= slopes[other]);
            double slope = takesOwn ? -stageSlopes[own] : slopes[other], length = takesOwn ? stageLengths[own--] : lengths[other++];
            if (at < 0)
            {
                double outside = Math.Min(length, -at);
                value += slope * outside;
                at += outside;
                length -= outside;
            }

            length = Math.Min(length, most - at);
            writer.Write(slope, length);
            at += length;
        }

        return writer.Finish(value);
    }
}
