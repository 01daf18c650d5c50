using CoMaKo.Hub.Work;
using NodaTime;

namespace CoMaKo.Hub.Metering.Disputes;

/// <summary>Disputes that wait for an answer.</summary>
internal sealed class DisputeWork(DisputeBook book) : IWorkSource
{
    private const int Most = 1000;

    public IReadOnlyList<string> Kinds => ["dispute"];

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop) =>
        [.. (await book.OpenAsync(Most)).Select(open => new WorkItem("dispute", FormattableString.Invariant($"{open.Id}/{open.Participant}"), WorkRank.Attention, open.Since, FormattableString.Invariant($"/pages/disputes#dispute-{open.Id}")))];
}
