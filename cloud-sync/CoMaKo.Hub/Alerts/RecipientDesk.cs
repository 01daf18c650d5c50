using System.Security.Cryptography;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Alerts;

/// <summary>What is done with recipients, from pages and from the REST interface alike.</summary>
internal sealed class RecipientDesk(HubDatabase database, MailSettings settings, MessageLines lines, NoticeText texts, IEnumerable<IWorkSource> sources, TimeProvider clock)
{
    private static readonly TimeSpan TestPatience = TimeSpan.FromSeconds(20);

    public MailSettings Settings => settings;

    /// <summary>All kinds of cause that there are.</summary>
    public IReadOnlyCollection<string> Kinds => [.. sources.SelectMany(source => source.Kinds).Distinct(StringComparer.Ordinal)];

    /// <summary>Creates or replaces a recipient.</summary>
    /// <param name="meets">Whether the caller's condition fits the revision that is there; absent if none is.</param>
    /// <returns>What became of it, and the key if one was made.</returns>
    public async Task<(PutOutcome Outcome, string? Secret)> PutAsync(AlertRecipient recipient, bool wantsNewSecret, Func<long?, bool> meets, Caller caller)
    {
        string? secret = null;
        var outcome = await database.WriteNewAsync(async tx =>
        {
            secret = null;
            var there = await RecipientStore.FindAsync(tx, recipient.Id);
            if (!meets(there?.Revision)) return new PutOutcome(PutResult.ConditionFailed);
            bool isWebhook = recipient.Channel == MessageChannel.Webhook;
            if (isWebhook && (wantsNewSecret || there?.Recipient.Channel != MessageChannel.Webhook)) secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
            await RecipientStore.WriteAsync(tx, recipient, secret, clock.UnixMicroseconds());
            await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, there is null ? "alert_recipient.create" : "alert_recipient.change", recipient.Id, AuditText.Of(RecipientDocument.Of(recipient)));
            return new PutOutcome(there is null ? PutResult.Created : PutResult.Replaced, (there?.Revision ?? 0) + 1);
        });
        return (outcome, secret);
    }

    /// <returns>Whether it was there.</returns>
    public Task<bool> DeleteAsync(string id, Caller caller) => database.WriteAsync(async tx =>
    {
        if (!await RecipientStore.DeleteAsync(tx, id)) return false;
        await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, "alert_recipient.delete", id, "");
        return true;
    });

    /// <summary>Sends a test message at once, past the queue.</summary>
    /// <returns>What the other side said.</returns>
    public async Task<Delivery> TestAsync(AlertRecipient recipient, CancellationToken cancellationToken)
    {
        var message = texts.WriteTest(recipient);
        await using var line = lines.Open(message.Channel);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TestPatience);
        long now = clock.UnixMicroseconds();
        try
        {
            string uid = $"{Guid.NewGuid():n}@{settings.Server?.From.Split('@')[^1] ?? "hub.invalid"}";
            return await line.SendAsync(new QueuedMessage(0, uid, message.Channel, message.Target, recipient.Id, message.Subject, message.Body, 0, now, now), patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Delivery.Later("No answer in time.");
        }
    }

    /// <summary>Somebody sees to an alert.</summary>
    /// <returns>Whether it is there and open.</returns>
    public Task<bool> AcknowledgeAsync(long alertId, string? note, Caller caller) => database.WriteAsync(async tx =>
    {
        var now = AlertStore.At(clock.UnixMicroseconds());
        if (!await AlertStore.AcknowledgeAsync(tx, alertId, new Acknowledgement(caller.Name, note, now))) return false;
        await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, "alert.acknowledge", alertId.ToString(System.Globalization.CultureInfo.InvariantCulture), note ?? "");
        return true;
    });
}
