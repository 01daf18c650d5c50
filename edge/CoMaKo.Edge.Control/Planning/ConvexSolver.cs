namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// Exact dynamic programme over convex piecewise-linear cost functions (dispatch-optimisation §5.1): the optimum of the linear programme and the marginal value of stored energy.
/// One backward step merges two sorted lists of pieces. Solving again allocates nothing once the memory was large enough.
/// A step that breaks the inequality of §2.3 or the order of prices is relaxed (<see cref="DynamicProgramme.IsExact"/>); <see cref="NonConvexSolver"/> solves it exactly.
/// </summary>
/// <param name="factors">Tiers of the soft limits.</param>
/// <param name="maxPieces">Memory after which a problem is refused; 16 bytes each.</param>
public sealed class ConvexSolver(PenaltyFactors factors, int maxPieces = DynamicProgramme.DefaultMaxPieces) : DynamicProgramme(factors, maxPieces)
{
    public ConvexSolver()
        : this(PenaltyFactors.Default)
    {
    }

    private protected override bool IsConvexInPeak => true;

    private protected override PieceList WriteStage(in PlanningStep step, BatteryModel battery)
    {
        Stages.Reserve(Stage.MaxPieces);
        var slopes = Stages.Slopes.AsSpan(Stages.Count, Stage.MaxPieces);
        var lengths = Stages.Lengths.AsSpan(Stages.Count, Stage.MaxPieces);
        var stage = Stage.Build(in step, battery, Penalties, slopes, lengths);
        int count = stage.Count;
        if (!stage.IsConvex)
        {
            IsExact = false;
            count = Stage.Convexify(slopes[..count], lengths);
        }

        return Stages.Append(stage, count);
    }

    /// <summary>The step's pieces read from the right with opposite slope, merged by slope with those of the cost to go, cut to the physical store.</summary>
    private protected override PieceList Merge(PieceList stage, PieceList next, in StateRange range, in WindowPenalty window)
    {
        Values.Reserve(next.Count + stage.Count + Stage.MaxPieces);
        double[] slopes = Values.Slopes, lengths = Values.Lengths, stageSlopes = Stages.Slopes, stageLengths = Stages.Lengths;
        int own = stage.Offset + stage.Count - 1, ownEnd = stage.Offset, other = next.Offset, otherEnd = next.Offset + next.Count;
        double at = next.Start - stage.End, value = next.Value + stage.ValueAtEnd, least = range.Low * range.Retention, most = range.High * range.Retention;
        // From the lowest states of bounds that are kept, no action may lead inside the next bounds: the list then starts higher.
        var writer = new PieceWriter(Values, in window, Math.Clamp(at, least, most) / range.Retention, range.Retention);
        while (at < most && (own >= ownEnd || other < otherEnd))
        {
            if (at >= least && writer.IsPlain)
            {
                double beyond = next.End - stage.Start - most;
                writer.WriteMerged(
                    stageSlopes.AsSpan(ownEnd, own + 1 - ownEnd), stageLengths.AsSpan(ownEnd), slopes.AsSpan(other, otherEnd - other), lengths.AsSpan(other, otherEnd - other), beyond);
                return writer.Finish(value, most + Math.Min(0, beyond));
            }

            bool takesOwn = own >= ownEnd && (other >= otherEnd || -stageSlopes[own] <= slopes[other]);
            (double slope, double length) = takesOwn ? (-stageSlopes[own], stageLengths[own--]) : (slopes[other], lengths[other++]);
            double outside = Math.Clamp(least - at, 0, length);
            value += slope * outside;
            writer.Write(slope, Math.Min(length - outside, most - at - outside));
            at += length;
        }

        return writer.Finish(value, Math.Min(at, most) / range.Retention);
    }

    private protected override double BestChange(ValueView stage, ValueView next, double kept, double tolerance, double rule) =>
        ForwardStep.BestConvex(stage, next, kept, tolerance, rule);
}
