using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Alerts;

/// <summary>What came of a test message.</summary>
/// <param name="Answer">What the other side said, or why it could not be asked.</param>
internal sealed record TestDocument(bool Delivered, string Answer);

internal static class RecipientEndpoints
{
    public static void MapRecipientEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/alert_recipients", ListAsync).WithName("alert_recipients").WithSummary("Who is told of alerts, by id").Produces<Page<RecipientDocument>>().ForOperators(Scopes.AlertsRead);
        endpoints.MapGet("/alert_recipients/{id}", GetAsync).WithName("alert_recipient").WithSummary("One recipient").Produces<RecipientDocument>().ProducesProblem(404).ForOperators(Scopes.AlertsRead);
        endpoints.MapPut("/alert_recipients/{id}", PutAsync).WithName("put_alert_recipient").WithSummary("Creates or replaces a recipient; a webhook's key is in the answer when it is made, or with new_secret")
            .TakesJson<RecipientDocument>().Produces<RecipientDocument>().Produces<RecipientDocument>(201).ProducesProblem(412).ForOperators(Scopes.AlertsWrite);
        endpoints.MapDelete("/alert_recipients/{id}", DeleteAsync).WithName("delete_alert_recipient").WithSummary("Removes a recipient and what still waits for them").Produces(204).ProducesProblem(404).ForOperators(Scopes.AlertsWrite);
        endpoints.MapPost("/alert_recipients/{id}/test", TestAsync).WithName("test_alert_recipient").WithSummary("Sends a test message and says what the other side answered")
            .Produces<TestDocument>().ProducesProblem(404).ForOperators(Scopes.AlertsWrite);
    }

    public static IResult Unknown(string id) => Problems.Of(404, "CMH-1822", "Unknown recipient", $"No alert recipient is called '{id}'. GET /alert_recipients lists them.");

    private static async Task<IResult> ListAsync(HubDatabase database, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        await using var reader = await database.OpenReaderAsync();
        return Results.Ok(Paging.Of(await RecipientStore.ListAsync(reader, after, count + 1), count, row => row.Recipient.Id, row => RecipientDocument.Of(row.Recipient)));
    }

    private static async Task<IResult> GetAsync(HttpContext context, HubDatabase database, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await RecipientStore.FindAsync(reader, id) is not { } found) return Unknown(id);
        context.Response.SetRevision(found.Revision);
        return Results.Ok(RecipientDocument.Of(found.Recipient));
    }

    private static async Task<IResult> PutAsync(HttpContext context, RecipientDesk desk, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (RecipientForm.Read(root, id, desk.Settings, desk.Kinds, findings) is not { } recipient) return findings.ToProblem();
        bool wantsSecret = root.TryGetProperty("new_secret", out var wish) && wish.ValueKind == System.Text.Json.JsonValueKind.True;
        var (outcome, secret) = await desk.PutAsync(recipient, wantsSecret, context.Request.Meets, caller);
        return MarketProblems.Of(outcome, findings) ?? MarketProblems.Stored(context, outcome, RecipientDocument.Of(recipient, secret));
    }

    private static async Task<IResult> DeleteAsync(RecipientDesk desk, Caller caller, string id) => await desk.DeleteAsync(id, caller) ? Results.NoContent() : Unknown(id);

    private static async Task<IResult> TestAsync(HubDatabase database, RecipientDesk desk, string id, CancellationToken cancellationToken)
    {
        StoredRecipient? found;
        await using (var reader = await database.OpenReaderAsync()) found = await RecipientStore.FindAsync(reader, id);
        if (found is null) return Unknown(id);
        var delivery = await desk.TestAsync(found.Recipient, cancellationToken);
        return Results.Ok(new TestDocument(delivery.Result == Mail.DeliveryResult.Delivered, delivery.Answer));
    }
}
