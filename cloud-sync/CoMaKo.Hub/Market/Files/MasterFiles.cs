using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using Microsoft.AspNetCore.Mvc;

namespace CoMaKo.Hub.Market.Files;

/// <summary>Answer to a file.</summary>
internal sealed record ImportDocument(int Rows, int Created, int Unchanged, int Corrected);

/// <summary>All tables of master data that go out and come in as CSV, in the order in which they fill an empty hub.</summary>
internal sealed class MasterFiles(IEnumerable<MasterFile> files, HubDatabase database)
{
    public IReadOnlyList<MasterFile> All { get; } = [.. files];

    /// <summary>The table with this name; absent if there is none.</summary>
    public MasterFile? Find(string name) => All.FirstOrDefault(file => file.Name == name);

    /// <summary>The whole table as an answer.</summary>
    /// <param name="participant">Only this one's; absent: everybody's.</param>
    public async Task<IResult> AnswerAsync(string name, string? participant = null)
    {
        var file = Find(name)!;
        await using var reader = await database.OpenReaderAsync();
        return new CsvAnswer(file.Name, file.Columns, await file.RowsAsync(reader, participant));
    }
}

/// <summary><c>GET /name.csv</c> and <c>POST /name</c> with CSV for each table.</summary>
internal static class MasterFileEndpoints
{
    private const long MostBytes = 32 * 1024 * 1024;

    public static void MapMasterFiles(this IEndpointRouteBuilder endpoints)
    {
        foreach (var file in endpoints.ServiceProvider.GetRequiredService<MasterFiles>().All)
        {
            foreach (string path in file.HasList ? [$"/{file.Name}.csv"] : new[] { $"/{file.Name}.csv", $"/{file.Name}" })
            {
                endpoints.MapGet(path, (MasterFiles files) => files.AnswerAsync(file.Name)).WithName(path[1..].Replace('.', '_'))
                    .WithSummary($"{file.Summary}: all of them as CSV; Accept-Language or language=de chooses semicolon and decimal comma").Produces<string>(200, CsvAnswer.MediaType).ForOperators(Scopes.MarketRead);
            }

            endpoints.MapPost($"/{file.Name}", (HttpContext context, Caller caller) => PostAsync(context, file, caller)).WithName($"post_{file.Name}")
                .WithSummary($"{file.Summary} as CSV with the columns {string.Join(", ", file.Columns.Select(column => column.Name))}, all or nothing; dry_run=true, charset, separator, decimal")
                .Accepts<string>(CsvAnswer.MediaType, "*/*").Produces<ImportDocument>().ProducesProblem(413).ProducesProblem(415).ProducesProblem(422)
                .WithMetadata(new RequestSizeLimitAttribute(MostBytes)).ForOperators(Scopes.MarketWrite);
        }
    }

    private static async Task<IResult> PostAsync(HttpContext context, MasterFile file, Caller caller)
    {
        var request = context.Request;
        if (request.ContentType?.StartsWith(CsvAnswer.MediaType, StringComparison.OrdinalIgnoreCase) != true) return Problems.WrongMediaType(CsvAnswer.MediaType);
        var findings = new FormFindings();
        var form = CsvForm.Read(request.Query, findings);
        bool isDry = CsvForm.Flag(request.Query, "dry_run", findings);
        if (findings.Any) return findings.ToProblem();
        try
        {
            var outcome = await file.ImportAsync(request.Body, form, caller, isDry, context.RequestAborted);
            return outcome.Findings.Any ? outcome.Findings.ToProblem() : Results.Ok(new ImportDocument(outcome.Rows, outcome.Created, outcome.Unchanged, outcome.Corrected));
        }
        catch (BadHttpRequestException refused) when (refused.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Problems.TooLarge();
        }
    }
}
