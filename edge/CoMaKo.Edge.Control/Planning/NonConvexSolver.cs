namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// The same dynamic programme where the cost is not convex: negative prices beyond §2.3, import cheaper than export, surplus that a cap does not let out.
/// The cost to go stays piecewise linear, so instead of a grid of states it is kept exactly, as the lower envelope of convex parts.
/// </summary>
/// <param name="factors">Tiers of the soft limits.</param>
/// <param name="maxPieces">Memory after which a problem is refused; 16 bytes each.</param>
public sealed class NonConvexSolver(PenaltyFactors factors, int maxPieces = DynamicProgramme.DefaultMaxPieces) : DynamicProgramme(factors, maxPieces)
{
    private readonly Convolution convolution = new();
    private readonly PieceArena reversed = new(maxPieces);

    public NonConvexSolver()
        : this(PenaltyFactors.Default)
    {
    }

    private protected override bool IsConvexInPeak => false;

    private protected override PieceList WriteStage(in PlanningStep step, BatteryModel battery)
    {
        Stages.Reserve(Stage.MaxPieces);
        var stage = Stage.Build(in step, battery, Penalties, Stages.Slopes.AsSpan(Stages.Count), Stages.Lengths.AsSpan(Stages.Count));
        return stage.HasOrderedGridCost ? Stages.Append(stage, stage.Count) : WriteCurtailedStage(in step, battery, stage);
    }

    /// <summary>Where the slopes of the grid's cost are out of order, curtailment is no piece of it, but a convolution with it.</summary>
    private PieceList WriteCurtailedStage(in PlanningStep step, BatteryModel battery, in Stage stage)
    {
        double net = step.NetEnergy, charge = step.ChargeMax * step.Hours, discharge = step.DischargeMax * step.Hours, curtailable = step.CurtailableMax * step.Hours;
        Span<double> slopes = stackalloc double[Stage.MaxPieces], lengths = stackalloc double[Stage.MaxPieces];
        int count = Stage.WriteGridCost(in step, Penalties, slopes, lengths, out double left);
        double atLeft = step.GridCost(left) + step.GridPenalty(left, Penalties);
        convolution.Compute(
            new ValueView(left, atLeft, slopes[..count], lengths[..count]), new ValueView(-curtailable, 0, [0], [curtailable]), net - discharge, net + charge);
        var cost = convolution.Result;
        Span<double> curtailedSlopes = new double[cost.Count], curtailedLengths = new double[cost.Count];
        for (int i = 0; i < cost.Count; i++) (curtailedSlopes[i], curtailedLengths[i]) = (cost.SlopeOf(i), cost.PlaceOf(i + 1) - cost.PlaceOf(i));
        Stages.Reserve(cost.Count + 2);
        var cut = new PieceCut(curtailedSlopes, curtailedLengths, net - discharge - cost.Start);
        int written = cut.TakeBoth(discharge, charge, battery, Stages.Slopes.AsSpan(Stages.Count), Stages.Lengths.AsSpan(Stages.Count));
        return Stages.Append(stage with { ValueAtRight = step.IdleCost(Penalties) + cut.Cost }, written);
    }

    private protected override PieceList Merge(PieceList stage, PieceList next, in StateRange range, in WindowPenalty window)
    {
        reversed.Count = 0;
        reversed.Reserve(stage.Count);
        for (int i = 0; i < stage.Count; i++)
            (reversed.Slopes[i], reversed.Lengths[i]) = (-Stages.Slopes[stage.Offset + stage.Count - 1 - i], Stages.Lengths[stage.Offset + stage.Count - 1 - i]);
        var own = new ValueView(-stage.End, stage.ValueAtEnd, reversed.Slopes.AsSpan(0, stage.Count), reversed.Lengths.AsSpan(0, stage.Count));
        convolution.Compute(own, Values.View(next), range.Low * range.Retention, range.High * range.Retention);
        return WriteCut(convolution.Result, in range, in window);
    }

    private PieceList WriteCut(Envelope cost, in StateRange range, in WindowPenalty window)
    {
        Values.Reserve(cost.Count + Stage.MaxPieces);
        double least = range.Low * range.Retention, most = range.High * range.Retention, value = cost.CostOf(0);
        var writer = new PieceWriter(Values, in window, Math.Clamp(cost.PlaceOf(0), least, most) / range.Retention, range.Retention);
        for (int i = 0; i < cost.Count; i++)
        {
            double from = Math.Max(least, cost.PlaceOf(i)), to = Math.Min(most, cost.PlaceOf(i + 1));
            if (cost.PlaceOf(i) <= least) value = cost.CostOf(i) + cost.SlopeOf(i) * (least - cost.PlaceOf(i));
            if (to > from) writer.Write(cost.SlopeOf(i), to - from);
        }

        return writer.Finish(value, Math.Min(most, cost.End) / range.Retention);
    }

    private protected override double BestChange(ValueView stage, ValueView next, double kept, double tolerance, double rule) =>
        ForwardStep.BestOfAll(stage, next, kept, tolerance, rule);
}
