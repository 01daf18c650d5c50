namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// The best action of one step, given the cost to go after it: used by the planner for each step and by control each second with the measured net load (dispatch-optimisation §5.1, §2.4).
/// Allocates nothing.
/// </summary>
public static class ForwardStep
{
    /// <summary>Tolerance for plans: differences of cost below it are rounding.</summary>
    public const double Exact = 1e-11;

    private const double EnergyTolerance = 1e-12;

    /// <summary>Power of the battery, kW, + discharge.</summary>
    /// <param name="step">The step, or what is left of it; <see cref="PlanningStep.NetLoad"/> measured.</param>
    /// <param name="next">Cost to go at the end of the step.</param>
    /// <param name="stored">kWh now; outside of <paramref name="next"/> the nearest end counts.</param>
    /// <param name="tolerance">Actions whose marginal cost lies within ± this, EUR/kWh, count as equal, and the one nearest to self-consumption is taken; infinite: self-consumption itself.</param>
    public static double BatteryPower(
        in PlanningStep step, BatteryModel battery, in Penalties penalties, ValueView next, double stored, double tolerance)
    {
        Span<double> slopes = stackalloc double[Stage.MaxPieces], lengths = stackalloc double[Stage.MaxPieces];
        var stage = Stage.Build(in step, battery, in penalties, slopes, lengths);
        double kept = Math.Clamp(stored, next.Start, next.End) * Retention(battery, step.Hours);
        double change = RuleChange(in step, battery, kept);
        if (!double.IsPositiveInfinity(tolerance))
        {
            var pieces = new ValueView(stage.Left, 0, slopes[..stage.Count], lengths[..stage.Count]);
            change = stage.IsConvex && next.IsConvex ? BestConvex(pieces, next, kept, tolerance, change) : BestOfAll(pieces, next, kept, tolerance, change);
        }

        return change < 0 ? -change * battery.EtaDischarge / step.Hours : -change / (battery.EtaCharge * step.Hours);
    }

    /// <summary>Share of the stored energy that is left after so many hours.</summary>
    internal static double Retention(BatteryModel battery, double hours) => 1 - battery.SelfDischarge * hours;

    /// <summary>Change of the stored energy by self-consumption: covers a deficit, takes a surplus, inside the window.</summary>
    /// <param name="kept">Stored energy after self-discharge, kWh.</param>
    internal static double RuleChange(in PlanningStep step, BatteryModel battery, double kept)
    {
        double grid = Math.Clamp(-step.NetLoad, -step.DischargeMax, step.ChargeMax) * step.Hours;
        return grid >= 0
            ? Math.Min(grid * battery.EtaCharge, Math.Max(0, Math.Min(battery.EMax, step.StoredMax) - kept))
            : Math.Max(grid / battery.EtaDischarge, Math.Min(0, Math.Max(battery.EMin, step.StoredMin) - kept));
    }

    /// <summary>The change nearest to <paramref name="rule"/> among those whose marginal cost is within the tolerance; both functions convex.</summary>
    internal static double BestConvex(ValueView stage, ValueView next, double kept, double tolerance, double rule)
    {
        var walk = new Walk(stage, next, kept);
        double low = double.NaN;
        while (walk.HasPiece)
        {
            double slope = walk.Slope;
            if (double.IsNaN(low) && slope >= -tolerance) low = walk.Change;
            if (slope > tolerance) break;
            walk.Advance();
        }

        return Snap(double.IsNaN(low) ? walk.Change : low, walk.Change, rule);
    }

    /// <summary>The same where cost may fall again further on: the change of least cost, extended as far as the marginal cost is within the tolerance.</summary>
    internal static double BestOfAll(ValueView stage, ValueView next, double kept, double tolerance, double rule)
    {
        var walk = new Walk(stage, next, kept);
        double best = walk.Change, least = 0, cost = 0;
        while (walk.HasPiece)
        {
            double slope = walk.Slope, from = walk.Change;
            walk.Advance();
            cost += slope * (walk.Change - from);
            bool isNearer = Math.Abs(walk.Change - rule) < Math.Abs(best - rule);
            if (cost > least + EnergyTolerance || (cost > least - EnergyTolerance && !isNearer)) continue;
            (best, least) = (walk.Change, Math.Min(least, cost));
        }

        var (low, high) = FlatAround(best, new Walk(stage, next, kept), tolerance);
        return Snap(low, high, rule);
    }

    private static (double Low, double High) FlatAround(double best, Walk walk, double tolerance)
    {
        double low = best, high = best, runStart = double.NaN;
        while (walk.HasPiece)
        {
            bool isFlat = Math.Abs(walk.Slope) <= tolerance;
            if (!isFlat) runStart = double.NaN;
            else if (double.IsNaN(runStart)) runStart = walk.Change;
            walk.Advance();
            if (!isFlat || runStart > best || walk.Change < best) continue;
            (low, high) = (runStart, walk.Change);
        }

        return (low, high);
    }

    /// <summary>Sums of lengths carry rounding; idle and the rule's own action are hit exactly.</summary>
    private static double Snap(double low, double high, double rule)
    {
        double change = Math.Clamp(rule, low, Math.Max(low, high));
        if (Math.Abs(change - rule) < EnergyTolerance) change = rule;
        return Math.Abs(change) < EnergyTolerance ? 0 : change;
    }

    /// <summary>Both functions side by side: the step's over the change, the cost to go over what is then stored.</summary>
    private ref struct Walk
    {
        private readonly ValueView stage;
        private readonly ValueView next;
        private int stagePiece;
        private int nextPiece;
        private double stageLeft;
        private double nextLeft;

        public Walk(ValueView stage, ValueView next, double kept)
        {
            this.stage = stage;
            this.next = next;
            Change = stage.Start;
            if (!stage.Slopes.IsEmpty) stageLeft = stage.Lengths[0];
            for (double below = next.Start - kept - Change; below > 0 && stagePiece < stage.Slopes.Length;)
            {
                double length = Math.Min(below, stageLeft);
                MoveStage(length);
                below -= length;
            }

            double inside = Math.Max(0, kept + Change - next.Start);
            while (nextPiece < next.Slopes.Length && inside >= next.Lengths[nextPiece]) inside -= next.Lengths[nextPiece++];
            if (nextPiece < next.Slopes.Length) nextLeft = next.Lengths[nextPiece] - inside;
        }

        public double Change { get; private set; }

        public readonly bool HasPiece => stagePiece < stage.Slopes.Length && nextPiece < next.Slopes.Length;

        public readonly double Slope => stage.Slopes[stagePiece] + next.Slopes[nextPiece];

        public void Advance()
        {
            double length = Math.Min(stageLeft, nextLeft);
            MoveStage(length);
            nextLeft -= length;
            if (nextLeft <= 0 && ++nextPiece < next.Slopes.Length) nextLeft = next.Lengths[nextPiece];
        }

        private void MoveStage(double length)
        {
            Change += length;
            stageLeft -= length;
            if (stageLeft <= 0 && ++stagePiece < stage.Slopes.Length) stageLeft = stage.Lengths[stagePiece];
        }
    }
}
