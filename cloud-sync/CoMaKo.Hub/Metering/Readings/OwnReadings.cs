using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>A stored reading with what it is of.</summary>
/// <param name="At">Unix seconds.</param>
/// <param name="Wh">State of the register, or energy of the period.</param>
/// <param name="PeriodStart">Unix seconds; absent for a register's state.</param>
public sealed record OwnReading(long ReadingId, long PointId, EnergyDirection Direction, long At, ReadingKind Kind, long Wh, long? PeriodStart, ReadingState State, ReadingOrigin Origin, long ReceivedUs, long? Replaces);

/// <summary>Reads what was read at some points.</summary>
internal static class OwnReadings
{
    private const string Select = """
        SELECT r.reading_id, s.point_id, s.direction, r.at_s, r.kind, r.wh, r.period_start, r.state, r.origin, r.received_us, r.replaces
        FROM met_reading r JOIN met_series s ON s.series_id = r.series_id
        """;

    /// <summary>Newest first.</summary>
    public static async Task<IReadOnlyList<OwnReading>> OfAsync(DbConnection reader, HubEngine engine, long[] points, int most) =>
        Read(await reader.QueryAsync<(long Id, long Point, long Direction, long At, long Kind, long Wh, long? Start, long State, long Origin, long ReceivedUs, long? Replaces)>($"{Select} WHERE s.point_id {engine.AnyOf("@points")} ORDER BY r.at_s DESC, r.reading_id DESC LIMIT @most", new { points, most }));

    /// <summary>One reading of these points; absent if it is none of theirs.</summary>
    public static async Task<OwnReading?> FindAsync(DbConnection reader, HubEngine engine, long[] points, long readingId) =>
        Read(await reader.QueryAsync<(long Id, long Point, long Direction, long At, long Kind, long Wh, long? Start, long State, long Origin, long ReceivedUs, long? Replaces)>($"{Select} WHERE r.reading_id = @readingId AND s.point_id {engine.AnyOf("@points")}", new { points, readingId })) is [var row] ? row : null;

    /// <summary>Current readings of one series that count, by instant.</summary>
    public static async Task<IReadOnlyList<OwnReading>> CountingAsync(DbConnection reader, long point, EnergyDirection direction) =>
        Read(await reader.QueryAsync<(long Id, long Point, long Direction, long At, long Kind, long Wh, long? Start, long State, long Origin, long ReceivedUs, long? Replaces)>($"{Select} WHERE s.point_id = @point AND s.direction = @direction AND r.state <> 3 ORDER BY r.at_s, r.reading_id", new { point, direction = (long)direction }));

    private static IReadOnlyList<OwnReading> Read(IEnumerable<(long Id, long Point, long Direction, long At, long Kind, long Wh, long? Start, long State, long Origin, long ReceivedUs, long? Replaces)> rows) =>
        [.. rows.Select(row => new OwnReading(row.Id, row.Point, (EnergyDirection)row.Direction, row.At, (ReadingKind)row.Kind, row.Wh, row.Start, (ReadingState)row.State, (ReadingOrigin)row.Origin, row.ReceivedUs, row.Replaces))];
}
