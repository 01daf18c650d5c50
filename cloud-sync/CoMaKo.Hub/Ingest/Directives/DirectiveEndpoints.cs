using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Hub.Ingest.Directives;

/// <summary>Directives for gateways: day-ahead prices, forecasts, limits.</summary>
internal static class DirectiveEndpoints
{
    public static void MapDirectiveEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/gateways/{gateway}/directives", PostAsync).WithName("post_directive")
            .WithSummary("Issues a directive (kind prices, forecast or limit; content as in contracts/schemas/directive.schema.json) from valid_from (else now) to valid_until; the same id again replaces it, which is how one is ended early")
            .TakesJson<DirectiveDocument>().Produces<DirectiveDocument>().Produces<DirectiveDocument>(201).ProducesProblem(404).ForOperators(Scopes.DirectivesWrite);
        endpoints.MapGet("/gateways/{gateway}/directives", ListAsync).WithName("directives").WithSummary("A gateway's directives, newest first, with what became of them: issued, sent, accepted, rejected with its reason, expired")
            .Produces<Page<DirectiveDocument>>().ProducesProblem(404).ForOperators(Scopes.FleetRead);
        endpoints.MapGet("/gateways/{gateway}/directives/{id}", GetAsync).WithName("directive").WithSummary("One directive").Produces<DirectiveDocument>().ProducesProblem(404).ForOperators(Scopes.FleetRead);
    }

    private static async Task<IResult> PostAsync(HttpContext context, DirectiveStore directives, TimeProvider clock, Caller caller, string gateway)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        var directive = DirectiveForm.Read(form, Instant.FromUnixTimeSeconds(clock.UnixMicroseconds() / 1_000_000), findings);
        if (findings.Any) return findings.ToProblem();
        var result = GatewayId.IsValid(gateway) ? await directives.IssueAsync(new GatewayId(gateway), directive, caller) : IssueResult.UnknownGateway;
        if (result == IssueResult.UnknownGateway) return Problems.UnknownGateway(gateway);
        var document = await directives.FindAsync(gateway, directive.Id);
        return result == IssueResult.Created ? Results.Created($"/gateways/{gateway}/directives/{directive.Id}", document) : Results.Ok(document);
    }

    private static async Task<IResult> ListAsync(DirectiveStore directives, GatewayReader gateways, string gateway, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        long before = long.MaxValue;
        if (after.Length > 0 && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out before)) return Problems.WrongCursor();
        if (await gateways.FindAsync(gateway) is null) return Problems.UnknownGateway(gateway);
        return Results.Ok(Paging.Of(await directives.BeforeAsync(gateway, before, count + 1), count, each => each.Revision.ToString(CultureInfo.InvariantCulture), each => each));
    }

    private static async Task<IResult> GetAsync(DirectiveStore directives, string gateway, string id) => await directives.FindAsync(gateway, id) is { } found ? Results.Ok(found)
        : Problems.Of(404, "CMH-1445", "Unknown directive", $"There is no directive '{id}' of a gateway '{gateway}'. GET /gateways/{gateway}/directives lists them.");
}
