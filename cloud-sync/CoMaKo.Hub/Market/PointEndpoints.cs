using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market.Files;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;

namespace CoMaKo.Hub.Market;

internal static class PointEndpoints
{
    public static void MapPointEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/metering_points", ListAsync).WithName("metering_points").WithSummary("Metering points by id; all of them as CSV by Accept or .csv").Produces<Page<PointDocument>>().ForMembers(Scopes.MarketRead);
        endpoints.MapGet("/metering_points/{id}", GetAsync).WithName("metering_point").WithSummary("One metering point").Produces<PointDocument>().ProducesProblem(404)
            .ForOwners(Scopes.MarketRead, Owned.MeteringPoint, "id");
        endpoints.MapPut("/metering_points/{id}", PutAsync).WithName("put_metering_point").WithSummary("Creates or replaces a metering point")
            .TakesJson<PointDocument>().Produces<PointDocument>().Produces<PointDocument>(201).ProducesProblem(412)
            .ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> ListAsync(HttpContext context, HubDatabase database, MasterFiles files, Caller caller, string? limit, string? cursor)
    {
        if (CsvAnswer.IsWanted(context.Request)) return await files.AnswerAsync("metering_points", caller.Role == Roles.Member ? caller.Participant ?? "" : null);
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        await using var reader = await database.OpenReaderAsync();
        return Results.Ok(Paging.Of(await PointReader.AfterAsync(reader, after, count + 1, caller.Role == Roles.Member ? caller.Participant ?? "" : null), count, point => point.Name, PointDocument.Of));
    }

    private static async Task<IResult> GetAsync(HttpContext context, HubDatabase database, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await PointReader.FindAsync(reader, id) is not { } point) return MarketProblems.UnknownPoint(id);
        context.Response.SetRevision(point.Revision);
        return Results.Ok(PointDocument.Of(point));
    }

    private static async Task<IResult> PutAsync(HttpContext context, PointStore points, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        var point = PointForm.Read(form, id, findings);
        if (findings.Any) return findings.ToProblem();
        var outcome = await points.PutAsync(point, caller, findings, context.Request.Meets);
        return MarketProblems.Of(outcome, findings) ?? MarketProblems.Stored(context, outcome, PointDocument.Of(point));
    }
}
