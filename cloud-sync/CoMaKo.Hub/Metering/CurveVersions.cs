using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>Stored versions of curves.</summary>
internal static class CurveVersions
{
    private const string Columns = "day, source, version, wh, quality, method";

    /// <summary>All versions of all sources of a series, for the days from <paramref name="from"/> to <paramref name="last"/>.</summary>
    public static async Task<ILookup<int, CurveDay>> ReadAsync(DbConnection reader, long seriesId, int from, int last) =>
        (await reader.QueryAsync<(long Day, long Source, long Version, byte[] Wh, byte[] Quality, byte[]? Method)>(
            $"SELECT {Columns} FROM met_curve_day WHERE series_id = @seriesId AND day >= @from AND day <= @last", new { seriesId, from, last }))
        .ToLookup(row => (int)row.Day, row => CurveDay.Unpack((int)row.Day, (CurveSource)row.Source, (int)row.Version, row.Wh, row.Quality, row.Method));

    /// <summary>Asks for the newest version per day of one source; they are there after the next statement that is waited for.</summary>
    public static void ReadNewest(HubTransaction tx, long seriesId, CurveSource source, int from, int last, ICollection<(long SeriesId, CurveDay Curve)> found) =>
        tx.Prepare($"""
            SELECT {Columns}, series_id FROM met_curve_day c WHERE series_id = $1 AND source = $2 AND day >= $3 AND day <= $4
              AND version = (SELECT max(m.version) FROM met_curve_day m WHERE m.series_id = $1 AND m.day = c.day AND m.source = $2)
            """).Bind(seriesId).Bind((long)source).Bind(from).Bind(last)
            .Later(found, row => (row.Int64(6), CurveDay.Unpack((int)row.Int64(0), (CurveSource)row.Int64(1), (int)row.Int64(2), row.Blob(3), row.Blob(4), row.IsNull(5) ? null : row.Blob(5))));
}
