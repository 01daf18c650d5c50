using System.Text;
using System.Text.Json;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Web.Texts;
using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>Notices as messages: what is wrong, where, since when, what to do, and where to look. In the recipient's language; for programs also as data.</summary>
internal sealed class NoticeText(MailSettings settings)
{
    /// <summary>The type of the event that webhooks get.</summary>
    public const string EventType = "alert.notice";

    /// <summary>More lines than this are counted, not listed.</summary>
    private const int MostLines = 500;

    /// <summary>The message of a notice.</summary>
    public OutgoingMessage Write(Notice notice, Instant now)
    {
        var recipient = notice.Recipient;
        var say = new Wording(recipient.Language);
        string subject = Subject(say, notice), text = Text(say, notice, now).Replace('\0', ' ');
        // News of others who cannot be reached must not become a cause itself.
        bool isWatched = notice.Lines.Any(line => line.Alert.Item.Kind != AlertRecipient.UndeliveredKind);
        return recipient.Channel == MessageChannel.Mail
            ? new OutgoingMessage(MessageChannel.Mail, recipient.Target, subject, text, recipient.Id, isWatched)
            : new OutgoingMessage(MessageChannel.Webhook, recipient.Target, EventType, Data(say, notice, subject, text), recipient.Id, isWatched);
    }

    /// <summary>The message of the test button.</summary>
    public OutgoingMessage WriteTest(AlertRecipient recipient)
    {
        var say = new Wording(recipient.Language);
        string subject = say["alert.test.subject"], text = $"{say["alert.test.text"]}\n{Foot(say)}";
        return recipient.Channel == MessageChannel.Mail
            ? new OutgoingMessage(MessageChannel.Mail, recipient.Target, subject, text, recipient.Id)
            : new OutgoingMessage(MessageChannel.Webhook, recipient.Target, EventType, JsonSerializer.Serialize(new { form = "test", summary = subject, text, news = Array.Empty<object>() }), recipient.Id);
    }

    private static string Subject(Wording say, Notice notice)
    {
        var first = notice.Lines[0];
        int over = notice.Lines.Count(line => line.IsRecovery), there = notice.Lines.Count - over;
        string subject = notice.Form switch
        {
            NoticeForm.Single => say[first.IsRecovery ? "alert.subject.over" : $"alert.subject.{first.Alert.Item.Rank}", WorkWord.Of(say, first.Alert.Item)],
            NoticeForm.Summary => say["alert.subject.summary", say.Number(there), say.Number(over)],
            _ => say["alert.subject.digest", say.Number(there), say.Number(over), WorkWord.Of(say, first.Alert.Item)],
        };
        subject = new string([.. subject.Select(c => char.IsControl(c) ? ' ' : c)]); // names come from outside
        return subject.Length <= MailQueue.MostSubject ? subject : subject[..(MailQueue.MostSubject - 1)] + "…";
    }

    private string Text(Wording say, Notice notice, Instant now)
    {
        var text = new StringBuilder();
        if (notice.Form == NoticeForm.Single) Single(say, text, notice.Lines[0], now);
        else Several(say, text, notice, now);
        return text.Append('\n').Append(Foot(say)).ToString();
    }

    private void Single(Wording say, StringBuilder text, NoticeLine line, Instant now)
    {
        var item = line.Alert.Item;
        text.Append(WorkWord.Of(say, item)).Append(".\n\n");
        if (line.IsRecovery)
        {
            text.Append(say["alert.text.over", say.Moment(line.Alert.AwayAt ?? now), say.Span((line.Alert.AwayAt ?? now) - item.Since)]).Append('\n');
        }
        else
        {
            text.Append(say["alert.text.since", say.Moment(item.Since), say.Span(now - item.Since)]).Append('\n');
            if (item.Due is { } due) text.Append(say["alert.text.due", say.Moment(due)]).Append('\n');
            if (WorkWord.NextOf(say, item) is { } next) text.Append(say["alert.text.next", next]).Append('\n');
        }

        text.Append(say["alert.text.look", Link(item.Address)]).Append('\n');
        if (!line.IsRecovery) text.Append('\n').Append(say["alert.text.once", Link("/pages/alerts")]).Append('\n');
        text.Append('\n').Append(say["alert.text.reference", item.Cause]).Append('\n');
    }

    private void Several(Wording say, StringBuilder text, Notice notice, Instant now)
    {
        text.Append(say[notice.Form == NoticeForm.Digest ? "alert.text.digest" : "alert.text.summary"]).Append('\n');
        foreach (bool isRecovery in (ReadOnlySpan<bool>)[false, true])
        {
            var lines = notice.Lines.Where(line => line.IsRecovery == isRecovery).ToList();
            if (lines.Count == 0) continue;
            text.Append('\n').Append(say[isRecovery ? "alert.text.areover" : "alert.text.are", say.Number(lines.Count)]).Append('\n');
            foreach (var line in lines.Take(MostLines))
                text.Append("- ").Append(say["alert.text.line", WorkWord.Of(say, line.Alert.Item), say.Stamp(line.Alert.Item.Since), line.Alert.Cause]).Append('\n');
            if (lines.Count > MostLines) text.Append("- ").Append(say["alert.text.more", say.Number(lines.Count - MostLines)]).Append('\n');
            if (!isRecovery && notice.Form == NoticeForm.Digest && WorkWord.NextOf(say, lines[0].Alert.Item) is { } next) text.Append('\n').Append(say["alert.text.next", next]).Append('\n');
        }

        text.Append('\n').Append(say["alert.text.look", Link("/pages/alerts")]).Append('\n');
    }

    private string Data(Wording say, Notice notice, string subject, string text) => JsonSerializer.Serialize(new
    {
        form = JsonNamingPolicy.SnakeCaseLower.ConvertName(notice.Form.ToString()),
        summary = subject,
        text,
        news = notice.Lines.Select(line => new
        {
            what = line.IsRecovery ? "recovery" : "alert",
            cause = line.Alert.Cause,
            kind = line.Alert.Item.Kind,
            subject = line.Alert.Item.Subject,
            rank = JsonNamingPolicy.SnakeCaseLower.ConvertName(line.Alert.Item.Rank.ToString()),
            since = line.Alert.Item.Since.ToString(),
            count = line.Alert.Item.Count,
            text = WorkWord.Of(say, line.Alert.Item),
            link = Link(line.Alert.Item.Address),
        }),
    });

    private string Foot(Wording say) => $"-- \n{say["alert.text.foot", settings.Pages?.Host ?? "CoMaKo"]}";

    private string Link(string address) => settings.Pages is { } pages ? pages.AbsoluteUri.TrimEnd('/') + address : address;
}
