using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Work;
using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>What the cooperative decided about one kind of cause.</summary>
/// <param name="Kind">A kind, e.g. <c>gateway.silent</c>, or a family of them, e.g. <c>gateway</c>.</param>
public sealed record AlertRule(string Kind)
{
    /// <summary>Otherwise it is on the work list only.</summary>
    public bool Alerts { get; init; } = true;

    /// <summary>It alerts no sooner than so long after it began; absent: as soon as it has lasted as long as its rank asks.</summary>
    public Duration? After { get; init; }

    /// <summary>It alerts no sooner than so many days before it is due; absent: whenever it is there.</summary>
    public int? DaysBeforeDue { get; init; }

    /// <summary>How much it presses, whatever its source says.</summary>
    public WorkRank? Severity { get; init; }

    /// <summary>Hours in which nobody is told of it.</summary>
    public QuietHours? Quiet { get; init; }

    /// <summary>Who is told: recipients by id, mail addresses, roles (<c>role:operator</c>). Empty: every recipient that wants it.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>Whether an alert that has lasted may open now.</summary>
    public bool MayOpen(WorkItem item, Instant now) =>
        (After is not { } after || now - item.Since >= after) && (DaysBeforeDue is not { } days || item.Due is not { } due || now >= due - Duration.FromDays(days));
}

/// <summary>When causes become alerts, and who is told of them: the section <c>alerts</c> of the hub's settings, and what holds without one.</summary>
/// <param name="FaultLasts">So long a fault must be there before it alerts; the others likewise.</param>
/// <param name="Away">So long a cause must be away before it counts as over.</param>
/// <param name="Gather">So long news of one kind is gathered before it leaves.</param>
/// <param name="Together">More news of one kind than this leave as one message.</param>
/// <param name="MassPause">While more than <paramref name="Together"/> causes of one kind are there, messages about it come no more often than this.</param>
public sealed record AlertRules(Duration FaultLasts, Duration AttentionLasts, Duration DecisionLasts, Duration Away, Duration Gather, int Together, Duration MassPause)
{
    public const string RolePrefix = "role:";

    public static readonly AlertRules Default = new(
        Duration.FromMinutes(1), Duration.FromMinutes(5), Duration.FromMinutes(15), Duration.FromMinutes(5), Duration.FromMinutes(1), 5, Duration.FromMinutes(15));

    /// <summary>The cooperative's own, at most one for a kind or a family.</summary>
    public IReadOnlyList<AlertRule> Own { get; init; } = [];

    /// <summary>Of messages to addresses that are named in rules.</summary>
    public string Language { get; init; } = "de";

    public Duration Lasting(WorkRank rank) => rank switch { WorkRank.Fault => FaultLasts, WorkRank.Attention => AttentionLasts, _ => DecisionLasts };

    /// <summary>The rule of a kind: its own, else its family's, else one that decides nothing.</summary>
    public AlertRule Of(string kind) => OwnOf(kind) ?? new AlertRule(kind);

    /// <inheritdoc cref="Of"/>
    public AlertRule? OwnOf(string kind) => Own.FirstOrDefault(rule => rule.Kind == kind) ?? Own.FirstOrDefault(rule => rule.Kind == WorkKinds.FamilyOf(kind));

    /// <summary>The causes that may alert, as much as they are to press.</summary>
    internal CausesNow Admit(CausesNow causes) => Own.Count == 0 ? causes : causes with
    {
        Items = [.. causes.Items.Select(each => (each, Rule: Of(each.Item.Kind))).Where(each => each.Rule.Alerts)
            .Select(each => (each.each.Source, each.each.Item with { Rank = each.Rule.Severity ?? each.each.Item.Rank }))],
    };

    /// <summary>Whether an alert that is not open yet opens now.</summary>
    public bool Opens(Alert alert, Instant now) => now - alert.SeenAt >= Lasting(alert.Item.Rank) && Of(alert.Item.Kind).MayOpen(alert.Item, now);

    /// <summary>Whether a recipient is told of a cause at all.</summary>
    public bool Tells(AlertRecipient recipient, WorkItem item)
    {
        var to = Of(item.Kind).To;
        if (to.Count == 0) return !recipient.IsByRule && recipient.Wants(item);
        return recipient.MayHearOf(item) && (to.Contains(recipient.Id, StringComparer.Ordinal) || (recipient.Role is { } role && to.Contains(role, StringComparer.Ordinal)));
    }

    /// <summary>Whether news of a cause waits at a time.</summary>
    public bool Holds(AlertRecipient recipient, WorkItem item, Instant at) => recipient.Holds(item.Rank, at) || Of(item.Kind).Quiet?.Contains(at) == true;

    /// <summary>Recipients that only rules name: addresses, and people of roles.</summary>
    /// <param name="people">Who could be told by mail, with their role as rules name it.</param>
    public IReadOnlyList<AlertRecipient> ByRule(IEnumerable<(string Name, string Role, string Address, string? Language)> people)
    {
        var to = Own.SelectMany(rule => rule.To).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. to.Where(MailAddress.IsGood).Order(StringComparer.Ordinal).Select(address => new AlertRecipient(address, MessageChannel.Mail, address, Language, [], WorkRank.Decision) { IsByRule = true }),
            .. people.Where(person => to.Contains(person.Role)).OrderBy(person => person.Name, StringComparer.Ordinal)
                .Select(person => new AlertRecipient("person:" + person.Name, MessageChannel.Mail, person.Address, person.Language ?? Language, [], WorkRank.Decision) { IsByRule = true, Role = person.Role }),
        ];
    }
}
