using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>A reading as the operator's list shows it.</summary>
internal sealed record LoggedReading(long ReadingId, string Point, EnergyDirection Direction, long At, ReadingKind Kind, long Wh, long? PeriodStart, ReadingState State, ReadingOrigin Origin, string Author, long ReceivedUs);

/// <summary>Readings of all points as they came in.</summary>
internal sealed class ReadingLog(HubDatabase database)
{
    /// <summary>Newest first, behind a number.</summary>
    /// <param name="point">Only this point's; empty: all.</param>
    public async Task<IReadOnlyList<LoggedReading>> BeforeAsync(long before, string point, int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        long? only = point.Length == 0 ? null : (await PointReader.FindAsync(reader, point))?.PointId ?? -1;
        var rows = (await reader.QueryAsync<(long Id, long Point, long Direction, long At, long Kind, long Wh, long? Start, long State, long Origin, string Author, long ReceivedUs)>($"""
            SELECT r.reading_id, s.point_id, s.direction, r.at_s, r.kind, r.wh, r.period_start, r.state, r.origin, r.author, r.received_us
            FROM met_reading r JOIN met_series s ON s.series_id = r.series_id WHERE r.reading_id < @before {(only is null ? "" : "AND s.point_id = @only")} ORDER BY r.reading_id DESC LIMIT @limit
            """, new { before, only, limit })).AsList();
        var names = await PointReader.NamesAsync(reader, database.Engine, [.. rows.Select(row => row.Point).Distinct()]);
        return [.. rows.Select(row => new LoggedReading(row.Id, names[row.Point], (EnergyDirection)row.Direction, row.At, (ReadingKind)row.Kind, row.Wh, row.Start, (ReadingState)row.State, (ReadingOrigin)row.Origin, row.Author, row.ReceivedUs))];
    }
}
