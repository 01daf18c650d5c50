using CoMaKo.Hub.Alerts;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Work;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Alerts;

/// <summary>
/// Causes that come, go and flap at random, looked at from time to time; the same seed gives the same history. Beside it what must come of it, said in
/// another way than the product does: by intervals over the whole history, with the platform's own time zones.
/// </summary>
internal sealed class AlertHistory
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly string[] Kinds = ["gateway.silent", "gaps.open", "reading.anomalous"];

    private readonly Dictionary<string, List<(long From, long To)>> present = [];

    /// <param name="causes">How many.</param>
    /// <param name="looks">How often the causes are looked at, over about two days.</param>
    public AlertHistory(int seed, int causes, int looks)
    {
        var random = new Random(seed);
        Start = (seed % 4) switch
        {
            0 => Instant.FromUtc(2026, 10, 24, 10, 0), // the night with an hour more
            1 => Instant.FromUtc(2026, 3, 28, 10, 0), // the night with an hour less
            _ => Instant.FromUtc(2026, 6, 1, random.Next(24), random.Next(60)),
        };
        long at = 0;
        for (int i = 0; i < looks; i++) Looks.Add(at += random.Next(20) == 0 ? random.Next(600, 9000) : random.Next(5, 400));
        for (int i = 0; i < causes; i++) Items.Add(new WorkItem(Kinds[random.Next(Kinds.Length)], FormattableString.Invariant($"x-{i}"), (WorkRank)random.Next(3), Start, "/"));
        for (int i = 0; i < causes; i += 2) Items[i] = Items[i] with { Due = At(random.Next(30, 80) * 3600) };
        foreach (var item in Items) present[item.Cause] = Presence(random, at);
        foreach (string kind in Kinds) Blind[kind] = [.. Looks.Where(_ => random.Next(12) == 0)];
    }

    public Instant Start { get; }

    /// <summary>Seconds after the start.</summary>
    public List<long> Looks { get; } = [];

    public List<WorkItem> Items { get; } = [];

    /// <summary>When a source, which is named as its kind, cannot be asked.</summary>
    public Dictionary<string, HashSet<long>> Blind { get; } = [];

    public Instant At(long second) => Start + Duration.FromSeconds(second);

    public bool IsPresent(WorkItem item, long second) => present[item.Cause].Any(span => span.From <= second && second < span.To);

    /// <summary>What the sources say at a moment.</summary>
    public CausesNow Causes(long second) => new(
        [.. Items.Where(item => !Blind[item.Kind].Contains(second) && IsPresent(item, second)).Select(item => (item.Kind, item))],
        Kinds.Where(kind => Blind[kind].Contains(second)).ToHashSet(StringComparer.Ordinal));

    /// <summary>From when to when a cause is alerted: from each look at which it has been there for long until the next at which it has been away for long.</summary>
    public IEnumerable<(long Open, long Close)> Episodes(WorkItem item, AlertRules rules)
    {
        var rule = RuleOf(item, rules);
        if (rule is { Alerts: false }) yield break;
        long[] seen = [.. Looks.Where(look => !Blind[item.Kind].Contains(look))];
        long[] lasted = [.. Unbroken(true, rules.Lasting(rule?.Severity ?? item.Rank)).Where(look => look >= Earliest(item, rule))], gone = [.. Unbroken(false, rules.Away)];
        for (long open = lasted.FirstOrDefault(-1), close; open >= 0; open = lasted.Where(at => at > close).DefaultIfEmpty(-1).First())
        {
            close = gone.Where(at => at > open).DefaultIfEmpty(long.MaxValue).First();
            yield return (open, close);
            if (close == long.MaxValue) yield break;
        }

        // Looks at which it had been so at each look of at least that time.
        IEnumerable<long> Unbroken(bool isThere, Duration time)
        {
            long[] others = [.. seen.Where(look => IsPresent(item, look) != isThere)];
            long[] same = [.. seen.Where(look => IsPresent(item, look) == isThere)];
            foreach (long look in same)
            {
                long lastOther = others.Where(other => other < look).DefaultIfEmpty(long.MinValue).Last();
                if (look - same.First(at => at > lastOther) >= time.TotalSeconds) yield return look;
            }
        }
    }

    /// <summary>When a recipient is told of a cause and of its end, if news is not gathered. An episode that begins before they heard of the end of the last one goes on with it.</summary>
    public IEnumerable<(long Alert, long? Recovery)> Told(AlertRecipient recipient, WorkItem item, AlertRules rules)
    {
        var rule = RuleOf(item, rules);
        item = item with { Rank = rule?.Severity ?? item.Rank };
        if (item.Rank > recipient.Rank) yield break;
        if (rule is { To.Count: > 0 } ? !rule.To.Contains(recipient.Id) : recipient.IsByRule || (recipient.Kinds.Count > 0 && !recipient.Kinds.Contains(item.Kind))) yield break;
        (long Alert, long? Recovery)? last = null;
        foreach (var (open, close) in Episodes(item, rules))
        {
            long? recovery = Looks.Where(look => look >= close && MayHear(recipient, rule, item, look)).Cast<long?>().FirstOrDefault();
            if (last is { } known && (known.Recovery is null || known.Recovery >= open))
            {
                last = (known.Alert, recovery);
                continue;
            }

            if (last is { } told) yield return told;
            long? alert = Looks.Where(look => look >= open + recipient.Delay.TotalSeconds && look < close && MayHear(recipient, rule, item, look) && IsPresent(item, Looks.Last(at => at <= look && !Blind[item.Kind].Contains(at)))).Cast<long?>().FirstOrDefault();
            last = alert is { } at ? (at, recovery) : null;
        }

        if (last is { } end) yield return end;
    }

    private bool MayHear(AlertRecipient recipient, AlertRule? rule, WorkItem item, long look) =>
        !IsQuiet(rule?.Quiet, look) && (!IsQuiet(recipient.Quiet, look) || (recipient.FaultsBreakThrough && item.Rank == WorkRank.Fault));

    private bool IsQuiet(QuietHours? hours, long look)
    {
        if (hours is not { } quiet) return false;
        var time = TimeZoneInfo.ConvertTime(At(look).ToDateTimeOffset(), Berlin).TimeOfDay;
        var (from, to) = (TimeSpan.FromTicks(quiet.From.TickOfDay), TimeSpan.FromTicks(quiet.To.TickOfDay));
        return from <= to ? time >= from && time < to : time >= from || time < to;
    }

    /// <summary>The second from which a rule lets a cause alert.</summary>
    private double Earliest(WorkItem item, AlertRule? rule) => Math.Max(
        rule?.After is { } after ? (item.Since + after - Start).TotalSeconds : 0, rule?.DaysBeforeDue is { } days && item.Due is { } due ? (due - Start).TotalSeconds - days * 86_400 : 0);

    private static AlertRule? RuleOf(WorkItem item, AlertRules rules) => rules.Own.SingleOrDefault(rule => rule.Kind == item.Kind) ?? rules.Own.SingleOrDefault(rule => item.Kind.Split('.')[0] == rule.Kind);

    /// <summary>Rules of all forms, for some of the kinds or their families.</summary>
    public static IReadOnlyList<AlertRule> Rules(int seed)
    {
        var random = new Random(seed);
        return [.. new[] { "gateway.silent", "gateway", "gaps", "reading.anomalous" }.Where(_ => random.Next(3) > 0).Select(kind => new AlertRule(kind)
        {
            Alerts = random.Next(6) > 0,
            After = random.Next(2) == 0 ? Duration.FromMinutes(random.Next(1, 1500)) : null,
            DaysBeforeDue = random.Next(2) == 0 ? random.Next(4) : null,
            Severity = random.Next(2) == 0 ? (WorkRank)random.Next(3) : null,
            Quiet = random.Next(2) == 0 ? new QuietHours(new LocalTime(random.Next(24), 10), new LocalTime(random.Next(24), 20)) : null,
            To = random.Next(3) switch { 0 => ["late", "it@example.org"], 1 => ["it@example.org", "gone"], _ => [] },
        })];
    }

    /// <summary>Three kinds of person.</summary>
    public static IReadOnlyList<AlertRecipient> Recipients(int seed)
    {
        var random = new Random(seed);
        var quiet = new QuietHours(new LocalTime(random.Next(19, 24), random.Next(60)), new LocalTime(random.Next(1, 8), random.Next(60)));
        return
        [
            new("all", MessageChannel.Mail, "all@example.org", "de", [], WorkRank.Decision),
            new("night", MessageChannel.Mail, "night@example.org", "en", [], WorkRank.Attention, quiet, FaultsBreakThrough: seed % 2 == 0),
            new("late", MessageChannel.Mail, "late@example.org", "de", ["gateway.silent", "gaps.open"], WorkRank.Fault, new QuietHours(new LocalTime(12, 0), new LocalTime(13, 30)), Delay: Duration.FromMinutes(random.Next(120))),
        ];
    }

    private static List<(long From, long To)> Presence(Random random, long end)
    {
        var spans = new List<(long, long)>();
        for (long at = random.Next(20_000); at < end;)
        {
            long to = at + Length();
            spans.Add((at, to));
            at = to + Length();
        }

        return spans;

        int Length() => random.Next(3) switch { 0 => random.Next(1, 120), 1 => random.Next(60, 1200), _ => random.Next(600, 30_000) };
    }
}
