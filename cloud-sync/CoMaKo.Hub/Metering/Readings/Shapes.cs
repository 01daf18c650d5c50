using CoMaKo.Hub.Storage;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>Reads what the shape of a series may be taken from.</summary>
internal static class Shapes
{
    private const int ComparisonDays = 28;
    private const int LongestHistory = 120;

    /// <param name="from">Unix seconds.</param>
    /// <param name="to">Unix seconds.</param>
    public static async ValueTask<ShapeSource> ReadAsync(HubTransaction tx, long pointId, EnergyDirection direction, long from, long to, MarketCalendar calendar, ProfileTable? profile)
    {
        var (first, last) = (MarketDay.Containing(from), MarketDay.Containing(to - 1));
        // Comparison days help with days and weeks; a year is a profile's matter.
        if (last - first > LongestHistory) return new ShapeSource(direction, calendar, _ => null, _ => null, profile);
        var rows = await tx.Prepare("""
            SELECT e.day, e.wh, e.source, e.status FROM met_effective_day e JOIN met_series s ON s.series_id = e.series_id
            WHERE s.point_id = $1 AND s.direction = $2 AND e.day >= $3 AND e.day <= $4 ORDER BY e.day, e.version
            """).Bind(pointId).Bind((long)direction).Bind(first - ComparisonDays).Bind(last)
            .ListAsync(row => new EffectiveRow(0, (int)row.Int64(0), 0, row.Blob(1), row.Blob(2), row.Blob(3), ""));
        var byDay = rows.GroupBy(row => row.Day).ToDictionary(group => group.Key, group => group.Last());
        return new ShapeSource(
            direction, calendar, slot => At(slot) is var (row, i) && row is not null && row.Source[i] == (byte)CurveSource.Gateway ? row.WhOf(i) : null,
            slot => At(slot) is var (row, i) && row is not null && (ValueStatus)row.Status[i] is ValueStatus.Measured or ValueStatus.Corrected ? row.WhOf(i) : null, profile);

        (EffectiveRow? Row, int Index) At(QuarterHour slot)
        {
            int day = MarketDay.Containing(slot.StartUnixSeconds);
            return byDay.TryGetValue(day, out var row) ? (row, (int)((slot.StartUnixSeconds - MarketDay.Slots(day)[0].StartUnixSeconds) / QuarterHour.Seconds)) : (null, 0);
        }
    }
}
