using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Months;

/// <summary>A month of a group in the list of months.</summary>
/// <param name="Open">Quarter hours of members without a billable value; absent once it is closed.</param>
/// <param name="Published">Name of the newest published run; absent while it is open.</param>
/// <param name="HasWaiting">A correction waits.</param>
public sealed record MonthRow(string Group, string Title, YearMonth Month, Instant Close, long? Open, string? Published, bool HasWaiting);

/// <summary>Lists the months of groups, page by page.</summary>
internal sealed class MonthList(HubDatabase database, MonthGaps gaps, MonthWork work, AgentRules rules, TimeProvider clock)
{
    private const int MostGroups = 20;
    private const int MostClosed = 13;

    /// <summary>Open months first, then the last closed ones, newest first; of groups after an id.</summary>
    /// <returns>The months, and the id of the last group if more follow.</returns>
    public async Task<(IReadOnlyList<MonthRow> Months, string? Next)> ReadAsync(string after)
    {
        IReadOnlyList<GroupRow> groups;
        await using (var reader = await database.OpenReaderAsync()) groups = await GroupReader.AfterAsync(reader, after, MostGroups + 1);
        var rows = new List<MonthRow>();
        foreach (var group in groups.Take(MostGroups)) rows.AddRange(await OfAsync(group));
        return ([.. rows.OrderBy(row => row.Published is not null).ThenByDescending(row => row.Month)], groups.Count > MostGroups ? groups[MostGroups - 1].Name : null);
    }

    private async Task<IReadOnlyList<MonthRow>> OfAsync(GroupRow group)
    {
        var rows = new List<MonthRow>();
        var now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        foreach (var month in await work.OpenMonthsAsync(group.Name, now))
            rows.Add(new MonthRow(group.Name, group.Title, month, rules.CloseOf(month), (await gaps.ReadAsync(group.Name, month)).Sum(point => point.Open), null, false));
        await using var reader = await database.OpenReaderAsync();
        var closed = await reader.QueryAsync<(long Month, long Published, long All)>("""
            SELECT month, max(CASE WHEN published_us IS NULL THEN 0 ELSE sequence END), max(sequence) FROM mkt_run WHERE balance_group = @Name
            GROUP BY month HAVING max(CASE WHEN published_us IS NULL THEN 0 ELSE 1 END) = 1 ORDER BY month DESC LIMIT @MostClosed
            """, new { group.Name, MostClosed });
        rows.AddRange(closed.Select(row => new MonthRow(
            group.Name, group.Title, RunMonth.Of(row.Month), rules.CloseOf(RunMonth.Of(row.Month)), null, new RunName(RunMonth.Of(row.Month), (int)row.Published).ToString(), row.All > row.Published)));
        return rows;
    }
}
