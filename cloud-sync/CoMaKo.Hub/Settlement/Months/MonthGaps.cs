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

/// <summary>How complete groups' months are, from what counts now; reads no values, and days only of those who came or left, so that a list of all groups stays quick.</summary>
internal sealed class MonthGaps(HubDatabase database, ISettlementInputs inputs)
{
    private static readonly EnergyDirection[] Directions = Enum.GetValues<EnergyDirection>();

    /// <summary>Every member's directions in a month, by point; empty if there is no such group.</summary>
    public async Task<IReadOnlyList<PointCompleteness>> ReadAsync(string group, YearMonth month)
    {
        await inputs.PrepareAsync(group, month.First(), month.End());
        int from = MarketDay.Number(month.First()), to = MarketDay.Number(month.End());
        await using var reader = await database.OpenReaderAsync();
        if (await GroupReader.FindAsync(reader, group) is not { } found) return [];
        var everything = await GroupReader.MembershipsAsync(reader, found.GroupId) > SeriesMonths.MostByKey ? AllAsync(month) : null; // while the members are read
        var members = await GroupReader.MembersAsync(reader, found.GroupId, from, to);
        int[] all = [.. Enumerable.Range(from, to - from)];
        var days = members.Where(member => IsWhole(member, all)).Select(member => member.PointId).Distinct().ToDictionary(point => point, _ => all); // mostly all of the group
        foreach (var same in members.Where(member => !days.ContainsKey(member.PointId)).ToLookup(member => member.PointId)) days.Add(same.Key, DaysOf([.. same], all));
        var sums = (everything is null ? await SeriesMonths.OfAsync(reader, database.Engine, days.Keys, month) : (await everything).Where(sum => days.ContainsKey(sum.PointId))).ToDictionary(sum => (sum.PointId, sum.Direction));
        var some = await EffectiveDays.BillableAsync(reader, database.Engine, [.. sums.Values.Where(sum => days[sum.PointId].Length < all.Length).Select(sum => sum.SeriesId)], all);
        long[] slots = [.. all.Select(day => (long)MarketDay.Slots(day).Count)];
        long whole = slots.Sum();
        var points = new List<PointCompleteness>(members.Count);
        foreach (var member in members.DistinctBy(member => member.PointId))
            foreach (var direction in Directions.Where(direction => member.Directions.HasFlag((PointDirections)(int)direction)))
            {
                var ofPoint = days[member.PointId];
                bool isWhole = ofPoint.Length == all.Length;
                var sum = sums.GetValueOrDefault((member.PointId, direction));
                long billable = sum is null ? 0 : isWhole ? sum.Billable : ofPoint.Sum(day => some.GetValueOrDefault((sum.SeriesId, day)));
                points.Add(new PointCompleteness(member.Name, member.PointId, direction, sum?.SeriesId, ofPoint, isWhole ? whole : ofPoint.Sum(day => slots[day - from]), billable));
            }

        return points;
    }

    private async Task<IReadOnlyList<SeriesMonth>> AllAsync(YearMonth month)
    {
        await using var reader = await database.OpenReaderAsync();
        return await SeriesMonths.OfAsync(reader, database.Engine, null, month);
    }

    private static bool IsWhole(MemberRow row, int[] all) => row.From <= all[0] && !(row.To <= all[^1]);

    private static int[] DaysOf(IReadOnlyList<MemberRow> rows, int[] all) => [.. all.Where(day => rows.Any(row => row.From <= day && !(row.To <= day)))];
}
