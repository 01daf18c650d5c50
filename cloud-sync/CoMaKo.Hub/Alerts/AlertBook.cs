using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>What a step gives.</summary>
/// <param name="Notices">Messages that are to leave.</param>
/// <param name="Alerts">All alerts that are still there, also those that were not changed.</param>
internal sealed record AlertStep(IReadOnlyList<Notice> Notices, IReadOnlyList<Alert> Alerts);

/// <summary>
/// The rule by which causes become alerts, alerts news, and news messages. Pure: equal inputs give equal outputs, and a step that is repeated on what
/// it was given gives the same.
/// </summary>
internal static class AlertBook
{
    /// <summary>One look at the causes.</summary>
    /// <param name="alerts">Pending and open alerts, closed ones that somebody is still to hear of, and those that were closed lately.</param>
    public static AlertStep Step(IReadOnlyList<Alert> alerts, CausesNow causes, Instant now, AlertRules rules, IReadOnlyList<AlertRecipient> recipients)
    {
        ArgumentNullException.ThrowIfNull(causes);
        ArgumentNullException.ThrowIfNull(recipients);
        var book = Live(alerts, rules.Admit(causes), now, rules);
        HandOver(book, now);
        var notices = new List<Notice>();
        foreach (var recipient in recipients.Where(recipient => recipient.IsActive))
        {
            var news = NoticeBoard.Of(recipient, book, now, rules);
            Tell(book, news, recipient.Id, now);
            notices.AddRange(news);
        }

        return new AlertStep(notices, book);
    }

    private static List<Alert> Live(IReadOnlyList<Alert> alerts, CausesNow causes, Instant now, AlertRules rules)
    {
        // Two items with one cause are one: the worse of them.
        var present = causes.Items.GroupBy(each => each.Item.Cause, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.MinBy(each => each.Item.Rank), StringComparer.Ordinal);
        var book = new List<Alert>();
        foreach (var alert in alerts)
        {
            if (alert.ClosedAt is not null) book.Add(alert);
            else if (present.Remove(alert.Cause, out var seen)) book.Add(Seen(alert with { Item = seen.Item, AwayAt = null }, now, rules));
            else if (causes.Unreadable.Contains(alert.Source)) book.Add(alert);
            else if (alert.OpenedAt is not null) book.Add(Missed(alert, now, rules));
        }

        foreach (var (source, item) in present.Values) book.Add(Seen(new Alert(item, source, now), now, rules));
        return book;
    }

    private static Alert Seen(Alert alert, Instant now, AlertRules rules) =>
        alert.OpenedAt is null && rules.Opens(alert, now) ? alert with { OpenedAt = now } : alert;

    private static Alert Missed(Alert alert, Instant now, AlertRules rules)
    {
        var away = alert.AwayAt ?? now;
        return alert with { AwayAt = away, ClosedAt = now - away >= rules.Away ? now : null };
    }

    /// <summary>
    /// A cause that opens again before somebody was told that it is over: what they know is right again, so there is nothing to tell. Its telling goes
    /// to the new alert.
    /// </summary>
    private static void HandOver(List<Alert> book, Instant now)
    {
        if (!book.Any(alert => alert.OwesRecovery)) return;
        var opened = Enumerable.Range(0, book.Count).Where(i => book[i].ClosedAt is null && book[i].OpenedAt == now).ToDictionary(i => book[i].Cause, StringComparer.Ordinal);
        for (int i = 0; i < book.Count; i++)
        {
            if (!book[i].OwesRecovery || !opened.TryGetValue(book[i].Cause, out int again)) continue;
            foreach (var (recipient, telling) in book[i].Tellings.Where(each => each.Value.RecoveredAt is null))
            {
                book[again] = book[again] with { Tellings = book[again].Tellings.SetItem(recipient, telling) };
                book[i] = book[i] with { Tellings = book[i].Tellings.SetItem(recipient, telling with { RecoveredAt = now }) };
            }
        }
    }

    private static void Tell(List<Alert> book, IReadOnlyList<Notice> news, string recipient, Instant now)
    {
        var lines = news.SelectMany(notice => notice.Lines).ToDictionary<NoticeLine, object>(line => line.Alert, ReferenceEqualityComparer.Instance);
        if (lines.Count == 0) return;
        for (int i = 0; i < book.Count; i++)
        {
            if (!lines.TryGetValue(book[i], out var line)) continue;
            var telling = line.IsRecovery ? book[i].Tellings[recipient] with { RecoveredAt = now } : new Telling(now, null);
            book[i] = book[i] with { Tellings = book[i].Tellings.SetItem(recipient, telling) };
        }
    }
}
