using System.Globalization;
using System.Text.Json;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Work;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Alerts;

/// <summary>A recipient in the REST interface.</summary>
/// <param name="Kinds">Kinds of cause or families of them; empty: all.</param>
/// <param name="Rank">The least pressing rank that is told.</param>
/// <param name="QuietFrom">Berlin time, <c>22:00</c>; with <paramref name="QuietTo"/>.</param>
/// <param name="DelayMinutes">Only alerts that are open so long without anybody seeing to them.</param>
/// <param name="Secret">The key that signs a webhook's messages; shown when it is made and never again.</param>
public sealed record RecipientDocument(
    string Id, MessageChannel Channel, string Target, string Language, IReadOnlyList<string> Kinds, WorkRank Rank, string? QuietFrom, string? QuietTo, bool FaultsBreakThrough, int DelayMinutes,
    bool IsActive, string? Secret = null)
{
    internal static RecipientDocument Of(AlertRecipient recipient, string? secret = null) => new(
        recipient.Id, recipient.Channel, recipient.Target, recipient.Language, recipient.Kinds, recipient.Rank, Text(recipient.Quiet?.From), Text(recipient.Quiet?.To),
        recipient.FaultsBreakThrough, (int)recipient.Delay.TotalMinutes, recipient.IsActive, secret);

    private static string? Text(LocalTime? time) => time?.ToString("HH:mm", CultureInfo.InvariantCulture);
}

/// <summary>Reads a recipient. Codes: CMH-1823 target, 1824 quiet hours, 1825 kinds.</summary>
internal static class RecipientForm
{
    private const int MostDelay = 7 * 24 * 60;
    private static readonly LocalTimePattern Time = LocalTimePattern.CreateWithInvariantCulture("HH:mm");

    /// <summary>The recipient of a body.</summary>
    /// <param name="kinds">All kinds that there are.</param>
    /// <returns>Absent, with findings, if something is wrong.</returns>
    public static AlertRecipient? Read(JsonElement body, string id, MailSettings settings, IReadOnlyCollection<string> kinds, FormFindings findings)
    {
        if (JsonForm.Open(body, findings) is not { } form) return null;
        if (!JsonForm.IsId(id)) form.Add("id", "CMH-1606", JsonForm.IdForm);
        if (form.Text("id") is { } own && own != id) form.Add("id", "CMH-1606", "The id is another one than the path's.");
        var channel = form.Word<MessageChannel>("channel", isRequired: true);
        string? target = form.Text("target", isRequired: true, most: WebhookAddress.Most);
        string language = form.Text("language", most: 2) ?? Wording.Languages[0];
        if (!Wording.Languages.Contains(language)) form.Add("language", "CMH-1606", $"One of {string.Join(", ", Wording.Languages)} is expected.");
        var rank = form.Word<WorkRank>("rank") ?? WorkRank.Attention;
        var quiet = Quiet(form);
        bool breakThrough = form.Flag("faults_break_through") ?? false;
        long delay = form.Number("delay_minutes", 0, 0, MostDelay) ?? 0;
        bool isActive = form.Flag("is_active") ?? true;
        var chosen = Kinds(form, kinds);
        _ = form.Flag("new_secret");
        _ = form.Any("secret"); // what a PUT answered may be PUT again
        form.Close();
        if (target is not null && channel == MessageChannel.Mail && !MailAddress.IsGood(target)) form.Add("target", "CMH-1823", "A mail address is expected, e.g. anna@example.org.");
        if (target is not null && channel == MessageChannel.Webhook && WebhookAddress.Parse(target, settings.PrivateHosts).Error is { } wrong) form.Add("target", wrong.Code, wrong.Text);
        return findings.Any ? null : new AlertRecipient(id, channel!.Value, target!, language, chosen, rank, quiet, breakThrough, Duration.FromMinutes(delay), isActive);
    }

    internal static QuietHours? Quiet(JsonForm form)
    {
        string? from = form.Text("quiet_from"), to = form.Text("quiet_to");
        if (from is null && to is null) return null;
        if (from is not null && to is not null && from != to && Time.Parse(from) is { Success: true } begin && Time.Parse(to) is { Success: true } end) return new QuietHours(begin.Value, end.Value);
        form.Add("quiet_from", "CMH-1824", "Quiet hours have a begin and another end, in Berlin time as 22:00.");
        return null;
    }

    private static IReadOnlyList<string> Kinds(JsonForm form, IReadOnlyCollection<string> known)
    {
        if (form.Any("kinds") is not { } list) return [];
        if (list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String))
        {
            string[] kinds = [.. list.EnumerateArray().Select(each => each.GetString()!).Distinct(StringComparer.Ordinal)];
            if (kinds.All(kind => known.Any(each => each == kind || each.StartsWith(kind + ".", StringComparison.Ordinal)))) return kinds;
        }

        form.Add("kinds", "CMH-1825", $"A list of kinds or of their families is expected: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        return [];
    }
}
