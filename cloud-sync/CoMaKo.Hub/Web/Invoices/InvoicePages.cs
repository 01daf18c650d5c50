using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Invoices;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Operators;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Web.Invoices;

/// <summary>Pages of invoices: the list, one document, and the buttons that make and replace them.</summary>
internal static class InvoicePages
{
    private const int MostRows = 100;

    public static void MapInvoicePages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription();
        pages.MapGet("/pages/invoices", ListAsync).ForMembers(Scopes.ReportsRead);
        pages.MapGet("/pages/invoices.csv", CsvAsync).ForMembers(Scopes.ReportsRead);
        pages.MapPost("/pages/invoices", MakeAsync).ForOperators(Scopes.RunsWrite);
        pages.MapGet("/pages/invoices/{number}", GetAsync).ForOwners(Scopes.ReportsRead, Owned.Invoice, "number");
        pages.MapPost("/pages/invoices/{number}/cancellation", ReplaceAsync).ForOperators(Scopes.RunsWrite).WithFreshSignIn();
        pages.MapInvoicingPages();
    }

    private static async Task<IResult> ListAsync(
        PageWriter page, InvoiceReader invoices, InvoicingRules rules, Caller caller, string? participant, string? balance_group, string? month, string? kind, string? statement, string? after, string? done)
    {
        if (InvoiceEndpoints.ReadFilter(caller, participant, balance_group, month, kind, statement) is not { } filter) return InvoiceEndpoints.WrongFilter();
        bool isMember = caller.Role == Roles.Member;
        long? before = long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : null;
        var rows = await invoices.ListAsync(filter, before, MostRows + 1);
        await page.WriteAsync<InvoicesPage>(say => say["invoices.title"], new()
        {
            ["Invoices"] = rows.Take(MostRows).ToList(), ["Next"] = rows.Count > MostRows ? rows[MostRows - 1].InvoiceId : null, ["Filter"] = filter, ["IsMember"] = isMember, ["Done"] = done,
            ["Gaps"] = isMember ? [] : (await invoices.GapsAsync()).Select(each => each.Gap).ToList(), ["IsOn"] = !isMember && (await rules.AllAsync()).Any(rule => rule.From is not null),
        }, refresh: null);
        return Results.Empty;
    }

    /// <summary>All rows of the list, not only a page of them.</summary>
    private static async Task<IResult> CsvAsync(HttpContext context, InvoiceReader invoices, Caller caller, string? participant, string? balance_group, string? month, string? kind, string? statement)
    {
        if (InvoiceEndpoints.ReadFilter(caller, participant, balance_group, month, kind, statement) is not { } filter) return InvoiceEndpoints.WrongFilter();
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(InvoiceText.ToCsv(await invoices.ListAsync(filter, null, int.MaxValue), Settlement.Statements.StatementEndpoints.IsGerman(context.Request)), "text/csv; charset=utf-8", "invoices.csv");
    }

    private static async Task<IResult> MakeAsync(InvoiceMaker maker, WorkList work, Caller caller, CancellationToken stop)
    {
        var outcome = await maker.RunAsync(caller.Name, stop);
        work.Forget();
        return new SeeOther("/pages/invoices?done=" + (outcome.Documents > 0 ? "invoices" : "noinvoices"));
    }

    private static Task GetAsync(PageWriter page, InvoiceReader invoices, Caller caller, string number, string? done) => ShowAsync(page, invoices, caller, number, null, done);

    private static async Task ShowAsync(PageWriter page, InvoiceReader invoices, Caller caller, string number, PageProblem? problem, string? done)
    {
        if (await invoices.FindAsync(number) is var (head, content))
            await page.WriteAsync<InvoicePage>(say => InvoiceWords.Heading(say, content), new() { ["Head"] = head, ["Invoice"] = content, ["IsMember"] = caller.Role == Roles.Member, ["Problem"] = problem, ["Done"] = done }, refresh: null);
        else await page.WriteNotFoundAsync();
    }

    private static async Task<IResult> ReplaceAsync(HttpContext context, PageWriter page, InvoiceReader invoices, InvoiceDesk desk, Caller caller, string number)
    {
        if (await PageForms.ReadAsync(context) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var findings = new FormFindings();
        string? reason = InvoiceEndpoints.ReadReason(PageForms.Open(form.ToJson(["reason"], []), findings));
        if (!findings.Any && await desk.ReplaceAsync(number, reason!, caller, findings) is { } made) return new SeeOther($"/pages/invoices/{made}?done=replaced");
        context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
        await ShowAsync(page, invoices, caller, number, PageProblem.Of(findings), null);
        return Results.Empty;
    }
}
