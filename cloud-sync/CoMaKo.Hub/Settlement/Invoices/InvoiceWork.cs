using CoMaKo.Hub.Work;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>What keeps statements from becoming invoices: the cooperative's own data, and participants that lack something.</summary>
internal sealed class InvoiceWork(InvoiceReader invoices) : IWorkSource
{
    public IReadOnlyList<string> Kinds => ["invoice.gap"];

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop) =>
        [.. (await invoices.GapsAsync()).GroupBy(each => each.Gap.Participant, StringComparer.Ordinal).Select(each => new WorkItem(
            "invoice.gap", each.Key.Length == 0 ? "cooperative" : each.Key, WorkRank.Attention, Instant.FromUnixTimeTicks(each.Min(gap => gap.SinceUs) * 10), each.First().Gap.Address, each.Count()))];
}
