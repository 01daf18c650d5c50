using System.Text.Json;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Texts;
using CoMaKo.Hub.Web.Views;
using CoMaKo.Hub.Work;
using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>
/// Reads the section <c>alerts</c> of the hub's settings. Codes: CMH-1824 quiet hours, 1833 kind, 1834 twice, 1835 no due day, 1836 recipient, 1837 sooner than it is known.
/// </summary>
internal static class AlertRuleForm
{
    private const int MostMinutes = 31 * 24 * 60;
    private const int MostRecipients = 50;
    private static readonly string[] Roles = ["role:operator", "role:viewer"];

    /// <param name="section">The section's members; what is absent keeps its default.</param>
    public static AlertRules Read(JsonForm section, FormFindings findings)
    {
        var usual = AlertRules.Default;
        string language = section.Text("language", most: 2) ?? usual.Language;
        if (!Wording.Languages.Contains(language)) section.Add("language", "CMH-1606", $"One of {string.Join(", ", Wording.Languages)} is expected.");
        var rules = usual with
        {
            FaultLasts = Minutes(section, "fault_after_minutes", usual.FaultLasts),
            AttentionLasts = Minutes(section, "attention_after_minutes", usual.AttentionLasts),
            DecisionLasts = Minutes(section, "decision_after_minutes", usual.DecisionLasts),
            Away = Minutes(section, "ends_after_minutes", usual.Away),
            Language = language,
            Own = Rules(section, findings),
        };
        section.Close();
        return rules;
    }

    private static Duration Minutes(JsonForm form, string name, Duration usual) => form.Number(name, 0, 0, MostMinutes) is { } minutes ? Duration.FromMinutes(minutes) : usual;

    private static List<AlertRule> Rules(JsonForm section, FormFindings findings)
    {
        var rules = new List<AlertRule>();
        if (section.Any("rules") is not { } list) return rules;
        if (list.ValueKind != JsonValueKind.Array)
        {
            section.Add("rules", "CMH-1605", "A list of rules is expected.");
            return rules;
        }

        foreach (var (element, i) in list.EnumerateArray().Select((element, i) => (element, i)))
        {
            if (JsonForm.Open(element, findings, prefix: FormattableString.Invariant($"alerts.rules[{i}].")) is not { } form) continue;
            var rule = Rule(form);
            if (rules.Any(other => other.Kind == rule.Kind)) form.Add("kind", "CMH-1834", $"There is a rule for '{rule.Kind}' already. Put both into one.");
            rules.Add(rule);
        }

        return rules;
    }

    private static AlertRule Rule(JsonForm form)
    {
        string kind = form.Text("kind", isRequired: true) ?? "";
        if (kind.Length > 0 && !WorkKinds.All.Any(each => WorkKinds.IsOf(each, kind))) form.Add("kind", "CMH-1833", $"A kind of cause or a family of them is expected: {string.Join(", ", WorkKinds.All)}.");
        long? after = form.Number("after_minutes", 0, 0, MostMinutes);
        if (kind == "gateway.silent" && after < GatewayView.SilentAfter.TotalMinutes)
            form.Add("after_minutes", "CMH-1837", FormattableString.Invariant($"A gateway counts as silent after {GatewayView.SilentAfter.TotalMinutes} minutes; it cannot alert sooner."));
        long? days = form.Number("days_before_due", 0, 0, 60);
        if (days is not null && !WorkKinds.WithDue.Any(each => WorkKinds.IsOf(each, kind))) form.Add("days_before_due", "CMH-1835", $"Only causes that are due on a day have days before it: {string.Join(", ", WorkKinds.WithDue)}.");
        var rule = new AlertRule(kind)
        {
            Alerts = form.Flag("alerts") ?? true,
            After = after is { } minutes ? Duration.FromMinutes(minutes) : null,
            DaysBeforeDue = (int?)days,
            Severity = form.Word<WorkRank>("severity"),
            Quiet = RecipientForm.Quiet(form),
            To = To(form),
        };
        form.Close();
        return rule;
    }

    private static string[] To(JsonForm form)
    {
        if (form.Any("to") is not { } list) return [];
        string[] to = list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(each => each.ValueKind == JsonValueKind.String ? each.GetString()! : "").Distinct(StringComparer.Ordinal)] : [];
        if (to.Length is > 0 and <= MostRecipients && to.All(IsRecipient)) return to;
        form.Add("to", "CMH-1836", FormattableString.Invariant($"A list of 1 to {MostRecipients} recipients is expected: ids of alert recipients, mail addresses, or {string.Join(", ", Roles)}."));
        return [];
    }

    private static bool IsRecipient(string word) => JsonForm.IsId(word) || Roles.Contains(word) || MailAddress.IsGood(word);
}
