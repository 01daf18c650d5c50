using System.IO.Compression;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Settlement.Statements.Prints;

/// <summary>What is to be printed.</summary>
internal sealed record PrintForm(PrintSubject What, string? Language);

/// <summary>A print with its progress.</summary>
/// <param name="FinishedAt">Absent while it is at work; then its ZIP can be fetched for seven days from its begin.</param>
internal sealed record PrintDocument(string Id, string BalanceGroup, string Month, PrintSubject What, string Language, int Done, int Total, string CreatedAt, string? FinishedAt, string? Error)
{
    public static PrintDocument Of(PrintHead head) => new(
        head.PrintId.ToString(System.Globalization.CultureInfo.InvariantCulture), head.Group, head.Month.Text(), head.What, head.Language, head.Done, head.Total, RunDocument.Iso(head.CreatedUs),
        head.FinishedUs is { } at ? RunDocument.Iso(at) : null, head.Error);
}

internal sealed record PrintsDocument(IReadOnlyList<PrintDocument> Items);

/// <summary>Months printed in the background. Codes: CMH-2356 nothing to print, 2396 unknown, 2397 not finished, 2398 language.</summary>
internal static class PrintEndpoints
{
    private const int MostRows = 100;

    public static void MapPrintEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/balance_groups/{id}/months/{month}/prints", BeginAsync).WithName("begin_print").WithSummary("Lets all statements or invoices of a month be printed in the background; language de or en")
            .TakesJson<PrintForm>().Produces<PrintDocument>(202).ProducesProblem(404).ProducesProblem(422).ForOperators(Scopes.ReportsRead);
        endpoints.MapGet("/prints", async (PrintStore prints) => Results.Ok(new PrintsDocument([.. (await prints.ListAsync(MostRows)).Select(PrintDocument.Of)]))).WithName("prints").WithSummary("The newest prints with their progress")
            .Produces<PrintsDocument>().ForOperators(Scopes.ReportsRead);
        endpoints.MapGet("/prints/{id}", async (PrintStore prints, string id) => await prints.FindAsync(id) is { } head ? Results.Ok(PrintDocument.Of(head)) : Unknown(id)).WithName("print").WithSummary("One print with its progress")
            .Produces<PrintDocument>().ProducesProblem(404).ForOperators(Scopes.ReportsRead);
        endpoints.MapGet("/prints/{id}.zip", ZipAsync).WithName("print_zip").WithSummary("Its files in one ZIP, once all are made").Produces<byte[]>(200, "application/zip").ProducesProblem(404).ProducesProblem(409).ForOperators(Scopes.ReportsRead);
    }

    public static IResult Nothing(string group, string month) => Problems.Of(404, "CMH-2356", "Nothing to print", $"Balance group '{group}' has nothing of {month} to print: it is not closed yet, or invoicing is off.");

    private static IResult Unknown(string id) => Problems.Of(404, "CMH-2396", "Unknown print", $"There is no print '{id}', or no longer: they are kept for seven days. GET /prints lists them.");

    private static async Task<IResult> BeginAsync(HttpContext context, PrintStore prints, Caller caller, string id, string month)
    {
        if (RunMonth.Parse(month) is not { } which) return SettlementProblems.WrongMonth();
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        var what = form.Word<PrintSubject>("what") ?? PrintSubject.Statements;
        string language = form.Text("language") ?? "de";
        if (language is not ("de" or "en")) form.Add("language", "CMH-2398", "One of de, en is expected.");
        form.Close();
        if (findings.Any) return findings.ToProblem();
        return await prints.BeginAsync(id, which, what, language, caller) is { } print
            ? Results.Accepted(FormattableString.Invariant($"/prints/{print}"), PrintDocument.Of((await prints.FindAsync(print.ToString(System.Globalization.CultureInfo.InvariantCulture)))!))
            : Nothing(id, month);
    }

    private static async Task<IResult> ZipAsync(HttpContext context, PrintStore prints, string id)
    {
        if (await prints.FindAsync(id) is not { } head) return Unknown(id);
        if (head.FinishedUs is null) return Problems.Of(409, "CMH-2397", "Still at work", FormattableString.Invariant($"{head.Done} of {head.Total} files are made. GET /prints/{id} tells how far it is."));
        var files = await prints.FilesAsync(head.PrintId);
        // The archive's directory is written when it is closed, which the library does without waiting.
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpBodyControlFeature>() is { } body) body.AllowSynchronousIO = true;
        context.Response.Headers.CacheControl = "no-store";
        return Results.Stream(target => WriteAsync(target, prints, head, files, context.RequestAborted), "application/zip", $"{head.Group}-{head.Month.Text()}-{StatementText.WordOf(head.What)}.zip");
    }

    /// <summary>One file after another: not more than one of them lies in memory.</summary>
    private static async Task WriteAsync(Stream target, PrintStore prints, PrintHead head, IReadOnlyList<(long Place, string Number)> files, CancellationToken stop)
    {
        await using var zip = await ZipArchive.CreateAsync(target, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, stop);
        foreach (var (place, number) in files)
        {
            await using var entry = await zip.CreateEntry(number + ".pdf", CompressionLevel.NoCompression).OpenAsync(stop); // a PDF is compressed already
            await entry.WriteAsync(await prints.BytesAsync(head.PrintId, place), stop);
        }
    }
}
