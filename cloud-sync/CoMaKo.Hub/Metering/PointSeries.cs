using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>The series of a metering point in one direction.</summary>
/// <param name="PointId">Number of the point in master data.</param>
public sealed record PointSeries(long SeriesId, long PointId, EnergyDirection Direction);

/// <summary>Finds and makes the series of metering points.</summary>
internal static class PointSeriesRows
{
    private const string Select = "SELECT series_id, point_id, direction FROM met_series WHERE point_id";

    /// <summary>All series of these points; a point that never had a value has none.</summary>
    public static async Task<IReadOnlyList<PointSeries>> OfAsync(DbConnection reader, HubEngine engine, long[] points) =>
        [.. (await reader.QueryAsync<(long Series, long Point, long Direction)>($"{Select} {engine.AnyOf("@points")} ORDER BY series_id", new { points })).Select(row => new PointSeries(row.Series, row.Point, (EnergyDirection)row.Direction))];

    /// <summary>The series, made where they are new and locked: whoever else adds versions to them waits, and finds these then.</summary>
    public static async ValueTask<IReadOnlyDictionary<(long PointId, EnergyDirection Direction), long>> LockAsync(HubTransaction tx, IEnumerable<(long PointId, EnergyDirection Direction)> series)
    {
        var found = new List<PointSeries>();
        // In one order everywhere, so that two deliveries wait for each other but never both.
        foreach (var (point, direction) in series.OrderBy(each => each.PointId).ThenBy(each => each.Direction))
        {
            tx.Prepare("INSERT INTO met_series (point_id, direction) VALUES ($1, $2) ON CONFLICT (point_id, direction) DO NOTHING").Bind(point).Bind((long)direction).Later();
            tx.Prepare($"{Select} = $1 AND direction = $2 {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}").Bind(point).Bind((long)direction)
                .Later(found, row => new PointSeries(row.Int64(0), row.Int64(1), (EnergyDirection)row.Int64(2)));
        }

        await tx.SendAsync();
        return found.ToDictionary(each => (each.PointId, each.Direction), each => each.SeriesId);
    }
}
