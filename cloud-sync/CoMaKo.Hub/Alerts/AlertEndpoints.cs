using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Work;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Alerts;

/// <summary>An alert in the REST interface.</summary>
/// <param name="Since">When the cause began.</param>
/// <param name="OpenedAt">When it had lasted long enough to alert.</param>
/// <param name="ClosedAt">When it had been away long enough; absent while it is open.</param>
/// <param name="Address">The page where it is dealt with.</param>
internal sealed record AlertDocument(
    string Id, string Kind, string Subject, WorkRank Rank, string Since, string OpenedAt, string? ClosedAt, long Count, string Address, string? AcknowledgedBy, string? AcknowledgedAt, string? Note)
{
    public static AlertDocument Of(Alert alert) => new(
        alert.AlertId.ToString(CultureInfo.InvariantCulture), alert.Item.Kind, alert.Item.Subject, alert.Item.Rank, Iso(alert.Item.Since), Iso(alert.OpenedAt!.Value),
        alert.ClosedAt is { } closed ? Iso(closed) : null, alert.Item.Count, alert.Item.Address, alert.Acknowledged?.By, alert.Acknowledged is { } seen ? Iso(seen.At) : null, alert.Acknowledged?.Note);

    private static string Iso(Instant at) => InstantPattern.ExtendedIso.Format(at);
}

/// <summary>Who sees to an alert, and how.</summary>
internal sealed record AcknowledgementDocument(string? Note);

internal static class AlertEndpoints
{
    private const int MostCsv = 10_000;

    private static readonly IReadOnlyList<CsvColumn> Columns =
        [.. new[] { "id", "kind", "subject", "rank", "since", "opened_at", "closed_at", "count", "acknowledged_by", "acknowledged_at", "note" }.Select(name => new CsvColumn(name))];

    public static void MapAlertEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/alerts", ListAsync).WithName("alerts").WithSummary("Alerts, newest first; open ones unless state says closed").Produces<Page<AlertDocument>>().ForOperators(Scopes.AlertsRead);
        endpoints.MapGet("/alerts.csv", CsvAsync).WithName("alerts_csv").WithSummary("The same as CSV, at most 10 000 rows").Produces(200, contentType: "text/csv").ForOperators(Scopes.AlertsRead);
        endpoints.MapPost("/alerts/{id}/acknowledgement", AcknowledgeAsync).WithName("acknowledge_alert").WithSummary("Says that somebody sees to an open alert: nobody else is told of it")
            .TakesJson<AcknowledgementDocument>().Produces<AlertDocument>().ProducesProblem(404).ForOperators(Scopes.AlertsWrite);
    }

    public static IResult Unknown(string id) => Problems.Of(404, "CMH-1821", "No such open alert", $"There is no open alert '{id}'. GET /alerts lists them.");

    /// <summary>Reads the filter that pages, lists and files share.</summary>
    public static AlertFilter? Filter(string? state, string? kind) =>
        state is null or "open" or "closed" ? new AlertFilter(state != "closed", string.IsNullOrEmpty(kind) ? null : kind) : null;

    private static async Task<IResult> ListAsync(HubDatabase database, string? state, string? kind, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        long before = long.MaxValue;
        if (after.Length > 0 && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out before)) return Problems.WrongCursor();
        if (Filter(state, kind) is not { } filter) return WrongState();
        await using var reader = await database.OpenReaderAsync();
        var rows = await AlertStore.ListAsync(reader, filter, before, count + 1);
        return Results.Ok(Paging.Of(rows, count, alert => alert.AlertId.ToString(CultureInfo.InvariantCulture), AlertDocument.Of));
    }

    private static async Task<IResult> CsvAsync(HubDatabase database, string? state, string? kind)
    {
        if (Filter(state, kind) is not { } filter) return WrongState();
        await using var reader = await database.OpenReaderAsync();
        return new CsvAnswer("alerts", Columns, [.. (await AlertStore.ListAsync(reader, filter, long.MaxValue, MostCsv)).Select(alert => CellsOf(AlertDocument.Of(alert)))]);
    }

    private static string?[] CellsOf(AlertDocument row) =>
    [
        row.Id, row.Kind, row.Subject, System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(row.Rank.ToString()), row.Since, row.OpenedAt, row.ClosedAt,
        row.Count.ToString(CultureInfo.InvariantCulture), row.AcknowledgedBy, row.AcknowledgedAt, row.Note,
    ];

    private static async Task<IResult> AcknowledgeAsync(HttpContext context, HubDatabase database, RecipientDesk desk, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        string? note = form.Text("note", most: 500);
        form.Close();
        if (findings.Any) return findings.ToProblem();
        if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long alertId) || !await desk.AcknowledgeAsync(alertId, note, caller)) return Unknown(id);
        await using var reader = await database.OpenReaderAsync();
        return Results.Ok(AlertDocument.Of((await AlertStore.FindAsync(reader, alertId))!));
    }

    private static IResult WrongState() => Problems.Of(400, "CMH-1826", "Unreadable state", "state is one of open, closed.");
}
