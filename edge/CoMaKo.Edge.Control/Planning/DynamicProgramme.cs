namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// Dynamic programme over the stored energy, backward for the cost to go and forward for the schedule (dispatch-optimisation §5). Memory is kept from one solve to the next.
/// Not for two threads at once.
/// </summary>
public abstract class DynamicProgramme : IPlanner
{
    /// <summary>32 MB: a hundred times what a plan of three days needs.</summary>
    public const int DefaultMaxPieces = 2_000_000;

    private readonly PenaltyFactors factors;
    private PlanningProblem? solved;
    private PieceList[] valueLists = [];
    private PieceList[] stageLists = [];
    private double peakMax;
    private StoredBounds? bounds;
    private ValueFunction? after;

    private protected DynamicProgramme(PenaltyFactors factors, int maxPieces)
    {
        this.factors = factors;
        (Values, Stages) = (new PieceArena(maxPieces), new PieceArena(maxPieces));
    }

    /// <summary>Prices of broken limits in the last problem.</summary>
    public Penalties Penalties { get; private set; }

    /// <summary>False if the last problem is not one that this programme solves exactly: its cost is then only a lower bound.</summary>
    public bool IsExact { get; private protected set; }

    private protected PieceArena Values { get; }

    private protected PieceArena Stages { get; }

    /// <summary>Greatest energy that can be stored, kWh.</summary>
    private protected double Capacity { get; private set; }

    /// <summary>Solves backward with bounds of the stored energy that are kept instead of the soft window.</summary>
    internal double Solve(PlanningProblem problem, StoredBounds? bounds)
    {
        (this.bounds, after) = (bounds, null);
        return SolveBounded(problem);
    }

    /// <summary>Solves backward from a cost to go that was found elsewhere, in place of the terminal value: a longer look ahead, or the mean of many. The cost of <see cref="Schedule"/> does not contain it.</summary>
    /// <param name="after">After the last step, from an empty battery on; beyond its end the last slope holds.</param>
    /// <exception cref="PlanTooLargeException">More memory than allowed.</exception>
    public double Solve(PlanningProblem problem, ValueFunction after)
    {
        (bounds, this.after) = (null, after);
        return SolveBounded(problem);
    }

    /// <summary>Solves backward. The problem's arrays are read again by <see cref="Schedule"/> and must not change until then.</summary>
    /// <returns>V₀: least cost from now on, EUR, with the penalties of limits that cannot be kept.</returns>
    /// <exception cref="PlanTooLargeException">More memory than allowed.</exception>
    public double Solve(PlanningProblem problem) => Solve(problem, bounds: null);

    private double SolveBounded(PlanningProblem problem)
    {
        solved = problem;
        Penalties = Penalties.Of(problem, factors);
        Capacity = Math.Max(problem.Battery.EMax, problem.Battery.E0);
        if (valueLists.Length <= problem.StepHours.Length) (valueLists, stageLists) = (new PieceList[problem.StepHours.Length + 1], new PieceList[problem.StepHours.Length + 1]);
        peakMax = double.PositiveInfinity;
        if (problem.Demand is not { } demand) return SolveBackward(problem);
        // Exceeding the cap in one step must cost more than raising the cap for all of them.
        Penalties = Penalties with { Peak = 2 * demand.Price / problem.StepHours.Min() };
        return PeakSearch.Run(this, problem, demand);
    }

    /// <summary>V_t: the cost to go from the start of step <paramref name="t"/>, 0 to the number of steps. Valid until the next solve.</summary>
    public ValueView ValueAt(int t) => Values.View(valueLists[t]);

    /// <summary>Walks forward through the solved problem.</summary>
    /// <param name="into">Buffers of the problem's length.</param>
    /// <param name="tolerance">See <see cref="ForwardStep.BatteryPower"/>.</param>
    /// <exception cref="InvalidOperationException">Nothing was solved.</exception>
    public ScheduleTotals Schedule(ScheduleBuffers into, double tolerance = ForwardStep.Exact)
    {
        var problem = solved ?? throw new InvalidOperationException("Solve first.");
        var totals = new ScheduleTotals();
        double stored = problem.Battery.E0;
        for (int t = 0; t < problem.StepHours.Length; t++)
        {
            var step = StepAt(problem, t);
            var next = ValueAt(t + 1);
            double kept = stored * ForwardStep.Retention(problem.Battery, step.Hours);
            double change = BestChange(Stages.View(stageLists[t]), next, kept, tolerance, ForwardStep.RuleChange(in step, problem.Battery, kept));
            stored = Math.Clamp(kept + change, LowAt(t + 1), HighAt(t + 1));
            totals = totals.Add(into.Write(t, in step, problem.Battery, change, stored, next, Penalties), WindowOf(problem, t).At(stored));
        }

        return totals.Finish(problem, into);
    }

    public Plan Plan(PlanningProblem problem)
    {
        Solve(problem);
        var buffers = new ScheduleBuffers(problem.StepHours.Length);
        return buffers.ToPlan(Schedule(buffers));
    }

    /// <summary>Cost with the import capped at <paramref name="peak"/> kW, without the demand charge, EUR.</summary>
    internal double SolveWithPeak(PlanningProblem problem, double peak)
    {
        peakMax = peak;
        return SolveBackward(problem);
    }

    /// <summary>Whether the cost is convex in a cap on the import, so that a search by golden section finds its best place.</summary>
    private protected abstract bool IsConvexInPeak { get; }

    /// <summary>Writes the pieces of a step's cost over the change of stored energy.</summary>
    private protected abstract PieceList WriteStage(in PlanningStep step, BatteryModel battery);

    /// <summary>Writes V_t from V_{t+1}.</summary>
    private protected abstract PieceList Merge(PieceList stage, PieceList next, in StateRange range, in WindowPenalty window);

    private protected abstract double BestChange(ValueView stage, ValueView next, double kept, double tolerance, double rule);

    internal bool SearchesPeakByGoldenSection => IsConvexInPeak;

    private double SolveBackward(PlanningProblem problem)
    {
        int steps = problem.StepHours.Length;
        (Values.Count, Stages.Count) = (0, 0);
        IsExact = true;
        valueLists[steps] = WriteTerminal(problem);
        for (int t = steps - 1; t >= 0; t--)
        {
            var step = StepAt(problem, t);
            stageLists[t] = WriteStage(in step, problem.Battery);
            var window = t > 0 ? WindowOf(problem, t - 1) : default;
            var range = new StateRange(LowAt(t), HighAt(t), ForwardStep.Retention(problem.Battery, step.Hours));
            valueLists[t] = Merge(stageLists[t], valueLists[t + 1], in range, in window);
        }

        return ValueAt(0).At(problem.Battery.E0);
    }

    private PlanningStep StepAt(PlanningProblem problem, int t)
    {
        var step = PlanningStep.Of(problem, t);
        return double.IsPositiveInfinity(peakMax) ? step : step with { PeakMax = peakMax };
    }

    private double LowAt(int t) => bounds?.Low[t] ?? 0;

    private double HighAt(int t) => bounds?.High[t] ?? Capacity;

    private WindowPenalty WindowOf(PlanningProblem problem, int t) => new(
        problem.Battery, problem.StoredMin?[t] ?? 0, problem.StoredMax?[t] ?? double.PositiveInfinity, Penalties, Capacity, isHard: bounds is not null);

    /// <summary>V_T: the value of what is left, with the window of the last step.</summary>
    private PieceList WriteTerminal(PlanningProblem problem)
    {
        int last = problem.StepHours.Length - 1;
        if (after is not null) return WriteAfter(after.View, last >= 0 ? WindowOf(problem, last) : default);
        Values.Reserve(2 + Stage.MaxPieces);
        double low = LowAt(last + 1), high = HighAt(last + 1), knee = problem.TerminalAbove?.Stored ?? high;
        var writer = new PieceWriter(Values, last >= 0 ? WindowOf(problem, last) : default, low);
        writer.Write(-problem.Battery.TerminalValue, Math.Clamp(knee, low, high) - low);
        writer.Write(-problem.TerminalAbove?.Value ?? 0, high - Math.Clamp(knee, low, high));
        return writer.Finish(-problem.Battery.ValueOf(low, problem.TerminalAbove), high);
    }

    private PieceList WriteAfter(ValueView given, in WindowPenalty window)
    {
        Values.Reserve(given.Slopes.Length + Stage.MaxPieces);
        var writer = new PieceWriter(Values, in window, 0);
        double left = Capacity;
        for (int i = 0; i < given.Slopes.Length && left > 0; i++)
        {
            double length = i == given.Slopes.Length - 1 ? left : Math.Min(left, given.Lengths[i]);
            writer.Write(given.Slopes[i], length);
            left -= length;
        }

        return writer.Finish(given.ValueAtStart, Capacity);
    }
}

/// <summary>The states of a step: stored energy at its start, kWh.</summary>
/// <param name="Retention">Share that is left at its end.</param>
internal readonly record struct StateRange(double Low, double High, double Retention);

/// <summary>Bounds of the stored energy that are always kept, kWh: one before each step and one at the end.</summary>
internal sealed record StoredBounds(double[] Low, double[] High);
