using CoMaKo.Hub.Market;
using CoMaKo.Hub.Metering;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement;

/// <summary>Settlement's inputs from master data and the curves of metering points.</summary>
internal sealed class MarketInputs(HubDatabase database, PointCurves curves, TimeProvider clock) : ISettlementInputs
{
    public async Task<IReadOnlyList<string>> GroupsAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<string>("SELECT name FROM mkt_group ORDER BY name")).AsList();
    }

    public async Task<MemberTerms?> TermsAsync(string group, LocalDate from, LocalDate to)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await GroupReader.FindAsync(reader, group) is not { } found) return null;
        var (terms, _) = await GroupReader.TermsAsync(reader, found, MarketDay.Number(from), MarketDay.Number(to));
        var persons = await reader.QueryAsync<(string Point, string Person)>("""
            SELECT DISTINCT p.name, a.name FROM mkt_membership m JOIN mkt_point p ON p.point_id = m.point_id JOIN mkt_participant a ON a.participant_id = p.participant_id WHERE m.group_id = @GroupId
            """, new { found.GroupId });
        var taxes = await reader.QueryAsync<(string Person, long From, long Treatment, long Rate)>("""
            SELECT DISTINCT a.name, t.from_day, t.treatment, t.rate_basis_points FROM mkt_membership m JOIN mkt_point p ON p.point_id = m.point_id
              JOIN mkt_participant a ON a.participant_id = p.participant_id JOIN mkt_tax_version t ON t.participant_id = a.participant_id WHERE m.group_id = @GroupId
            """, new { found.GroupId });
        var own = (await TaxStore.OfCooperativeAsync(reader)).Select(each => (TaxRules.Cooperative, (long)each.From, (long)each.Treatment, each.RateBasisPoints));
        return new MemberTerms(terms, persons.ToDictionary(each => each.Point, each => each.Person, StringComparer.Ordinal), Profiles([.. taxes, .. own]));
    }

    public async Task<YearMonth?> FirstMonthAsync(string group)
    {
        var series = await SeriesAsync(group, LocalDate.MinIsoValue, LocalDate.MaxIsoValue);
        if (await curves.AreMarkedAsync(MarketDays.Ever, clock.Today())) await curves.PrepareAsync(MarketDays.Ever, clock.Today(), series.Keys); // what came since the last night is not derived yet
        await using var reader = await database.OpenReaderAsync();
        return await SeriesMonths.FirstAsync(reader, database.Engine, [.. series.Keys]);
    }

    public async Task<YearMonth?> FirstMonthOfAllAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return await SeriesMonths.FirstOfAllAsync(reader);
    }

    public async Task PrepareAsync(string group, LocalDate from, LocalDate to)
    {
        if (await curves.AreMarkedAsync(MarketDay.Number(from), MarketDay.Number(to)))
            await curves.PrepareAsync(MarketDay.Number(from), MarketDay.Number(to), [.. (await SeriesAsync(group, from, to)).Keys]);
    }

    public async Task<string> RevisionAsync(string group, LocalDate from, LocalDate to)
    {
        var series = await SeriesAsync(group, from, to);
        await using var reader = await database.OpenReaderAsync();
        return await SeriesMonths.RevisionAsync(reader, database.Engine, [.. series.Keys], from.ToYearMonth(), to.PlusDays(-1).ToYearMonth());
    }

    public async IAsyncEnumerable<SeriesRow> RowsAsync(string group, LocalDate from, LocalDate to)
    {
        var series = await SeriesAsync(group, from, to);
        await foreach (var row in curves.ReadValuesAsync([.. series.Keys], MarketDay.Number(from), MarketDay.Number(to)))
        {
            var (point, direction) = series[row.SeriesId];
            yield return new SeriesRow(row.SeriesId, row.Day, row.Version, point, direction, row.Wh, row.Status);
        }
    }

    /// <summary>Series of the points that are members on a day of the period.</summary>
    private async Task<Dictionary<long, (string Point, EnergyDirection Direction)>> SeriesAsync(string group, LocalDate from, LocalDate to)
    {
        await using var reader = await database.OpenReaderAsync();
        var points = await reader.QueryAsync<(long Id, string Name)>("""
            SELECT DISTINCT p.point_id, p.name FROM mkt_group g JOIN mkt_membership m ON m.group_id = g.group_id JOIN mkt_point p ON p.point_id = m.point_id
            WHERE g.name = @group AND m.from_day < @to AND coalesce(m.to_day, @to) > @from
            """, new { group, from = (long)MarketDay.Number(from), to = (long)MarketDay.Number(to) });
        var names = points.ToDictionary(each => each.Id, each => each.Name);
        return (await PointSeriesRows.OfAsync(reader, database.Engine, [.. names.Keys])).ToDictionary(each => each.SeriesId, each => (names[each.PointId], each.Direction));
    }

    private static Dictionary<string, IReadOnlyList<TaxProfile>> Profiles(IEnumerable<(string Person, long From, long Treatment, long Rate)> versions) => versions
        .GroupBy(each => each.Person, StringComparer.Ordinal)
        .ToDictionary(person => person.Key, person => (IReadOnlyList<TaxProfile>)[.. WithBegin(person.OrderBy(each => each.From).Select(each => new TaxProfile(MarketDays.DateOf(each.From), (TaxTreatment)each.Treatment, each.Rate)))], StringComparer.Ordinal);

    /// <summary>Before the first profile a person is not taxed.</summary>
    private static IEnumerable<TaxProfile> WithBegin(IEnumerable<TaxProfile> profiles)
    {
        bool isFirst = true;
        foreach (var profile in profiles)
        {
            if (isFirst && profile.From is not null) yield return new TaxProfile(null, TaxTreatment.None);
            isFirst = false;
            yield return profile;
        }
    }
}
