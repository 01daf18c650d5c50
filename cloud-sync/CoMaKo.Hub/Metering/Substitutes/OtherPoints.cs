using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Substitutes;

/// <summary>A second meter of the same energy, named by who asks for substitutes (rule 5).</summary>
/// <param name="IsCalibrated">Method code Z88, else Z89.</param>
internal sealed record SecondMeter(PointRow Point, bool IsCalibrated);

/// <summary>Measured values of other points that help to fill a gap.</summary>
internal sealed class OtherPoints(HubDatabase database, PointCurves curves)
{
    /// <summary>What was measured at a point from a slot to before another.</summary>
    public async Task<Func<QuarterHour, long?>> MeasuredAsync(long pointId, EnergyDirection direction, QuarterHour from, QuarterHour to)
    {
        var (first, last) = (MarketDay.Containing(from.StartUnixSeconds), MarketDay.Containing(to.StartUnixSeconds - 1));
        IReadOnlyList<PointSeries> series;
        await using (var reader = await database.OpenReaderAsync()) series = [.. (await PointSeriesRows.OfAsync(reader, database.Engine, [pointId])).Where(each => each.Direction == direction)];
        if (series is not [{ SeriesId: var id }]) return _ => null;
        await curves.PrepareAsync(first, last + 1, [id]);
        var rows = new Dictionary<int, EffectiveRow>();
        await foreach (var row in curves.ReadAsync([id], first, last + 1)) rows[row.Day] = row;
        return slot =>
        {
            int day = MarketDay.Containing(slot.StartUnixSeconds);
            return rows.TryGetValue(day, out var row) ? row.MeasuredWhOf((int)((slot.StartUnixSeconds - MarketDay.Slots(day)[0].StartUnixSeconds) / QuarterHour.Seconds)) : null;
        };
    }

    /// <summary>The plant of the same balance group that stands nearest, of those whose place is known, and measured the whole gap (rule 4); absent if there is none.</summary>
    public async Task<(Func<QuarterHour, long?> Values, long PeakWatts)?> SisterAsync(PointRow point, QuarterHour from, QuarterHour to)
    {
        if (point.PeakWatts is not > 0) return null;
        IReadOnlyList<PointRow> plants;
        await using (var reader = await database.OpenReaderAsync()) plants = await PointReader.PlantsBesideAsync(reader, point.PointId, MarketDay.Containing(from.StartUnixSeconds));
        foreach (var plant in plants.OrderBy(plant => Distance(point, plant)).ThenBy(plant => plant.Name, StringComparer.Ordinal))
        {
            var values = await MeasuredAsync(plant.PointId, EnergyDirection.Generation, from, to);
            bool isWhole = true;
            for (var slot = from; isWhole && slot.StartUnixSeconds < to.StartUnixSeconds; slot = slot.Next) isWhole = values(slot) is not null;
            if (isWhole) return (values, plant.PeakWatts!.Value);
        }

        return null;
    }

    /// <summary>For the order only: degrees of longitude are as long as those of latitude times the cosine.</summary>
    private static double Distance(PointRow one, PointRow other)
    {
        if (one is not { LatitudeMicro: { } latitude, LongitudeMicro: { } longitude } || other is not { LatitudeMicro: { } otherLatitude, LongitudeMicro: { } otherLongitude }) return double.MaxValue;
        double north = latitude - otherLatitude, east = (longitude - otherLongitude) * Math.Cos(latitude / 1e6 * Math.PI / 180);
        return north * north + east * east;
    }
}
