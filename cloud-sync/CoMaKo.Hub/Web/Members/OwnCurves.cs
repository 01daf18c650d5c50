using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Web.Members;

/// <summary>One own series on one day.</summary>
/// <param name="Row">Absent: it never had a value on that day.</param>
/// <param name="IsNewer">A stored settlement counted an older version than the newest: what is shown is what was settled, a correction follows.</param>
public sealed record OwnCurve(OwnPoint Point, EnergyDirection Direction, EffectiveRow? Row, bool IsNewer);

/// <summary>Reads a participant's own curves of a day: its own series only, whatever the size of its group.</summary>
internal sealed class OwnCurves(HubDatabase database, PointCurves curves)
{
    /// <summary>Series of some points.</summary>
    public async Task<IReadOnlyList<PointSeries>> SeriesAsync(IReadOnlyList<OwnPoint> points)
    {
        await using var reader = await database.OpenReaderAsync();
        return await PointSeriesRows.OfAsync(reader, database.Engine, [.. points.Select(point => point.PointId)]);
    }

    /// <summary>The curves of a day, in the versions that a settlement counted where it names them.</summary>
    public async Task<IReadOnlyList<OwnCurve>> DayAsync(IReadOnlyList<OwnPoint> points, IReadOnlyList<PointSeries> series, int day, IReadOnlyDictionary<long, int> versions)
    {
        var found = new List<OwnCurve>();
        foreach (var each in series)
        {
            var point = points.First(candidate => candidate.PointId == each.PointId);
            var row = await curves.DayAsync(each.SeriesId, day);
            bool isNewer = row is { Version: > 0 } && versions.TryGetValue(each.SeriesId, out int counted) && counted < row.Version;
            if (isNewer)
            {
                await using var reader = await database.OpenReaderAsync();
                row = await EffectiveRows.OfVersionAsync(reader, each.SeriesId, day, versions[each.SeriesId]) ?? row;
            }

            found.Add(new OwnCurve(point, each.Direction, row, isNewer));
        }

        return found;
    }
}
