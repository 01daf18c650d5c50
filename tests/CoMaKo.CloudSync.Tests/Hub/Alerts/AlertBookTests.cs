using CoMaKo.Hub.Alerts;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Work;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Alerts;

/// <summary>From causes to messages, without a database.</summary>
public sealed class AlertBookTests
{
    private static readonly int Histories = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? 20_000 : 1000;
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 10, 0);
    private static readonly AlertRules AtOnce = AlertRules.Default with { Gather = Duration.Zero, Together = int.MaxValue };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Histories_AtRandom_GiveExactlyTheNewsOfTheIntervals(bool hasRules)
    {
        int told = 0, recovered = 0, episodes = 0;
        for (int seed = 0; seed < Histories; seed++)
        {
            var history = new AlertHistory(seed, causes: 1 + seed % 6, looks: 250);
            var rules = AtOnce with { Away = Duration.FromSeconds(60 + seed * 7 % 1800), Own = hasRules ? AlertHistory.Rules(seed) : [] };
            IReadOnlyList<AlertRecipient> recipients = [.. AlertHistory.Recipients(seed), .. rules.ByRule([])];
            var expected = new List<string>();
            foreach (var recipient in recipients)
                foreach (var item in history.Items)
                {
                    episodes += history.Episodes(item, rules).Count();
                    foreach (var (alert, recovery) in history.Told(recipient, item, rules))
                    {
                        expected.Add(FormattableString.Invariant($"{recipient.Id} {item.Cause} alert {alert}"));
                        if (recovery is { } over) expected.Add(FormattableString.Invariant($"{recipient.Id} {item.Cause} recovery {over}"));
                        (told, recovered) = (told + 1, recovered + (recovery is null ? 0 : 1));
                    }
                }

            Assert.Equal(expected.Order(StringComparer.Ordinal), Run(history, rules, recipients).Select(each => each.Text).Order(StringComparer.Ordinal));
        }

        Assert.True(told > Histories && recovered > Histories && episodes > told + (hasRules ? 0 : Histories), $"{told} told, {recovered} recovered, {episodes} episodes: the histories say too little.");
    }

    [Fact]
    public void Histories_WithGathering_TellEachAlertAndItsEndOnceAtMost()
    {
        int digests = 0, summaries = 0;
        for (int seed = 0; seed < Histories / 5; seed++)
        {
            var history = new AlertHistory(seed, causes: 12, looks: 150);
            var recipients = AlertHistory.Recipients(seed);
            var rules = AlertRules.Default with { Together = 2 };
            var news = Run(history, rules, recipients);
            foreach (var recipient in recipients)
                foreach (var item in history.Items)
                {
                    var mine = news.Where(each => each.Notice.Recipient.Id == recipient.Id && each.Cause == item.Cause).OrderBy(each => each.At).ToList();
                    var episodes = history.Episodes(item, rules).ToList();
                    Assert.True(mine.Count(each => !each.IsRecovery) <= episodes.Count);
                    for (int i = 0; i < mine.Count; i++) Assert.Equal(i % 2 == 1, mine[i].IsRecovery); // alert, recovery, alert, …
                    Assert.All(mine.Where(each => !each.IsRecovery), each => Assert.Contains(episodes, episode => episode.Open <= each.At && each.At < episode.Close));
                    Assert.All(mine.Where(each => each.IsRecovery), each => Assert.Contains(episodes, episode => episode.Close <= each.At));
                }

            foreach (var message in news.GroupBy(each => each.Notice, ReferenceEqualityComparer.Instance).Select(lines => ((Notice)lines.Key!, lines.ToList())))
            {
                (digests, summaries) = (digests + (message.Item1.Form == NoticeForm.Digest ? 1 : 0), summaries + (message.Item1.Form == NoticeForm.Summary ? 1 : 0));
                Assert.True(message.Item1.Form switch { NoticeForm.Single => message.Item2.Count == 1, NoticeForm.Digest => message.Item2.Count > rules.Together, _ => message.Item2.Count > 1 });
            }
        }

        Assert.True(digests > 20 && summaries > 20, $"{digests} digests, {summaries} summaries");
    }

    [Fact]
    public void Outage_OfThreeHundredGateways_IsOneMessageAndItsEndOneMore()
    {
        var gateways = Enumerable.Range(1, 300).Select(i => Fault(FormattableString.Invariant($"gw-{i:000}"))).ToList();
        var anna = Recipient("anna");
        IReadOnlyList<Alert> book = [];
        var notices = new List<Notice>();
        for (int second = 0; second < 3600; second += 20)
        {
            // They fall silent within 40 s of one another and come back within 40 s.
            var silent = gateways.Where((_, i) => second >= i * 40 / 300 && second < 1800 + i * 40 / 300);
            var step = AlertBook.Step(book, Now([.. silent]), Noon + Duration.FromSeconds(second), AlertRules.Default, [anna]);
            book = step.Alerts;
            notices.AddRange(step.Notices);
        }

        Assert.Equal([(NoticeForm.Digest, 300, false), (NoticeForm.Digest, 300, true)], notices.Select(notice => (notice.Form, notice.Lines.Count, notice.Lines[0].IsRecovery)));
    }

    [Fact]
    public void Night_HoldsNewsBack_UntilOneSummaryWithoutWhatIsOver()
    {
        var anna = Recipient("anna") with { Quiet = new QuietHours(new LocalTime(22, 0), new LocalTime(6, 0)) };
        var evening = Instant.FromUtc(2026, 6, 1, 19, 0); // 21:00 in Berlin
        var (news, _) = Play([anna], evening, 660, minute =>
        [
            .. minute is > 0 and < 120 ? [Fault("told, over in the night")] : Array.Empty<WorkItem>(),
            .. minute is > 100 and < 200 ? [Fault("came and went")] : Array.Empty<WorkItem>(),
            .. minute > 300 ? [Fault("stays")] : Array.Empty<WorkItem>(),
        ]);

        Assert.Equal(["3 Single +told, over in the night", "540 Summary +stays -told, over in the night"], news);
    }

    [Fact]
    public void Night_LetsFaultsThrough_IfTheRecipientSaysSo()
    {
        var anna = Recipient("anna") with { Quiet = new QuietHours(new LocalTime(0, 0), new LocalTime(23, 59)), FaultsBreakThrough = true };
        var (news, _) = Play([anna], Noon, 120, minute => minute < 60 ? [Fault("a"), Fault("b") with { Rank = WorkRank.Attention }] : []);

        Assert.Equal(["+a", "-a"], news.Select(each => each.Split(' ')[^1]));
    }

    [Fact]
    public void Acknowledged_IsNotToldToThoseWhoWereNotTold_AndTheEndOnlyToThoseWhoWere()
    {
        var late = Recipient("late") with { Delay = Duration.FromMinutes(30) };
        IReadOnlyList<AlertRecipient> both = [Recipient("anna"), late];
        var notices = new List<string>();
        IReadOnlyList<Alert> book = [];
        for (int minute = 0; minute < 120; minute++)
        {
            var step = AlertBook.Step(book, Now(minute < 60 ? [Fault("a"), Fault("b")] : []), Noon + Duration.FromMinutes(minute), AtOnce, both);
            notices.AddRange(step.Notices.SelectMany(notice => notice.Lines.Select(line => $"{notice.Recipient.Id} {(line.IsRecovery ? '-' : '+')}{line.Alert.Item.Subject}")));
            book = [.. step.Alerts.Select(alert => minute == 10 && alert.Item.Subject == "a" ? alert with { Acknowledged = new Acknowledgement("anna", null, Noon) } : alert)];
        }

        Assert.Equal(["anna +a", "anna +b", "late +b", "anna -a", "anna -b", "late -b"], notices);
    }

    [Fact]
    public void Recipient_WhoCannotBeReached_IsNotToldOfThat()
    {
        var item = new WorkItem(AlertRecipient.UndeliveredKind, "anna", WorkRank.Fault, Noon, "/pages/alerts");
        Assert.False(Recipient("anna").Wants(item));
        Assert.True(Recipient("berta").Wants(item));
    }

    [Theory]
    [InlineData("gateway", true)]
    [InlineData("gateway.silent", true)]
    [InlineData("gate", false)]
    [InlineData("gaps", false)]
    public void Kinds_NameOneOrAFamily(string kind, bool isWanted) => Assert.Equal(isWanted, (Recipient("anna") with { Kinds = [kind] }).Wants(Fault("gw-1")));

    private static List<(string Text, Notice Notice, string Cause, bool IsRecovery, long At)> Run(AlertHistory history, AlertRules rules, IReadOnlyList<AlertRecipient> recipients)
    {
        var news = new List<(string, Notice, string, bool, long)>();
        IReadOnlyList<Alert> book = [];
        foreach (long look in history.Looks)
        {
            var step = AlertBook.Step(book, history.Causes(look), history.At(look), rules, recipients);
            book = [.. step.Alerts.Where(alert => alert.ClosedAt is not { } closed || alert.OwesRecovery || history.At(look) - closed < Duration.FromHours(1))];
            foreach (var notice in step.Notices)
                foreach (var line in notice.Lines)
                    news.Add((FormattableString.Invariant($"{notice.Recipient.Id} {line.Alert.Cause} {(line.IsRecovery ? "recovery" : "alert")} {look}"), notice, line.Alert.Cause, line.IsRecovery, look));
        }

        return news;
    }

    private static (List<string> News, IReadOnlyList<Alert> Book) Play(IReadOnlyList<AlertRecipient> recipients, Instant start, int minutes, Func<int, WorkItem[]> causes)
    {
        var news = new List<string>();
        IReadOnlyList<Alert> book = [];
        for (int minute = 0; minute < minutes; minute++)
        {
            var step = AlertBook.Step(book, Now(causes(minute)), start + Duration.FromMinutes(minute), AlertRules.Default, recipients);
            book = step.Alerts;
            news.AddRange(step.Notices.Select(notice => FormattableString.Invariant($"{minute} {notice.Form} {string.Join(' ', notice.Lines.Select(line => (line.IsRecovery ? "-" : "+") + line.Alert.Item.Subject))}")));
        }

        return (news, book);
    }

    private static CausesNow Now(params WorkItem[] items) => new([.. items.Select(item => ("test", item))], new HashSet<string>());

    private static WorkItem Fault(string subject) => new("gateway.silent", subject, WorkRank.Fault, Noon, $"/pages/gateways/{subject}");

    private static AlertRecipient Recipient(string id) => new(id, MessageChannel.Mail, $"{id}@example.org", "de", [], WorkRank.Attention);
}
