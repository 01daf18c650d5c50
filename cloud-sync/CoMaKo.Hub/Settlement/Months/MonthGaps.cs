using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Months;

/// <summary>A point's direction with how far its month is billable.</summary>
/// <param name="Expected">Slots of its days as a member.</param>
/// <param name="Billable">Those with a value that may be billed.</param>
internal sealed record PointCompleteness(string Point, EnergyDirection Direction, long Expected, long Billable)
{
    public long Open => Expected - Billable;
}

/// <summary>How complete groups' months are, from what counts now; reads no values, so that a list of all groups stays quick.</summary>
internal sealed class MonthGaps(HubDatabase database, ISettlementInputs inputs)
{
    /// <summary>Every member's directions in a month, by point.</summary>
    public async Task<IReadOnlyList<PointCompleteness>> ReadAsync(string group, YearMonth month)
    {
        await inputs.PrepareAsync(group, month.First(), month.End());
        if (await inputs.TermsAsync(group, month.First(), month.End()) is not { } terms) return [];
        int from = MarketDay.Number(month.First()), to = MarketDay.Number(month.End());
        await using var reader = await database.OpenReaderAsync();
        var billable = (await reader.QueryAsync<(string Point, long Direction, long Slots)>("""
            SELECT p.name, s.direction, CAST(sum(e.billable) AS bigint)
            FROM mkt_group g JOIN mkt_membership m ON m.group_id = g.group_id JOIN mkt_point p ON p.point_id = m.point_id JOIN met_series s ON s.point_id = m.point_id
              JOIN met_effective_day e ON e.series_id = s.series_id AND e.day >= @from AND e.day < @to AND e.day >= m.from_day AND e.day < coalesce(m.to_day, @to)
            WHERE g.name = @group AND e.version = (SELECT max(n.version) FROM met_effective_day n WHERE n.day = e.day AND n.series_id = e.series_id)
            GROUP BY p.name, s.direction
            """, new { group, from, to })).ToDictionary(row => (row.Point, (EnergyDirection)row.Direction), row => row.Slots);
        return [.. Expected(terms.Group, from, to).Select(each => new PointCompleteness(each.Point, each.Direction, each.Slots, billable.GetValueOrDefault((each.Point, each.Direction))))];
    }

    private static IEnumerable<(string Point, EnergyDirection Direction, long Slots)> Expected(GroupTerms terms, int from, int to)
    {
        long[] slots = [.. Enumerable.Range(from, to - from).Select(day => (long)MarketDay.Slots(day).Count)];
        var ofPoint = terms.Memberships.GroupBy(each => each.Point, StringComparer.Ordinal).ToDictionary(
            same => same.Key, same => same.Sum(each => slots.Where((_, i) => Holds(each, from + i)).Sum()), StringComparer.Ordinal);
        return terms.Points.OrderBy(point => point.Id, StringComparer.Ordinal)
            .SelectMany(point => Enum.GetValues<EnergyDirection>().Where(direction => point.Directions.HasFlag((PointDirections)(int)direction)).Select(direction => (point.Id, direction, ofPoint.GetValueOrDefault(point.Id))));
    }

    private static bool Holds(Membership membership, int day) =>
        MarketDay.Number(membership.From) <= day && (membership.To is not { } to || day < MarketDay.Number(to));
}
