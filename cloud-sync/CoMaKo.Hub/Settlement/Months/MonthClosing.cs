using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Agent;
using CoMaKo.Hub.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Months;

/// <summary>Closes months on an operator's word, over REST as from the page.</summary>
internal sealed class MonthClosing(BalanceGroupAgent agent, GroupLeases leases, RunReader runs, RunWriter writer, TimeProvider clock)
{
    private const int LeastReason = 3;
    private const int MostReason = 1000;

    /// <summary>Takes a month's open slots as they are, with a reason, and closes it at once; a month without any is closed before its day.</summary>
    /// <returns>What became of it, or why nothing did.</returns>
    /// <exception cref="GroupBusyException">Another process settles the group just now.</exception>
    public async Task<(MonthOutcome Outcome, IResult? Problem)> CloseAsync(string group, YearMonth month, string? reason, Caller caller)
    {
        if (reason?.Trim() is not { Length: >= LeastReason and <= MostReason } said) return (default, SettlementProblems.NeedsReason());
        if (MonthBook.EndOf(month) > Instant.FromDateTimeOffset(clock.GetUtcNow())) return (default, SettlementProblems.MonthNotOver(month.Text()));
        return await leases.HoldAsync(group, async (lease, _) =>
        {
            if ((await runs.OfMonthAsync(group, month)).Any(run => run.IsPublished)) return (default, SettlementProblems.MonthPublished(month.Text()));
            await writer.ConfirmAsync(lease, group, month, caller.Name, said);
            return (await agent.SettleAsync(lease, group, month), (IResult?)null);
        });
    }

    /// <summary>Settles a month now; a correction that waits is published at once.</summary>
    /// <exception cref="GroupBusyException">Another process settles the group just now.</exception>
    public Task<MonthOutcome> PublishAsync(string group, YearMonth month) => leases.HoldAsync(group, (lease, _) => agent.SettleAsync(lease, group, month, publishesNow: true));
}
