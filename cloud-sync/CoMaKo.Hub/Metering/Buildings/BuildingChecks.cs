using System.Data.Common;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Metering.Buildings;

/// <summary>Rule P13: a building's main meter against its sub-meters and losses, day by day. What is drawn counts above zero, what is fed in below.</summary>
internal static class BuildingChecks
{
    /// <summary>What the rule says of the days that were derived, at the main meter's first series.</summary>
    public static async Task<IReadOnlyList<SeriesFindings>> OfAsync(DbConnection reader, HubEngine engine, IReadOnlyList<DerivedDay> derived)
    {
        if (derived.Count == 0) return [];
        var buildings = await BuildingRows.AroundAsync(reader, engine, [.. derived.Select(day => day.Marked.SeriesId).Distinct()]);
        var findings = new List<SeriesFindings>();
        foreach (var building in buildings)
        {
            int[] days = [.. derived.Where(day => building.Series.Any(series => series.SeriesId == day.Marked.SeriesId)).Select(day => day.Marked.Day).Distinct()];
            var open = (await FindingRows.OpenAsync(reader, building.MainSeries, PlausibilityRule.BuildingBalance)).Where(finding => days.Contains(finding.Day)).ToList();
            var said = new List<PlausibilityFinding>();
            foreach (int day in days)
            {
                var rows = (await EffectiveRows.OfDayAsync(reader, engine, [.. building.Series.Select(series => series.SeriesId)], day)).ToDictionary(row => row.SeriesId);
                foreach (var fresh in derived.Where(each => each.Marked.Day == day)) rows[fresh.Marked.SeriesId] = RowOf(fresh);
                if (building.Balance(day, rows) is { } finding) said.Add(finding);
            }

            findings.Add(new SeriesFindings(building.MainSeries, building.Main, said, open));
        }

        return findings;
    }

    private static EffectiveRow RowOf(DerivedDay derived) =>
        new(derived.Marked.SeriesId, derived.Marked.Day, 0, derived.Day.PackWh(), derived.Day.PackSource(), derived.Day.PackStatus(), derived.Day.InputHash);
}

/// <summary>A series of a building.</summary>
internal sealed record BuildingSeries(long SeriesId, EnergyDirection Direction, bool IsMain);

/// <summary>A main meter and what lies behind it.</summary>
/// <param name="Main">The main point's id.</param>
/// <param name="LossesWh">Between the meters, a day.</param>
/// <param name="Series">Of all of its points; those of the main meter first.</param>
/// <param name="IsKnown">Each direction that one of the points has is a series.</param>
internal sealed record Building(string Main, long LossesWh, IReadOnlyList<BuildingSeries> Series, bool IsKnown)
{
    public long MainSeries => Series[0].SeriesId;

    /// <summary>The rule over one day; it says nothing unless each slot of each meter has a measured value.</summary>
    public PlausibilityFinding? Balance(int day, IReadOnlyDictionary<long, EffectiveRow> rows)
    {
        long main = 0, behind = 0;
        var slots = MarketDay.Slots(day);
        foreach (var series in Series)
        {
            if (!IsKnown || !rows.TryGetValue(series.SeriesId, out var row)) return null;
            long sum = 0;
            for (int slot = 0; slot < slots.Count; slot++)
            {
                if (row.MeasuredWhOf(slot) is not { } wh) return null;
                sum += wh;
            }

            if (series.Direction == EnergyDirection.Generation) sum = -sum;
            if (series.IsMain) main += sum;
            else behind += sum;
        }

        return RegisterRules.BuildingBalance(slots[0], main, behind, LossesWh);
    }
}

/// <summary>Reads buildings.</summary>
internal static class BuildingRows
{
    /// <summary>The buildings of which a point has one of these series.</summary>
    public static async Task<IReadOnlyList<Building>> AroundAsync(DbConnection reader, HubEngine engine, long[] series)
    {
        var mains = (await reader.QueryAsync<(long PointId, long LossesWh)>($"""
            SELECT m.point_id, m.losses_wh FROM met_main_meter m WHERE EXISTS (
              SELECT 1 FROM met_series s WHERE s.series_id {engine.AnyOf("@series")} AND (s.point_id = m.point_id OR s.point_id IN (SELECT b.point_id FROM met_sub_meter b WHERE b.main_point_id = m.point_id)))
            ORDER BY m.point_id
            """, new { series })).ToList();
        var buildings = new List<Building>();
        foreach (var (mainId, lossesWh) in mains)
        {
            if (await PointReader.FindAsync(reader, mainId) is not { } main) continue;
            List<PointRow> points = [main, .. await BehindAsync(reader, mainId)];
            var all = await PointSeriesRows.OfAsync(reader, engine, [.. points.Select(point => point.PointId)]);
            bool isKnown = points.TrueForAll(point => Enum.GetValues<EnergyDirection>().Where(point.Has).All(direction => all.Any(each => each.PointId == point.PointId && each.Direction == direction)));
            var ordered = all.Select(each => new BuildingSeries(each.SeriesId, each.Direction, each.PointId == main.PointId)).OrderByDescending(each => each.IsMain).ThenBy(each => each.Direction).ToList();
            if (ordered is [{ IsMain: true }, ..]) buildings.Add(new Building(main.Name, lossesWh, ordered, isKnown));
        }

        return buildings;
    }

    /// <summary>The points behind a main meter, by id.</summary>
    public static async Task<IReadOnlyList<PointRow>> BehindAsync(DbConnection reader, long mainId)
    {
        var points = new List<PointRow>();
        foreach (long id in await reader.QueryAsync<long>("SELECT point_id FROM met_sub_meter WHERE main_point_id = @mainId", new { mainId }))
            if (await PointReader.FindAsync(reader, id) is { } point) points.Add(point);
        return [.. points.OrderBy(point => point.Name, StringComparer.Ordinal)];
    }
}
