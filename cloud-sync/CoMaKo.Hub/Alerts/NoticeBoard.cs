using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>What one recipient is to be told now, and in how many messages. Pure.</summary>
internal static class NoticeBoard
{
    /// <summary>Messages that are due for a recipient; each piece of news is in at most one of them, now and ever.</summary>
    public static IReadOnlyList<Notice> Of(AlertRecipient recipient, IReadOnlyList<Alert> book, Instant now, AlertRules rules)
    {
        var news = book.Select(alert => NewsOf(recipient, alert, now, rules)).OfType<News>().Where(each => !rules.Holds(recipient, each.Line.Alert.Item, now)).ToList();
        var notices = new List<Notice>();
        if (news.Count == 0) return [];
        var held = news.Where(each => rules.Holds(recipient, each.Line.Alert.Item, each.ReadyAt)).ToList();
        if (held.Count > 0) notices.Add(Message(recipient, held.Count > 1 ? NoticeForm.Summary : NoticeForm.Single, held));
        foreach (var kind in news.Where(each => !rules.Holds(recipient, each.Line.Alert.Item, each.ReadyAt)).GroupBy(each => each.Line.Alert.Item.Kind, StringComparer.Ordinal).OrderBy(kind => kind.Min(each => each.Line.Alert.Item.Rank)).ThenBy(kind => kind.Key, StringComparer.Ordinal))
        {
            if (!IsDue(recipient, book, kind.Key, kind.Min(each => each.ReadyAt), now, rules)) continue;
            if (kind.Count() > rules.Together) notices.Add(Message(recipient, NoticeForm.Digest, kind));
            else notices.AddRange(kind.Select(each => Message(recipient, NoticeForm.Single, [each])));
        }

        return notices;
    }

    /// <summary>What there is to say of an alert; absent if nothing is. One that was over before anybody could be told is never told.</summary>
    private static News? NewsOf(AlertRecipient recipient, Alert alert, Instant now, AlertRules rules)
    {
        bool isTold = alert.Tellings.TryGetValue(recipient.Id, out var telling);
        if (alert.ClosedAt is { } closed) return isTold && telling.RecoveredAt is null ? new News(new NoticeLine(alert, IsRecovery: true), closed) : null;
        if (isTold || alert.OpenedAt is not { } opened || alert.AwayAt is not null || alert.Acknowledged is not null || !rules.Tells(recipient, alert.Item)) return null;
        var ready = opened + recipient.Delay;
        return now >= ready ? new News(new NoticeLine(alert, IsRecovery: false), ready) : null;
    }

    /// <summary>News of a kind is gathered for a while, and for longer while very many of it are there: causes with one root seldom come in one moment.</summary>
    private static bool IsDue(AlertRecipient recipient, IReadOnlyList<Alert> book, string kind, Instant oldest, Instant now, AlertRules rules)
    {
        if (now - oldest < rules.Gather) return false;
        var same = book.Where(alert => alert.Item.Kind == kind && alert.OpenedAt is not null).ToList();
        return same.Count <= rules.Together || same.All(alert => !alert.Tellings.TryGetValue(recipient.Id, out var telling) || now - (telling.RecoveredAt ?? telling.AlertedAt) >= rules.MassPause);
    }

    private static Notice Message(AlertRecipient recipient, NoticeForm form, IEnumerable<News> news) => new(recipient, form,
        [.. news.Select(each => each.Line).OrderBy(line => line.IsRecovery).ThenBy(line => line.Alert.Item.Rank).ThenBy(line => line.Alert.Item.Since).ThenBy(line => line.Alert.Cause, StringComparer.Ordinal)]);

    /// <param name="ReadyAt">When it could first have been told.</param>
    private sealed record News(NoticeLine Line, Instant ReadyAt);
}
