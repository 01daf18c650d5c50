using System.Collections.Concurrent;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;
using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>
/// Looks at the causes again and again. One replica does it (a lease); what a look changes and the messages that come of it are one transaction that
/// checks the lease's fence, so that a crash anywhere neither loses nor doubles a message.
/// </summary>
internal sealed class AlertWatch(HubDatabase database, IEnumerable<IWorkSource> sources, MailQueue queue, NoticeText texts, AlertRules rules, TimeProvider clock, ILogger<AlertWatch> log)
    : RecurringJob(TimeSpan.FromSeconds(30), clock, log)
{
    public const string LeaseName = "alerts";

    /// <summary>The cause that a source cannot be asked.</summary>
    public const string BlindKind = "alerts.blind";

    private const int KeptDays = 400;
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(90);

    private readonly Leases leases = new(database);
    private readonly string holder = Guid.NewGuid().ToString();
    private readonly ConcurrentDictionary<string, Instant> blindSince = new(StringComparer.Ordinal);
    private Lease? lease;

    protected override string Failure => "CMH-1831. The alerts could not be brought up to date; it is tried again in 30 seconds";

    /// <summary>Looks once.</summary>
    /// <returns>How many messages were put down; absent while another replica is the owner.</returns>
    /// <exception cref="LeaseLostException">Another replica became it meanwhile; nothing was written.</exception>
    public async Task<int?> LookAsync(CancellationToken cancellationToken)
    {
        if (lease is null || !await leases.RenewAsync(lease, Hold)) lease = await leases.TryTakeAsync(LeaseName, holder, Hold);
        if (lease is not { } mine) return null;
        var now = Instant.FromUnixTimeTicks(Clock.UnixMicroseconds() * 10);
        var causes = await ReadAsync(now, cancellationToken);
        return await database.WriteAsync(async tx =>
        {
            await Leases.RequireAsync(tx, mine);
            var recipients = await RuleRecipients.ListAsync(tx, rules);
            var before = await AlertStore.LoadAsync(tx, now, recipients);
            var step = AlertBook.Step(before, causes, now, rules, recipients);
            await AlertStore.SaveAsync(tx, before, step.Alerts);
            foreach (var notice in step.Notices) await queue.QueueAsync(tx, texts.Write(notice, now));
            await AlertStore.ForgetOldAsync(tx, now - Duration.FromDays(KeptDays));
            return step.Notices.Count;
        });
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (lease is { } mine) await leases.ReleaseAsync(mine);
    }

    protected override Task RoundAsync(CancellationToken stop) => LookAsync(stop);

    /// <summary>A source that fails hides its own causes only: nothing is known of them, and that is a cause itself.</summary>
    private async Task<CausesNow> ReadAsync(Instant now, CancellationToken cancellationToken)
    {
        var items = new List<(string Source, WorkItem Item)>();
        var unreadable = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            string name = source.GetType().Name;
            try
            {
                items.AddRange((await source.ReadAsync(now, cancellationToken)).Select(item => (name, item with { Since = Whole(item.Since) })));
                blindSince.TryRemove(name, out _);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                Log.LogError(failure, "CMH-1832. {Source} could not say what is to be done; its causes count neither as there nor as gone", name);
                unreadable.Add(name);
                items.Add((nameof(AlertWatch), new WorkItem(BlindKind, name, WorkRank.Fault, blindSince.GetOrAdd(name, now), "/pages/work")));
            }
        }

        return new CausesNow(items, unreadable);
    }

    /// <summary>As the database keeps it, so that an unchanged cause is seen to be unchanged.</summary>
    private static Instant Whole(Instant at) => AlertStore.At(AlertStore.Micros(at));
}
