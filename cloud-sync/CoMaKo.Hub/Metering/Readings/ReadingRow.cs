using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>What a person read; the numbers are those of <c>met_reading.kind</c>.</summary>
public enum ReadingKind
{
    /// <summary>The register's state; of a meter that is taken away, its last one.</summary>
    Register = 1,

    /// <summary>Energy since the reading before.</summary>
    Period = 2,

    /// <summary>First state of a new meter.</summary>
    Opening = 3,
}

/// <summary>What became of a reading; the numbers are those of <c>met_reading.state</c>.</summary>
public enum ReadingState
{
    Used = 1,

    /// <summary>The register would run backwards (P11): kept, not used.</summary>
    NotUsed = 2,

    /// <summary>A later one corrects it.</summary>
    Replaced = 3,
}

/// <summary>How a reading came; the numbers are those of <c>met_reading.origin</c>.</summary>
public enum ReadingOrigin
{
    Api = 1,
    Form = 2,
    File = 3,
    Voice = 4,
}

/// <summary>A stored reading.</summary>
/// <param name="At">Unix seconds.</param>
/// <param name="Wh">State of the register, or energy of the period.</param>
/// <param name="PeriodStart">Unix seconds; absent for a register's state.</param>
internal sealed record ReadingRow(long ReadingId, long SeriesId, long At, ReadingKind Kind, long Wh, long? PeriodStart, ReadingState State, ReadingOrigin Origin, string Author, long ReceivedUs, long? Replaces)
{
    public const string Columns = "reading_id, series_id, at_s, kind, wh, period_start, state, origin, author, received_us, replaces";

    public static ReadingRow Of(IHubRow row) => new(
        row.Int64(0), row.Int64(1), row.Int64(2), (ReadingKind)row.Int64(3), row.Int64(4), row.IsNull(5) ? null : row.Int64(5), (ReadingState)row.Int64(6), (ReadingOrigin)row.Int64(7), row.Text(8), row.Int64(9), row.IsNull(10) ? null : row.Int64(10));
}

/// <summary>A reading on its way in, of a point and direction that are known.</summary>
/// <param name="Row">Where it stands in an array; absent for a single one.</param>
/// <param name="Replaces">The reading that it corrects.</param>
internal sealed record NewReading(int? Row, string Point, long PointId, EnergyDirection Direction, long At, ReadingKind Kind, long Wh, long? PeriodStart, long? Replaces);
