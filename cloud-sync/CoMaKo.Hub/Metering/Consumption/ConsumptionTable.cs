using CoMaKo.Hub.Market;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Consumption;

/// <summary>
/// Quarter hours on their way in, by series and day. Refused are (codes): CMH-1701 unknown point, 1702 direction, 1703 no quarter hour, 1704 before 2015,
/// 1705 too many days, 3103 a slot twice with different values, 3109 a change day with 96 values, 3110 a slot that has not ended.
/// </summary>
/// <param name="points">All points by id.</param>
/// <param name="now">Unix seconds.</param>
internal sealed class ConsumptionTable(IReadOnlyDictionary<string, PointRow> points, long now, FormFindings findings)
{
    /// <summary>The largest energy of one slot.</summary>
    public const long MostWh = int.MaxValue;

    private const int MostDays = 50_000;
    private static readonly long Earliest = NodaTime.Instant.FromUtc(2015, 1, 1, 0, 0).ToUnixTimeSeconds();

    private readonly Dictionary<string, PointRow>.AlternateLookup<ReadOnlySpan<char>> byId = new Dictionary<string, PointRow>(points, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    private readonly Dictionary<(long PointId, EnergyDirection Direction, int Day), DeliveredDay> days = [];
    private long dayFrom;
    private long dayTo;
    private int day;
    private int slotsOfDay;

    /// <summary>Quarter hours taken; the same one twice counts twice.</summary>
    public long Rows { get; private set; }

    public IReadOnlyList<DeliveredDay> Days => [.. days.Values];

    /// <summary>Adds a quarter hour; what is wrong with it becomes a finding.</summary>
    /// <param name="row">Where it stands.</param>
    /// <param name="direction">Absent: that of the point.</param>
    /// <param name="start">Unix seconds.</param>
    public void Add(int row, ReadOnlySpan<char> pointId, EnergyDirection? direction, long start, long wh)
    {
        if (FindPoint(row, pointId, direction) is not { } series) return;
        if (start % QuarterHour.Seconds != 0) findings.Add(row, "start", "CMH-1703", "A quarter hour begins at minute 0, 15, 30 or 45.");
        else if (start < Earliest) findings.Add(row, "start", "CMH-1704", "The hub keeps energy from 2015 on.");
        else if (start + QuarterHour.Seconds > now) findings.Add(row, "start", "CMH-3110", "The quarter hour has not ended.");
        else Put(row, series, start, wh);
    }

    /// <summary>
    /// When all rows are there: a day of 100 quarter hours that came with 96 lacks its repeated hour, and the values behind it may stand an hour wrong (P09).
    /// </summary>
    public void Close()
    {
        foreach (var ((pointId, _, number), delivered) in days)
        {
            var date = MarketDay.Date(number);
            if (IntakeRules.ChangeDayCount(date, delivered.Wh.Count(wh => wh is not null)) is not { } finding) continue;
            string point = points.Values.First(each => each.PointId == pointId).Name;
            findings.Add("start", finding.Code, FormattableString.Invariant($"{point}: {date:uuuu-MM-dd} has {finding.Limit} quarter hours, {finding.Value} came. Give the repeated hour both times, by offset or by day and slot."));
        }
    }

    private (PointRow Point, EnergyDirection Direction)? FindPoint(int row, ReadOnlySpan<char> id, EnergyDirection? direction)
    {
        if (!byId.TryGetValue(id, out var point))
        {
            findings.Add(row, "metering_point", "CMH-1701", $"There is no metering point '{id}'.");
            return null;
        }

        if (direction is null && point.Directions == PointDirections.Both)
        {
            findings.Add(row, "direction", "CMH-1702", $"'{id}' consumes and generates: say which.");
            return null;
        }

        var counted = direction ?? (EnergyDirection)(int)point.Directions;
        if (point.Has(counted)) return (point, counted);
        findings.Add(row, "direction", "CMH-1702", $"'{id}' has no {(counted == EnergyDirection.Generation ? "generation" : "consumption")}.");
        return null;
    }

    private void Put(int row, (PointRow Point, EnergyDirection Direction) series, long start, long wh)
    {
        if (start < dayFrom || start >= dayTo) GoToDayOf(start);
        var key = (series.Point.PointId, series.Direction, day);
        if (!days.TryGetValue(key, out var delivered))
        {
            if (days.Count == MostDays)
            {
                findings.Add(row, "", "CMH-1705", FormattableString.Invariant($"More than {MostDays} days of series at once. Send them in parts."));
                return;
            }

            days.Add(key, delivered = new DeliveredDay(series.Point.PointId, series.Direction, day, new int?[slotsOfDay]) { LimitWh = PointChecks.LimitOf(series.Point) });
        }

        Rows++;
        ref int? slot = ref delivered.Wh[(start - dayFrom) / QuarterHour.Seconds];
        if (slot is { } other && other != wh) findings.Add(row, "kwh", "CMH-3103", $"The quarter hour comes twice, before with {new Kwh(other)} kWh.");
        slot = (int)wh;
        if (wh > delivered.LimitWh) delivered.Faults.Add((int)((start - dayFrom) / QuarterHour.Seconds));
    }

    /// <summary>Most rows lie in the day of the one before: no calendar is asked again.</summary>
    private void GoToDayOf(long start)
    {
        day = MarketDay.Containing(start);
        var slots = MarketDay.Slots(day);
        (dayFrom, dayTo, slotsOfDay) = (slots[0].StartUnixSeconds, slots[^1].EndUnixSeconds, slots.Count);
    }
}
