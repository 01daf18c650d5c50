using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Settlement.Runs;

/// <summary>What a run is for; the numbers are those of <c>mkt_run.kind</c>.</summary>
internal enum RunKind
{
    /// <summary>Of an open month: replaced as a whole, never a bill.</summary>
    Provisional = 1,

    /// <summary>The month's first published run.</summary>
    Final = 2,

    /// <summary>What a correction changes in published amounts.</summary>
    Delta = 3,
}

/// <summary>A run's head.</summary>
/// <param name="Base">Of a delta: the run published before it.</param>
/// <param name="InputHash">SHA-256 over all that can change its result.</param>
/// <param name="ResultHash">SHA-256 of the settlement's canonical form, of a delta too: of the whole month as it stands with it.</param>
/// <param name="Price">Internal price in 1/10 000 ct per kWh; absent if several hold in the month.</param>
/// <param name="DueUs">Of an unpublished delta: the month close that publishes it, Unix µs.</param>
/// <param name="PublishedUs">Absent while it may be replaced.</param>
/// <param name="Detail">JSON: open slots, findings, balancing.</param>
internal sealed record RunHead(
    long RunId, string Group, RunName Name, RunKind Kind, RunName? Base, string InputHash, string ResultHash, int ExpectedSlots, int OpenSlots,
    long? Price, long CreatedUs, long? DueUs, long? PublishedUs, string Detail)
{
    public bool IsPublished => PublishedUs is not null;

    /// <summary>Of a month's runs by sequence the one that tells how it stands: the newest published one, else the night's; absent if there is none.</summary>
    public static RunHead? StandingOf(IReadOnlyList<RunHead> ofMonth) => ofMonth.LastOrDefault(run => run.IsPublished) ?? (ofMonth is [.., var newest] ? newest : null);
}

/// <summary>A run's figures of a point over its month.</summary>
/// <param name="ConsumptionSlots">Slots with a value; 0: there is no sum.</param>
/// <param name="GenerationSlots">The same.</param>
public sealed record RunPoint(string Point, PointDirections Directions, EnergyFigures Total, int ConsumptionSlots, int GenerationSlots, long SubstitutedWh);

/// <summary>Consecutive days of a series that count in the same version.</summary>
/// <param name="To">Number of the day after the last.</param>
internal readonly record struct InputRange(long SeriesId, int From, int To, int Version);
