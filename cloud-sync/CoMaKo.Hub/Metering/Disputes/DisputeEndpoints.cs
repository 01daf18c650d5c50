using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;
using NodaTime.Text;

namespace CoMaKo.Hub.Metering.Disputes;

/// <summary>A dispute in the REST interface.</summary>
/// <param name="Thing">Which day, month, reading or statement.</param>
/// <param name="BelievedKwh">The value that the member believes.</param>
/// <param name="Reason">The cooperative's answer.</param>
internal sealed record DisputeDocument(
    string Id, string Participant, DisputeSubject Subject, string Thing, string? MeteringPoint, string Text, Kwh? BelievedKwh, DisputeState State, string CreatedAt, string? AnsweredAt, string? Reason);

/// <summary>A dispute on its way in; an operator names the participant, a member is its own.</summary>
internal sealed record DisputeInput(string? Participant, DisputeSubject Subject, string Thing, string? MeteringPoint, string Text, Kwh? BelievedKwh);

/// <summary>The cooperative's answer.</summary>
/// <param name="Decision"><c>accepted</c> or <c>rejected</c>.</param>
internal sealed record DisputeAnswer(DisputeState Decision, string Reason);

internal static class DisputeEndpoints
{
    public static void MapDisputeEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/disputes", ListAsync).WithName("disputes").WithSummary("Disputes, oldest first; a member sees its own; state=open|accepted|rejected").Produces<Page<DisputeDocument>>().ForMembers(Scopes.ReadingsRead);
        endpoints.MapPost("/disputes", PostAsync).WithName("post_dispute").WithSummary("Says that a day, a month, a reading or a statement is wrong").TakesJson<DisputeInput>().Produces<DisputeDocument>(201).ProducesProblem(409).ForMembers(Scopes.ReadingsWrite);
        endpoints.MapPost("/disputes/{id}/answer", AnswerAsync).WithName("answer_dispute").WithSummary("Accepts or rejects a dispute with a reason").TakesJson<DisputeAnswer>().Produces<DisputeDocument>().ProducesProblem(404).ProducesProblem(409).ForOperators(Scopes.ReadingsWrite);
    }

    private static async Task<IResult> ListAsync(DisputeBook book, Caller caller, string? state, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        long id = 0;
        if (after.Length > 0 && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out id)) return Problems.WrongCursor();
        DisputeState? wanted = state switch { "open" => DisputeState.Open, "accepted" => DisputeState.Accepted, "rejected" => DisputeState.Rejected, _ => null };
        if (state is not null && wanted is null) return Problems.Of(400, "CMH-1767", "Unreadable state", "state is one of open, accepted, rejected.");
        var rows = await book.ListAsync(caller.Role == Roles.Member ? caller.Participant ?? "" : null, wanted, id, count + 1);
        return Results.Ok(Paging.Of(rows, count, row => row.DisputeId.ToString(CultureInfo.InvariantCulture), DocumentOf));
    }

    private static async Task<IResult> PostAsync(HttpContext context, DisputeBook book, DisputeForm check, Caller caller)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        string? participant = form.Text("participant");
        if (caller.Role == Roles.Member && participant is not null && participant != caller.Participant) form.Add("participant", "CMH-1761", "A member disputes for itself.");
        var subject = form.Word<DisputeSubject>("subject", isRequired: true);
        string? thing = form.Text("thing", isRequired: true), point = form.Text("metering_point"), text = form.Any("text", isRequired: true) is { ValueKind: System.Text.Json.JsonValueKind.String } words ? words.GetString() : null;
        long? believed = form.Energy("believed_kwh", 100_000_000_000_000);
        form.Close();
        var dispute = findings.Any ? null : await check.CheckAsync(caller.Role == Roles.Member ? caller.Participant : participant, subject, thing, point, text, believed, findings);
        if (dispute is null) return findings.ToProblem();
        var (id, refused) = await book.AddAsync(dispute, caller);
        return refused ?? Results.Json(DocumentOf((await book.FindAsync(id))!), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, DisputeBook book, Caller caller, long id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        var decision = form.Word<DisputeState>("decision", isRequired: true);
        if (decision == DisputeState.Open) form.Add("decision", "CMH-1606", "One of accepted, rejected is expected.");
        string? reason = form.Text("reason", isRequired: true, most: 1000);
        form.Close();
        if (findings.Any) return findings.ToProblem();
        return await book.AnswerAsync(id, decision == DisputeState.Accepted, reason!, caller) ?? Results.Ok(DocumentOf((await book.FindAsync(id))!));
    }

    private static DisputeDocument DocumentOf(Dispute dispute) => new(
        dispute.DisputeId.ToString(CultureInfo.InvariantCulture), dispute.Participant, dispute.Subject, dispute.Thing, dispute.Point, dispute.Words, dispute.BelievedWh is { } wh ? new Kwh(wh) : null, dispute.State,
        InstantPattern.ExtendedIso.Format(dispute.CreatedAt), dispute.AnsweredAt is { } at ? InstantPattern.ExtendedIso.Format(at) : null, dispute.Reason);
}
