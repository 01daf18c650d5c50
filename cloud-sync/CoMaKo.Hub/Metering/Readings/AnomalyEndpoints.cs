using System.Data.Common;
using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Plausibility;
using CoMaKo.Settlement.Runs;

namespace CoMaKo.Hub.Metering.Readings;

/// <summary>An anomaly.</summary>
/// <param name="Rule">P01 to P15.</param>
/// <param name="Slot">Where it is, or where it begins.</param>
/// <param name="Value">What was found, in the rule's unit (Wh, slots, seconds).</param>
/// <param name="Limit">What would have been allowed.</param>
internal sealed record AnomalyDocument(
    string Id, string MeteringPoint, EnergyDirection Direction, string Rule, string Code, FindingClass Class, string Slot, Fixed3 Value, Fixed3 Limit, FindingState State, string FoundAt, string? Reason);

/// <summary>An operator's word on an anomaly.</summary>
/// <param name="Kwh">The right value of the slot; absent: it is right as it was delivered.</param>
internal sealed record AnomalyDecision(string Reason, Kwh? Kwh);

internal static class AnomalyEndpoints
{
    public static void MapAnomalyEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/readings/anomalies", ListAsync).WithName("anomalies").WithSummary("Findings of the plausibility rules; open ones unless state says otherwise").Produces<Page<AnomalyDocument>>().ForMembers(Scopes.ReadingsRead);
        endpoints.MapPost("/readings/anomalies/{id}/decision", DecideAsync).WithName("decide_anomaly").WithSummary("Says that a value is right, or which one is")
            .TakesJson<AnomalyDecision>().Produces<AnomalyDocument>().ProducesProblem(404).ProducesProblem(409).ForOperators(Scopes.ReadingsWrite);
    }

    private static async Task<IResult> ListAsync(HubDatabase database, PointCurves curves, TimeProvider clock, Caller caller, string? state, string? metering_point, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        long id = 0;
        if (after.Length > 0 && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out id)) return Problems.WrongCursor();
        FindingState? wanted = state switch { null or "open" => FindingState.Open, "dismissed" => FindingState.Dismissed, "corrected" => FindingState.Corrected, _ => null };
        if (wanted is null) return Problems.Of(400, "CMH-1728", "Unreadable state", "state is one of open, dismissed, corrected.");
        await curves.DeriveMarkedDaysAsync(CancellationToken.None); // an anomaly of what was delivered a moment ago is told too
        await using var reader = await database.OpenReaderAsync();
        var rows = await AnomalyReader.ListAsync(reader, database.Engine, await PointsAsync(reader, caller, metering_point), wanted.Value, id, count + 1);
        var points = await PointReader.NamesAsync(reader, database.Engine, [.. rows.Select(row => row.PointId).Distinct()]);
        return Results.Ok(Paging.Of(rows, count, row => row.FindingId.ToString(CultureInfo.InvariantCulture), row => DocumentOf(row, points[row.PointId])));
    }

    /// <summary>The points that are asked for and may be seen; absent: all.</summary>
    private static async Task<long[]?> PointsAsync(DbConnection reader, Caller caller, string? named)
    {
        if (named is null) return caller.Role != Roles.Member ? null : [.. (await PointReader.AfterAsync(reader, "", int.MaxValue, caller.Participant!)).Select(point => point.PointId)];
        return await PointReader.FindAsync(reader, named) is { } point && (caller.Role != Roles.Member || point.Participant == caller.Participant) ? [point.PointId] : [];
    }

    private static async Task<IResult> DecideAsync(HttpContext context, HubDatabase database, AnomalyDecisions decisions, Caller caller, long id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        string? reason = form.Text("reason", isRequired: true, most: 500);
        long? wh = form.Energy("kwh", Consumption.ConsumptionTable.MostWh);
        form.Close();
        if (findings.Any) return findings.ToProblem();
        if (await decisions.DecideAsync(id, reason!, wh, caller) is { } refused) return refused;
        await using var reader = await database.OpenReaderAsync();
        var row = await AnomalyReader.FindAsync(reader, id);
        return Results.Ok(DocumentOf(row, (await PointReader.FindAsync(reader, row.PointId))!.Name));
    }

    private static AnomalyDocument DocumentOf(AnomalyRow row, string point)
    {
        var finding = row.Finding;
        return new AnomalyDocument(
            row.FindingId.ToString(CultureInfo.InvariantCulture), point, (EnergyDirection)row.Direction, finding.RuleId, finding.Code, finding.Class, finding.Slot.Start.ToString(),
            new Fixed3(row.Value), new Fixed3(row.Bound), (FindingState)row.State, NodaTime.Text.InstantPattern.ExtendedIso.Format(row.FoundAt), row.Reason);
    }
}
