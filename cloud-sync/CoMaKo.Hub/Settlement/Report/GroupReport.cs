using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Report;

/// <summary>How firm a report is.</summary>
public enum ReportState
{
    /// <summary>Computed for the request; its cents do not add up over days.</summary>
    Preview,

    /// <summary>A stored run of an open month, never a bill.</summary>
    Provisional,

    /// <summary>As published.</summary>
    Final,
}

/// <summary>A point's row; energy in Wh, money in cents, absent where there is no value at all or the point has no such direction.</summary>
/// <param name="CostCents">What its owner owes for <paramref name="Allocated"/>.</param>
/// <param name="CreditCents">What its owner gets: shared generation and surplus, less the fee.</param>
public sealed record ReportPoint(string Point, long? Used, long? Allocated, long? Grid, long? CostCents, long? Generated, long? Shared, long? Surplus, long? CreditCents);

/// <summary>The report of a balance group over Berlin days.</summary>
/// <param name="To">Exclusive.</param>
/// <param name="Run">Of a stored run.</param>
/// <param name="Price">Internal price in 1/10 000 ct per kWh; absent if several hold in the period.</param>
/// <param name="Points">By id.</param>
public sealed record GroupReport(
    string Group, LocalDate From, LocalDate To, ReportState State, RunName? Run, long ComputedUs, long? Price, int ExpectedSlots, int OpenSlots, IReadOnlyList<ReportPoint> Points)
{
    public decimal Completeness => ExpectedSlots == 0 ? 0.000m : decimal.Floor(1000m * (ExpectedSlots - OpenSlots) / ExpectedSlots) / 1000 + 0.000m;

    /// <summary>Whether the group's totals may be shown; not to a member of a group so small that they tell the neighbour's figures.</summary>
    public bool ShowsTotals { get; init; } = true;

    /// <summary>Of a report that holds some of the group's points only: the figures of all; absent: <see cref="Points"/> are all.</summary>
    public EnergyFigures? OfAll { get; init; }

    public long? Used => Sum(point => point.Used, all => all.Used);

    public long? Generated => Sum(point => point.Generated, all => all.Generated);

    public long? Allocated => Sum(point => point.Allocated, all => all.Allocated);

    public long? Surplus => Sum(point => point.Surplus, all => all.Surplus);

    /// <summary>Points that are shown.</summary>
    public IReadOnlyList<ReportPoint> Shown { get; init; } = Points;

    /// <summary>From a settlement made for the request.</summary>
    internal static GroupReport Of(SettledPeriod settled, long computedUs)
    {
        var result = settled.Result;
        return new GroupReport(
            result.Group, result.From, result.To, ReportState.Preview, null, computedUs, settled.Price, result.ExpectedSlots, result.OpenSlots.Count,
            Rows(result.Points.Select(each => new RunPoint(each.Point, each.Directions, each.Total, each.Consumption.Present, each.Generation.Present, 0)), result.Lines));
    }

    /// <summary>From a stored run.</summary>
    /// <param name="lines">What was published up to it, of a run that is not published its own.</param>
    internal static GroupReport Of(RunHead run, IReadOnlyList<RunPoint> points, IReadOnlyList<SettlementLine> lines) => new(
        run.Group, run.Name.Month.First(), run.Name.Month.End(), run.IsPublished ? ReportState.Final : ReportState.Provisional, run.Name, run.CreatedUs, run.Price,
        run.ExpectedSlots, run.OpenSlots, Rows(points, lines));

    private static List<ReportPoint> Rows(IEnumerable<RunPoint> points, IEnumerable<SettlementLine> lines)
    {
        var costs = new Dictionary<string, long>(StringComparer.Ordinal);
        var credits = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in lines.Where(line => line.Kind <= LineKind.Surplus))
        {
            if (line.Kind == LineKind.SharedEnergy) costs[line.Point] = costs.GetValueOrDefault(line.Point) + line.Cents;
            else credits[line.Point] = credits.GetValueOrDefault(line.Point) - line.Cents;
        }

        return [.. points.Select(point => Row(point, costs.GetValueOrDefault(point.Point), credits.GetValueOrDefault(point.Point)))];
    }

    private static ReportPoint Row(RunPoint point, long cost, long credit)
    {
        bool uses = point.Directions.HasFlag(PointDirections.Consumption) && point.ConsumptionSlots > 0;
        bool generates = point.Directions.HasFlag(PointDirections.Generation) && point.GenerationSlots > 0;
        var total = point.Total;
        return new ReportPoint(
            point.Point, uses ? total.Used : null, uses ? total.Allocated : null, uses ? total.Grid : null, uses ? cost : null,
            generates ? total.Generated : null, generates ? total.Credited : null, generates ? total.Surplus : null, generates ? credit : null);
    }

    private long? Sum(Func<ReportPoint, long?> part, Func<EnergyFigures, long> whole)
    {
        if (!ShowsTotals) return null;
        if (OfAll is { } all) return OpenSlots == ExpectedSlots && whole(all) == 0 ? null : whole(all);
        return Points.Any(point => part(point) is not null) ? Points.Sum(point => part(point) ?? 0) : null;
    }
}
