using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market.Files;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;

namespace CoMaKo.Hub.Market;

internal static class ParticipantEndpoints
{
    public static void MapParticipantEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/participants", ListAsync).WithName("participants").WithSummary("Participants by id; all of them as CSV by Accept or .csv").Produces<Page<ParticipantDocument>>().ForOperators(Scopes.MarketRead);
        endpoints.MapGet("/participants/{id}", GetAsync).WithName("participant").WithSummary("One participant").Produces<ParticipantDocument>().ProducesProblem(404).ForOperators(Scopes.MarketRead);
        endpoints.MapPut("/participants/{id}", PutAsync).WithName("put_participant").WithSummary("Creates or replaces a participant; voice_pin sets the PIN for the voicebot")
            .TakesJson<ParticipantDocument>().Produces<ParticipantDocument>().Produces<ParticipantDocument>(201).ProducesProblem(412).ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> ListAsync(HttpContext context, HubDatabase database, MasterFiles files, string? limit, string? cursor)
    {
        if (CsvAnswer.IsWanted(context.Request)) return await files.AnswerAsync("participants");
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        await using var reader = await database.OpenReaderAsync();
        return Results.Ok(Paging.Of(await ParticipantReader.AfterAsync(reader, after, count + 1), count, each => each.Id, each => each));
    }

    private static async Task<IResult> GetAsync(HttpContext context, HubDatabase database, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await ParticipantReader.FindAsync(reader, id) is not { } found) return MarketProblems.UnknownParticipant(id);
        context.Response.SetRevision(found.Revision);
        return Results.Ok(found.Document);
    }

    private static async Task<IResult> PutAsync(HttpContext context, HubDatabase database, ParticipantStore participants, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } json) return findings.ToProblem();
        var form = ParticipantForm.Read(json, id);
        if (findings.Any) return findings.ToProblem();
        var outcome = await participants.PutAsync(form, caller, findings, context.Request.Meets);
        if (MarketProblems.Of(outcome, findings) is { } refused) return refused;
        await using var reader = await database.OpenReaderAsync();
        return MarketProblems.Stored(context, outcome, (await ParticipantReader.FindAsync(reader, id))!.Value.Document);
    }
}
