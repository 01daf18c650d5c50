using CoMaKo.Hub.Settlement;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Tracing;

/// <summary>An effective day in the version that counted in a run.</summary>
/// <param name="Source">One <see cref="CurveSource"/> per slot, 0 where there is no value.</param>
/// <param name="InputHash">SHA-256 of the curve versions that it was chosen from.</param>
/// <param name="CreatedUs">When it was derived, Unix µs.</param>
internal sealed record RunInput(SeriesRow Row, byte[] Source, string InputHash, long CreatedUs);

/// <summary>Reads what a run was made from. Effective days are only ever added, so a run of whatever age is there as it was.</summary>
internal sealed class RunInputs(HubDatabase database)
{
    /// <summary>Rows in order of days, points and directions, for the days from <paramref name="from"/> to before <paramref name="to"/>.</summary>
    /// <param name="point">Only this one's; absent: of all.</param>
    public async IAsyncEnumerable<RunInput> ReadAsync(long runId, int from, int to, string? point = null)
    {
        await using var reader = await database.OpenReaderAsync();
        for (int day = from; day < to; day++)
        {
            var rows = await reader.QueryAsync<(long Series, long Version, byte[] Wh, byte[] Status, byte[] Source, string Hash, long Created, string Point, long Direction)>($"""
                SELECT e.series_id, e.version, e.wh, e.status, e.source, e.input_hash, e.created_us, p.name, s.direction
                FROM mkt_run_input i JOIN met_effective_day e ON e.day = @day AND e.series_id = i.series_id AND e.version = i.version
                  JOIN met_series s ON s.series_id = i.series_id JOIN mkt_point p ON p.point_id = s.point_id
                WHERE i.run_id = @runId AND i.from_day <= @day AND i.to_day > @day {(point is null ? "" : "AND p.name = @point")} ORDER BY p.name, s.direction
                """, new { runId, day, point });
            foreach (var row in rows)
                yield return new RunInput(new SeriesRow(row.Series, day, (int)row.Version, row.Point, (EnergyDirection)row.Direction, row.Wh, row.Status), row.Source, row.Hash, row.Created);
        }
    }

    /// <summary>The same as settlement takes them.</summary>
    public async IAsyncEnumerable<SeriesRow> RowsAsync(long runId, int from, int to)
    {
        await foreach (var input in ReadAsync(runId, from, to)) yield return input.Row;
    }
}
