using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>Plan and what became of it, quarter hour by quarter hour.</summary>
public interface IPlanSource
{
    /// <summary>Changes whenever <see cref="ReadAsync"/> would answer differently; pages read again only then.</summary>
    long Revision { get; }

    /// <summary>Every quarter hour of the span for which anything is known, in order; others are left out.</summary>
    /// <param name="from">At most 8 days before <paramref name="to"/>.</param>
    ValueTask<IReadOnlyList<PlanSlot>> ReadAsync(QuarterHour from, QuarterHour to, CancellationToken cancellationToken);
}

/// <summary>The plan as a whole.</summary>
/// <param name="MadeAt">When it was computed.</param>
/// <param name="Until">End of its last slot.</param>
/// <param name="Driver">Who drives, as chosen by the shadow comparison, e.g. <c>optimiser</c>, <c>rule</c>. Words: <c>driver.CODE</c>.</param>
/// <param name="ExpectedCostEur">From now until its end; negative = earns. Absent if unknown.</param>
/// <param name="Fault">Why the last planning failed; absent if it did not.</param>
public sealed record PlanHead(Instant MadeAt, Instant Until, string Driver, decimal? ExpectedCostEur, CodedText? Fault);

/// <summary>One quarter hour. Prices in EUR/kWh; absent where not known.</summary>
public sealed record PlanSlot(QuarterHour Slot)
{
    public decimal? ImportPrice { get; init; }

    public decimal? ExportPrice { get; init; }

    /// <summary>No day-ahead price is published for this slot yet: the prices are what earlier days let expect.</summary>
    public bool IsPriceExpected { get; init; }

    /// <summary>What was planned: the newest plan for coming slots, the plan at its start for past ones. Absent without a plan.</summary>
    public PlannedSlot? Planned { get; init; }

    /// <summary>What was measured; absent for coming slots and gaps.</summary>
    public MeasuredSlot? Measured { get; init; }
}

/// <param name="Battery">Bounds inside which the batteries may follow the meter, + discharge.</param>
/// <param name="Expected">Mean power expected inside the bounds.</param>
/// <param name="SoCPercent">At the end of the slot.</param>
/// <param name="Load">Consumption of the house.</param>
/// <param name="Pv">Production.</param>
/// <param name="Value">Marginal value of one more stored kWh at the end of the slot, EUR/kWh.</param>
/// <param name="Curtailed">PV power not used; zero if none.</param>
/// <param name="Reason">Why; absent where the plan gives none.</param>
public sealed record PlannedSlot(
    PowerRange Battery, Power Expected, decimal SoCPercent, Band Load, Band Pv, decimal Value, Power Curtailed, Reason? Reason);

/// <summary>A forecast with its uncertainty: 10 %, 50 % and 90 % quantile of the slot's mean.</summary>
public readonly record struct Band(Power Low, Power Median, Power High);

/// <summary>Means over the slot; absent where not measured.</summary>
/// <param name="SoCPercent">At the end of the slot.</param>
public sealed record MeasuredSlot(Power? Battery, Power? Load, Power? Pv, Power? Grid, decimal? SoCPercent);
