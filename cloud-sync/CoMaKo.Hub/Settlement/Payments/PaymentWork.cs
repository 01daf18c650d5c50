using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Payments;

/// <summary>Statements whose payment is overdue.</summary>
internal sealed class PaymentWork(StatementReader statements) : IWorkSource
{
    private const int Most = 1000;

    public IReadOnlyList<string> Kinds => ["payment.overdue"];

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop)
    {
        var overdue = await statements.ListAsync(new StatementFilter(Payment: PaymentState.Overdue), null, Most);
        return [.. overdue.GroupBy(head => head.Group, StringComparer.Ordinal).Select(group => new WorkItem(
            "payment.overdue", group.Key, WorkRank.Attention, group.Min(SinceOf), $"/pages/payments?payment=overdue&balance_group={Uri.EscapeDataString(group.Key)}", group.Count()))];
    }

    private static Instant SinceOf(StatementHead head) =>
        head.DueDay is { } due ? Instant.FromUnixTimeSeconds(MarketDay.Slots(due + 1)[0].StartUnixSeconds) : Instant.FromUnixTimeTicks(head.MadeUs * 10);
}
