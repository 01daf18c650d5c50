using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Work;
using NodaTime.Text;

namespace CoMaKo.Hub.Alerts;

/// <summary>How a kind of cause alerts, in the REST interface.</summary>
/// <param name="AfterMinutes">How long after its begin; absent: as soon as it has lasted as its rank asks.</param>
/// <param name="Severity">How much it presses; absent: as its source says.</param>
/// <param name="To">Who is told; empty: every recipient that wants it.</param>
/// <param name="Rule">The rule's kind or family in the settings; absent: none, the usual holds.</param>
/// <param name="LastAlert">When the last alert of the kind opened; absent: none within 400 days.</param>
internal sealed record AlertRuleDocument(
    string Kind, bool Alerts, int? AfterMinutes, int? DaysBeforeDue, WorkRank? Severity, string? QuietFrom, string? QuietTo, IReadOnlyList<string> To, string? Rule, long Open, string? LastAlert)
{
    public static AlertRuleDocument Of(string kind, AlertRules rules, AlertTally? tally)
    {
        var rule = rules.Of(kind);
        return new AlertRuleDocument(
            kind, rule.Alerts, (int?)rule.After?.TotalMinutes, rule.DaysBeforeDue, rule.Severity, rule.Quiet?.From.ToString("HH:mm", CultureInfo.InvariantCulture),
            rule.Quiet?.To.ToString("HH:mm", CultureInfo.InvariantCulture), rule.To, rules.OwnOf(kind)?.Kind, tally?.Open ?? 0, tally is null ? null : InstantPattern.ExtendedIso.Format(tally.LastAt));
    }
}

/// <summary>The rules as they are in force, one line for each kind of cause.</summary>
internal static class AlertRuleEndpoints
{
    private static readonly IReadOnlyList<CsvColumn> Columns =
        [.. new[] { "kind", "alerts", "after_minutes", "days_before_due", "severity", "quiet_from", "quiet_to", "to", "rule", "open", "last_alert" }.Select(name => new CsvColumn(name))];

    public static void MapAlertRules(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/alert_rules", async (HubDatabase database, AlertRules rules) => Results.Ok(await ReadAsync(database, rules))).WithName("alert_rules")
            .WithSummary("How each kind of cause alerts by the hub's settings, and when it last did").Produces<IReadOnlyList<AlertRuleDocument>>().ForOperators(Scopes.AlertsRead);
        endpoints.MapGet("/alert_rules.csv", async (HubDatabase database, AlertRules rules) => new CsvAnswer("alert_rules", Columns, [.. (await ReadAsync(database, rules)).Select(CellsOf)])).WithName("alert_rules_csv")
            .WithSummary("The same as CSV").Produces(200, contentType: "text/csv").ForOperators(Scopes.AlertsRead);
    }

    /// <summary>All kinds by name.</summary>
    public static async Task<IReadOnlyList<AlertRuleDocument>> ReadAsync(HubDatabase database, AlertRules rules)
    {
        await using var reader = await database.OpenReaderAsync();
        var tallies = await AlertStore.TallyAsync(reader);
        return [.. WorkKinds.All.Select(kind => AlertRuleDocument.Of(kind, rules, tallies.GetValueOrDefault(kind)))];
    }

    private static string?[] CellsOf(AlertRuleDocument row) =>
    [
        row.Kind, row.Alerts ? "true" : "false", row.AfterMinutes?.ToString(CultureInfo.InvariantCulture), row.DaysBeforeDue?.ToString(CultureInfo.InvariantCulture), row.Severity?.ToString().ToLowerInvariant(),
        row.QuietFrom, row.QuietTo, string.Join(' ', row.To), row.Rule, row.Open.ToString(CultureInfo.InvariantCulture), row.LastAlert,
    ];
}
