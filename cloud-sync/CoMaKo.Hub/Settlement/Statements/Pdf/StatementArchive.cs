using System.IO.Compression;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Settlement.Statements.Pdf;

/// <summary>All statements of a group's month on paper as one ZIP, made and sent in batches: nothing lies in memory or on the disk but the batch at work.</summary>
internal static class StatementArchive
{
    public static void MapStatementArchive(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/balance_groups/{id}/months/{month}/statements.zip", GetAsync).WithName("statements_zip").WithSummary("All statements of a month as PDF files in one ZIP; language=de or en")
            .Produces<byte[]>(200, "application/zip").ProducesProblem(400).ProducesProblem(404).ProducesProblem(503).ForOperators(Scopes.ReportsRead);

    private static async Task<IResult> GetAsync(HttpContext context, StatementReader statements, StatementPrinter printer, string id, string month)
    {
        if (RunMonth.Parse(month) is not { } which) return SettlementProblems.WrongMonth();
        var batches = (await statements.ListAsync(new StatementFilter(Group: id, Month: which), null, int.MaxValue)).Reverse().Chunk(PdfMaker.MostPages).ToList();
        if (batches.Count == 0) return Problems.Of(404, "CMH-2356", "No statements", $"Balance group '{id}' has no statements of {month}: it is not closed yet, or was before statements were made.");
        string language = StatementEndpoints.IsGerman(context.Request) ? "de" : "en";
        var stop = context.RequestAborted;
        try
        {
            var first = await PrintAsync(statements, printer, batches[0], language, stop); // whatever is missing is told before anything is sent
            // The archive's directory is written when it is closed, which the library does without waiting.
            if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpBodyControlFeature>() is { } body) body.AllowSynchronousIO = true;
            return Results.Stream(target => WriteAsync(target, batches, first, batch => PrintAsync(statements, printer, batch, language, stop), stop), "application/zip", $"{id}-{month}.zip");
        }
        catch (PdfException failed)
        {
            return Problems.Of(503, failed.Code, "No PDF", failed.Text);
        }
    }

    private static async Task<IReadOnlyList<byte[]>> PrintAsync(StatementReader statements, StatementPrinter printer, StatementHead[] batch, string language, CancellationToken stop)
    {
        var whole = new List<Statement>();
        foreach (var head in batch) whole.Add(await statements.FindAsync(head.Number) ?? throw new PdfException("CMH-2392", $"The terms of {head.Number} are not stored."));
        return await printer.PrintAsync(whole, language, stop);
    }

    private static async Task WriteAsync(Stream target, List<StatementHead[]> batches, IReadOnlyList<byte[]> first, Func<StatementHead[], Task<IReadOnlyList<byte[]>>> print, CancellationToken stop)
    {
        await using var zip = await ZipArchive.CreateAsync(target, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, stop);
        for (int i = 0; i < batches.Count; i++)
        {
            var files = i == 0 ? first : await print(batches[i]);
            for (int j = 0; j < files.Count; j++)
            {
                await using var entry = await zip.CreateEntry(batches[i][j].Number + ".pdf", CompressionLevel.NoCompression).OpenAsync(stop); // a PDF is compressed already
                await entry.WriteAsync(files[j], stop);
            }
        }
    }
}
