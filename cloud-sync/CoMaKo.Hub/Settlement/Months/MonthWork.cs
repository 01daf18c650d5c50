using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Curves;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Months;

/// <summary>Months that have ended and are not closed: each point that lacks values, and the month itself once its day has come.</summary>
internal sealed class MonthWork(HubDatabase database, ISettlementInputs inputs, MonthGaps gaps, AgentRules rules) : IWorkSource
{
    public IReadOnlyList<string> Kinds => ["month.gap", "month.due", "month.ready"];

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop)
    {
        var items = new List<WorkItem>();
        foreach (string group in await inputs.GroupsAsync())
            foreach (var month in await OpenMonthsAsync(group, now)) items.AddRange(await OfAsync(group, month, now));
        return items;
    }

    /// <summary>Months of a group that have ended, have values and are not closed, oldest first.</summary>
    public async Task<IReadOnlyList<YearMonth>> OpenMonthsAsync(string group, Instant now)
    {
        if (await inputs.FirstMonthOfAllAsync() is not { } earliest) return [];
        var current = RunMonth.Of(now.InZone(MarketDay.Zone).Date);
        var oldest = current.PlusMonths(-rules.MonthsBack);
        await using var reader = await database.OpenReaderAsync();
        var closed = (await reader.QueryAsync<long>("SELECT DISTINCT month FROM mkt_run WHERE balance_group = @group AND published_us IS NOT NULL", new { group })).ToHashSet();
        var open = new List<YearMonth>();
        for (var month = earliest < oldest ? oldest : earliest; month < current; month = month.PlusMonths(1))
            if (!closed.Contains(month.Number())) open.Add(month);
        // The group itself may have begun later; that is asked only if there is a month to which it matters.
        return open.Count > 0 && await inputs.FirstMonthAsync(group) is { } first ? open.FindAll(month => month >= first) : [];
    }

    private async Task<IReadOnlyList<WorkItem>> OfAsync(string group, YearMonth month, Instant now)
    {
        var due = rules.CloseOf(month);
        var ended = Instant.FromUnixTimeSeconds(MarketDay.Slots(MarketDay.Number(month.End()))[0].StartUnixSeconds);
        string subject = $"{group}/{month.Text()}", address = $"/pages/months/{subject}";
        var items = new List<WorkItem>();
        long open = 0;
        foreach (var point in (await gaps.ReadAsync(group, month)).Where(each => each.Open > 0).GroupBy(each => each.Point, StringComparer.Ordinal))
        {
            long missing = point.Sum(each => each.Open);
            open += missing;
            items.Add(new WorkItem("month.gap", $"{subject}/{point.Key}", WorkRank.Attention, ended, $"{address}#{point.Key}", missing) { Due = due });
        }

        if (now >= due && open == 0) open = await OpenInRunAsync(group, month);
        if (now >= due && open > 0) items.Add(new WorkItem("month.due", subject, WorkRank.Fault, due, address, open) { Due = due });
        if (now >= due && open == 0 && !rules.ClosesByItself) items.Add(new WorkItem("month.ready", subject, WorkRank.Attention, due, address) { Due = due });
        return items;
    }

    /// <summary>Slots that the last settlement left open although every value is there: the terms of their days are not complete.</summary>
    private async Task<long> OpenInRunAsync(string group, YearMonth month)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleOrDefaultAsync<long>("SELECT open_slots FROM mkt_run WHERE balance_group = @group AND month = @month AND sequence = 0 AND detail LIKE '%\"reason\":\"terms\"%'", new { group, month = month.Number() });
    }
}
