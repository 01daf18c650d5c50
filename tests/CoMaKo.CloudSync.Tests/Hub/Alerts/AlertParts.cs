using CoMaKo.Hub.Alerts;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Alerts;

/// <summary>The parts of one replica that make messages of causes and send them.</summary>
internal sealed class AlertParts
{
    public AlertParts(HubDatabase database, TimeProvider clock, AlertRules rules, IEnumerable<IWorkSource> sources, MailSettings settings)
    {
        Queue = new MailQueue(settings, clock);
        Watch = new AlertWatch(database, sources, Queue, new NoticeText(settings), rules, clock, NullLogger<AlertWatch>.Instance);
        Sender = new MessageSender(database, new MessageLines(settings, new RecipientStore(database), clock), clock, NullLogger<MessageSender>.Instance);
    }

    public MailQueue Queue { get; }

    public AlertWatch Watch { get; }

    public MessageSender Sender { get; }

    public static MailSettings Through(string server) => new(MailServer.Parse(server, null, "hub@coop.example").GetValueOrThrow(), []);

    public static Task AddAsync(HubDatabase database, IReadOnlyList<AlertRecipient> recipients) => database.WriteAsync(async tx =>
    {
        foreach (var recipient in recipients) await RecipientStore.WriteAsync(tx, recipient, null, 0);
    });
}

/// <summary>What the test says is there; a kind of its own for each source, because sources fail one by one.</summary>
internal abstract class HistorySource(AlertHistory history, Func<long> second, string kind) : IWorkSource
{
    public IReadOnlyList<string> Kinds => [kind];

    /// <summary>Runs while the source is asked.</summary>
    public Func<Task>? Meanwhile { get; set; }

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop)
    {
        if (Meanwhile is { } meanwhile) await meanwhile();
        var causes = history.Causes(second());
        if (causes.Unreadable.Contains(kind)) throw new InvalidOperationException("The source cannot be read.");
        return [.. causes.Items.Where(each => each.Item.Kind == kind).Select(each => each.Item)];
    }
}

internal sealed class GatewayHistory(AlertHistory history, Func<long> second) : HistorySource(history, second, "gateway.silent");

internal sealed class GapHistory(AlertHistory history, Func<long> second) : HistorySource(history, second, "gaps.open");

internal sealed class ReadingHistory(AlertHistory history, Func<long> second) : HistorySource(history, second, "reading.anomalous");
