using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>What one rendering shows of control.</summary>
internal sealed record ControlView(ControlState State, Instant Now)
{
    public const int DecisionsPerPage = 25;

    // A cycle runs each second; a model clock may run 60 times faster than the cycle.
    private static readonly Duration StandsStill = Duration.FromMinutes(3);

    /// <summary>First slot of the chart: the local day's.</summary>
    public QuarterHour From { get; init; }

    public IReadOnlyList<PlanSlot> Slots { get; init; } = [];

    public ControlRecords Records { get; init; } = ControlRecords.None;

    public IReadOnlyList<DecisionRecord> Decisions { get; init; } = [];

    public WriteTestState Test { get; init; } = WriteTestState.None;

    public WriteTestOffer? Offer { get; init; }

    public bool HasCommands { get; init; }

    public bool IsStale => Now - State.At > StandsStill;

    /// <summary>The slot that runs now; absent if nothing is known of it.</summary>
    public PlanSlot? Present => Slots.FirstOrDefault(slot => slot.Slot == QuarterHour.Containing(Now));

    /// <summary>Range of all batteries together.</summary>
    public PowerRange Rating => Sum(State.Batteries.Select(battery => battery.Rating));

    public PowerRange Allowed => Sum(State.Batteries.Select(battery => battery.Allowed));

    /// <summary>Absent if no battery is commanded.</summary>
    public PowerRange? Command => State.Batteries.Any(battery => battery.Command is not null) ? Sum(State.Batteries.Select(battery => battery.Command).OfType<PowerRange>()) : null;

    public bool IsTesting => Test.Phase is WriteTestPhase.Running or WriteTestPhase.Reverting;

    /// <summary>The next extreme of the planned charge, at least 3 % away from the present one; absent if there is none.</summary>
    public (Instant At, decimal Percent)? NextTurn
    {
        get
        {
            var coming = Slots.Where(slot => slot.Slot.End > Now && slot.Planned is not null).Select(slot => (At: slot.Slot.End, Percent: slot.Planned!.SoCPercent)).ToList();
            if (coming.Count < 2 || State.Batteries is not [{ SoCPercent: { } start }, ..]) return null;
            var best = coming[0];
            bool rises = coming.FirstOrDefault(point => Math.Abs(point.Percent - start) >= 3).Percent >= start;
            foreach (var point in coming)
            {
                if (rises ? point.Percent > best.Percent : point.Percent < best.Percent) best = point;
                else if (Math.Abs(point.Percent - best.Percent) >= 3) break;
            }

            return Math.Abs(best.Percent - start) >= 3 ? best : null;
        }
    }

    private static PowerRange Sum(IEnumerable<PowerRange> ranges)
    {
        var (min, max) = (Power.Zero, Power.Zero);
        foreach (var range in ranges) (min, max) = (min + range.Min, max + range.Max);
        return new PowerRange(min, max);
    }
}

/// <summary>What changes once a day or with an event.</summary>
/// <param name="Savings">In order, at most 31 days.</param>
/// <param name="Events">Newest first.</param>
internal sealed record ControlRecords(IReadOnlyList<SavingsDay> Savings, IReadOnlyList<ForecastScore> Scores, IReadOnlyList<GridEvent> Events)
{
    public static readonly ControlRecords None = new([], [], []);

    /// <summary>In the span of <see cref="Savings"/>, in order.</summary>
    public IReadOnlyList<SkippedDay> Skipped { get; init; } = [];

    public SavingsSummary Summary { get; init; } = SavingsSummary.None;
}
