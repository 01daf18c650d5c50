using System.Data.Common;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market.Files;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Settlement.Curves;
using NodaTime.Text;

namespace CoMaKo.Hub.Market;

internal static class GroupEndpoints
{
    public static void MapGroupEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/balance_groups", ListAsync).WithName("balance_groups").WithSummary("Balance groups by id, as of today; all of them as CSV by Accept or .csv").Produces<Page<GroupDocument>>().ForOperators(Scopes.MarketRead);
        endpoints.MapGet("/balance_groups/{id}", GetAsync).WithName("balance_group").WithSummary("One balance group, as of today unless day says otherwise")
            .Produces<GroupDocument>().ProducesProblem(400).ProducesProblem(404).ForOperators(Scopes.MarketRead);
        endpoints.MapPut("/balance_groups/{id}", PutAsync).WithName("put_balance_group").WithSummary("Creates or replaces a balance group; valid_from makes a new version")
            .TakesJson<GroupDocument>().Produces<GroupDocument>().Produces<GroupDocument>(201).ProducesProblem(409).ProducesProblem(412)
            .ForOperators(Scopes.MarketWrite);
    }

    /// <summary>A group as of a day; before its first day as of that one.</summary>
    public static async Task<GroupDocument> ReadAsync(DbConnection reader, GroupRow group, int day) =>
        (await GroupReading.OfAsync(reader, group)).On(day);

    private static async Task<IResult> ListAsync(HttpContext context, HubDatabase database, MasterFiles files, TimeProvider clock, string? limit, string? cursor)
    {
        if (CsvAnswer.IsWanted(context.Request)) return await files.AnswerAsync("balance_groups");
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        await using var reader = await database.OpenReaderAsync();
        var page = Paging.Of(await GroupReader.AfterAsync(reader, after, count + 1), count, group => group.Name, group => group);
        var items = new List<GroupDocument>();
        foreach (var group in page.Items) items.Add(await ReadAsync(reader, group, clock.Today()));
        return Results.Ok(new Page<GroupDocument>(items, page.Next));
    }

    private static async Task<IResult> GetAsync(HttpContext context, HubDatabase database, TimeProvider clock, string id, string? day)
    {
        int asOf = clock.Today();
        if (day is not null)
        {
            if (LocalDatePattern.Iso.Parse(day) is not { Success: true } date || date.Value.Year is < 2000 or >= 2200) return Problems.WrongTime("day");
            asOf = MarketDay.Number(date.Value);
        }

        return await AnswerAsync(context, database, id, asOf) ?? MarketProblems.UnknownGroup(id);
    }

    private static async Task<IResult> PutAsync(HttpContext context, GroupStore groups, HubDatabase database, TimeProvider clock, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } json) return findings.ToProblem();
        var form = GroupForm.Read(json, id);
        if (findings.Any) return findings.ToProblem();
        var outcome = await groups.PutAsync(form, caller, findings, context.Request.Meets);
        if (MarketProblems.Of(outcome, findings) is { } refused) return refused;
        await using var reader = await database.OpenReaderAsync();
        var group = await GroupReader.FindAsync(reader, id) ?? throw new InvalidOperationException($"The group '{id}' was stored and is not there.");
        return MarketProblems.Stored(context, outcome, await ReadAsync(reader, group, form.ValidFrom ?? clock.Today()));
    }

    private static async Task<IResult?> AnswerAsync(HttpContext context, HubDatabase database, string id, int day)
    {
        await using var reader = await database.OpenReaderAsync();
        if (await GroupReader.FindAsync(reader, id) is not { } group) return null;
        context.Response.SetRevision(group.Revision);
        return Results.Ok(await ReadAsync(reader, group, day));
    }
}
