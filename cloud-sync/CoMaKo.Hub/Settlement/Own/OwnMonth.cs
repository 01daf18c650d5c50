using CoMaKo.Hub.Settlement.Report;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Own;

/// <summary>Energy of one own point on one Berlin day.</summary>
/// <param name="Day">Number of the day.</param>
public sealed record OwnDay(string Point, int Day, EnergyFigures Figures);

/// <summary>One own point over a month.</summary>
/// <param name="ConsumptionSlots">Quarter hours with a value; 0: there is no sum, not a sum of 0.</param>
public sealed record OwnPointSum(string Point, int ConsumptionSlots, int GenerationSlots);

/// <summary>Where figures of a group's month come from.</summary>
/// <param name="RunId">0 if they were computed for the request.</param>
/// <param name="Run">Absent if they were computed for the request.</param>
public sealed record OwnSource(string Group, ReportState State, long RunId, RunName? Run, long ComputedUs, int ExpectedSlots, int OpenSlots);

/// <summary>What a month comes to at a participant's points, in all its groups.</summary>
/// <param name="Lines">Of the points, and the person's taxes; together what the month costs or earns.</param>
/// <param name="IsAwaited">A group is too large to be settled for a page and has no stored run yet: its figures come with the night's run.</param>
public sealed record OwnMonth(
    YearMonth Month, IReadOnlyList<OwnSource> Sources, IReadOnlyList<OwnPointSum> Points, IReadOnlyList<OwnDay> Days, IReadOnlyList<SettlementLine> Lines, bool IsAwaited)
{
    /// <summary>The least firm of its sources; absent if there is none.</summary>
    public ReportState? State => Sources.Count == 0 ? null : Sources.Min(source => source.State);

    public EnergyFigures Total => Days.Aggregate(default(EnergyFigures), (sum, day) => sum + day.Figures);

    /// <summary>Whether any quarter hour of consumption has a value.</summary>
    public bool Consumes => Points.Any(point => point.ConsumptionSlots > 0);

    /// <summary>Whether any quarter hour of generation has a value.</summary>
    public bool Generates => Points.Any(point => point.GenerationSlots > 0);

    /// <summary>Above zero: owed to the cooperative; below: owed by it.</summary>
    public long Cents => Lines.Sum(line => line.Cents);

    public int OpenSlots => Sources.Sum(source => source.OpenSlots);

    /// <summary>When the oldest of its sources was computed, Unix µs.</summary>
    public long ComputedUs => Sources.Count == 0 ? 0 : Sources.Min(source => source.ComputedUs);
}
