using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Settlement.Statements.Pdf;
using CoMaKo.Hub.Web.Api;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>What is missing and where it is entered.</summary>
internal sealed record InvoiceGapDocument(string? Participant, string Code, string Field, string Text)
{
    public static InvoiceGapDocument Of(InvoiceGap gap) => new(gap.Participant.Length == 0 ? null : gap.Participant, gap.Code, gap.Field, gap.Text);
}

/// <summary>What a look at the waiting statements came to.</summary>
internal sealed record InvoiceOutcomeDocument(int Statements, int Documents, IReadOnlyList<InvoiceGapDocument> Gaps);

internal sealed record InvoiceReplacement(string Reason);

internal sealed record InvoiceReplaced(string Number);

/// <summary>Invoices, credit notes and cancellations over REST. Codes: CMH-2408 unknown, 2409 filter.</summary>
internal static class InvoiceEndpoints
{
    public static void MapInvoiceEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/invoices", ListAsync).WithName("invoices").WithSummary("Invoices, credit notes and cancellations, newest first; filtered by participant, balance_group, month, kind, statement. Members see their own")
            .Produces<Page<InvoiceHeadDocument>>().ProducesProblem(400).ForMembers(Scopes.ReportsRead);
        endpoints.MapPost("/invoices", MakeAsync).WithName("make_invoices").WithSummary("Makes the documents of all statements that wait for theirs, and tells what is missing. The hub does so by itself; a repeat does no harm")
            .Produces<InvoiceOutcomeDocument>().ForOperators(Scopes.RunsWrite);
        endpoints.MapGet("/invoices/{number}", GetAsync).WithName("invoice").WithSummary("One document").Produces<InvoiceDocument>().ProducesProblem(404).ForOwners(Scopes.ReportsRead, Owned.Invoice, "number");
        endpoints.MapGet("/invoices/{number}.pdf", PdfAsync).WithName("invoice_pdf").WithSummary("The same on paper; language=de or en")
            .Produces<byte[]>(200, "application/pdf").ProducesProblem(404).ProducesProblem(503).ForOwners(Scopes.ReportsRead, Owned.Invoice, "number");
        endpoints.MapPost("/invoices/{number}/cancellation", ReplaceAsync).WithName("replace_invoice").WithSummary("Takes a document back and makes it anew with today's addresses and tax numbers; needs a reason")
            .TakesJson<InvoiceReplacement>().Produces<InvoiceReplaced>().ProducesProblem(422).ForOperators(Scopes.RunsWrite).WithFreshSignIn();
    }

    /// <summary>Reads what narrows a list; a member's is always narrowed to its own.</summary>
    /// <returns>Absent if a word cannot be read.</returns>
    public static InvoiceFilter? ReadFilter(Caller caller, string? participant, string? group, string? month, string? kind, string? statement)
    {
        ArgumentNullException.ThrowIfNull(caller);
        YearMonth? which = RunMonth.Parse(Given(month));
        InvoiceKind? named = Enum.GetValues<InvoiceKind>().Where(each => StatementText.WordOf(each) == kind).Select(each => (InvoiceKind?)each).FirstOrDefault();
        if ((Given(month) is not null && which is null) || (Given(kind) is not null && named is null)) return null;
        return new InvoiceFilter(caller.Role == Roles.Member ? caller.Participant ?? "" : Given(participant), Given(group), which, named, Given(statement));

        static string? Given(string? word) => string.IsNullOrEmpty(word) ? null : word; // an empty field of a form narrows nothing
    }

    public static IResult WrongFilter() => Problems.Of(400, "CMH-2409", "Unreadable filter", "month is a month such as 2026-10, kind one of invoice, credit_note, cancellation.");

    private static async Task<IResult> ListAsync(InvoiceReader invoices, Caller caller, string? participant, string? balance_group, string? month, string? kind, string? statement, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        if (ReadFilter(caller, participant, balance_group, month, kind, statement) is not { } filter) return WrongFilter();
        long? before = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : null;
        return Results.Ok(Paging.Of(await invoices.ListAsync(filter, before, count + 1), count, head => head.InvoiceId.ToString(CultureInfo.InvariantCulture), InvoiceHeadDocument.Of));
    }

    private static async Task<IResult> MakeAsync(InvoiceMaker maker, Work.WorkList work, Caller caller, CancellationToken stop)
    {
        var outcome = await maker.RunAsync(caller.Name, stop);
        work.Forget();
        return Results.Ok(new InvoiceOutcomeDocument(outcome.Statements, outcome.Documents, [.. outcome.Gaps.Select(InvoiceGapDocument.Of)]));
    }

    private static async Task<IResult> GetAsync(HttpContext context, InvoiceReader invoices, string number)
    {
        if (await invoices.FindAsync(number) is not var (head, content)) return Unknown(number);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Ok(InvoiceDocument.Of(head, content));
    }

    private static async Task<IResult> PdfAsync(HttpContext context, InvoiceReader invoices, InvoicePrinter printer, string number)
    {
        if (await invoices.FindAsync(number) is not var (_, content)) return Unknown(number);
        try
        {
            byte[] file = (await printer.PrintAsync([content], StatementEndpoints.IsGerman(context.Request) ? "de" : "en", context.RequestAborted))[0];
            context.Response.Headers.CacheControl = "no-store";
            return Results.Bytes(file, "application/pdf", $"{number}.pdf");
        }
        catch (PdfException failed)
        {
            return Problems.Of(503, failed.Code, "No PDF", failed.Text);
        }
    }

    private static async Task<IResult> ReplaceAsync(HttpContext context, InvoiceDesk desk, Caller caller, string number)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        string? reason = JsonForm.Open(root, findings) is { } form ? ReadReason(form) : null;
        if (findings.Any) return findings.ToProblem();
        return await desk.ReplaceAsync(number, reason!, caller, findings) is { } made ? Results.Ok(new InvoiceReplaced(made)) : findings.ToProblem();
    }

    /// <summary>Why a document is taken back. Code: CMH-2384.</summary>
    public static string? ReadReason(JsonForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        string? reason = form.Text("reason", isRequired: true, most: 1000);
        if (reason is { Length: < 3 }) form.Add("reason", "CMH-2384", "Say in reason why, in 3 to 1000 characters.");
        form.Close();
        return reason;
    }

    private static IResult Unknown(string number) => Problems.Of(404, "CMH-2408", "Unknown document", $"There is no document '{number}'. GET /invoices lists them.");
}
