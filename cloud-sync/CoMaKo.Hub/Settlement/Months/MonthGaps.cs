using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Months;

/// <summary>A point's direction with how far its month is billable.</summary>
/// <param name="SeriesId">Absent if it never had a value.</param>
/// <param name="Days">Numbers of its days as a member.</param>
/// <param name="Expected">Slots of these days.</param>
/// <param name="Billable">Those with a value that may be billed.</param>
internal sealed record PointCompleteness(string Point, long PointId, EnergyDirection Direction, long? SeriesId, IReadOnlyList<int> Days, long Expected, long Billable)
{
    public long Open => Expected - Billable;
}

/// <summary>How complete groups' months are, from what counts now; reads no values, so that a list of all groups stays quick.</summary>
internal sealed class MonthGaps(HubDatabase database, ISettlementInputs inputs)
{
    /// <summary>Every member's directions in a month, by point; empty if there is no such group.</summary>
    public async Task<IReadOnlyList<PointCompleteness>> ReadAsync(string group, YearMonth month)
    {
        await inputs.PrepareAsync(group, month.First(), month.End());
        int from = MarketDay.Number(month.First()), to = MarketDay.Number(month.End());
        await using var reader = await database.OpenReaderAsync();
        if (await GroupReader.FindAsync(reader, group) is not { } found) return [];
        var (terms, ids) = await GroupReader.TermsAsync(reader, found, from, to);
        var series = (await PointSeriesRows.OfAsync(reader, database.Engine, [.. ids.Values])).ToDictionary(each => (each.PointId, each.Direction), each => each.SeriesId);
        long[] slots = [.. Enumerable.Range(from, to - from).Select(day => (long)MarketDay.Slots(day).Count)];
        var points = new List<PointCompleteness>();
        // Those who are members on the same days are counted together: mostly all of the group at once.
        foreach (var same in terms.Memberships.GroupBy(each => each.Point, StringComparer.Ordinal).GroupBy(member => string.Join(',', DaysOf(member, from, to)), StringComparer.Ordinal))
        {
            int[] days = [.. DaysOf(same.First(), from, to)];
            var names = same.Select(member => member.Key).ToHashSet(StringComparer.Ordinal);
            var billable = await BillableAsync(reader, [.. names.SelectMany(name => Enum.GetValues<EnergyDirection>().Where(direction => series.ContainsKey((ids[name], direction))).Select(direction => series[(ids[name], direction)]))], days);
            long expected = days.Sum(day => slots[day - from]);
            foreach (var point in terms.Points.Where(point => names.Contains(point.Id)))
                foreach (var direction in Enum.GetValues<EnergyDirection>().Where(direction => point.Directions.HasFlag((PointDirections)(int)direction)))
                {
                    long? id = series.TryGetValue((ids[point.Id], direction), out long known) ? known : null;
                    points.Add(new PointCompleteness(point.Id, ids[point.Id], direction, id, days, expected, id is null ? 0 : billable.GetValueOrDefault(id.Value)));
                }
        }

        return [.. points.OrderBy(point => point.Point, StringComparer.Ordinal).ThenBy(point => point.Direction)];
    }

    /// <summary>Over runs of days: a member that left and came back has two.</summary>
    private async Task<Dictionary<long, long>> BillableAsync(System.Data.Common.DbConnection reader, long[] series, int[] days)
    {
        var sums = new Dictionary<long, long>();
        for (int i = 0; i < days.Length;)
        {
            int end = i + 1;
            while (end < days.Length && days[end] == days[end - 1] + 1) end++;
            foreach (var (id, billable) in await EffectiveDays.BillableAsync(reader, database.Engine, series, days[i], days[end - 1] + 1)) sums[id] = sums.GetValueOrDefault(id) + billable;
            i = end;
        }

        return sums;
    }

    private static IEnumerable<int> DaysOf(IEnumerable<Membership> memberships, int from, int to) => Enumerable.Range(from, to - from)
        .Where(day => memberships.Any(each => MarketDay.Number(each.From) <= day && (each.To is not { } end || day < MarketDay.Number(end))));
}
