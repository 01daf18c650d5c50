using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Alerts;
using CoMaKo.Hub.Work;
using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>Recipients who cannot be reached: a message was given up, or waits for an hour, and none arrived since.</summary>
internal sealed class UndeliveredWork(HubDatabase database) : IWorkSource
{
    private static readonly Duration Patience = Duration.FromHours(1);

    public IReadOnlyList<string> Kinds => [AlertRecipient.UndeliveredKind, AlertWatch.BlindKind];

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop) =>
        [.. (await MessageStore.StuckAsync(database, now, Patience)).Select(stuck => new WorkItem(
            AlertRecipient.UndeliveredKind, stuck.Reference, WorkRank.Fault, stuck.Since, AlertPages.AddressOf(stuck.Reference), stuck.Count))];
}
