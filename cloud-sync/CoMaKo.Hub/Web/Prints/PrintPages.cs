using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements.Prints;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Operators;
using CoMaKo.Hub.Web.Pages;

namespace CoMaKo.Hub.Web.Prints;

/// <summary>Pages of what is printed in the background: the list, and one with its progress.</summary>
internal static class PrintPages
{
    private const string Address = "/pages/prints";
    private const int MostRows = 100;

    public static void MapPrintPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().ForOperators(Scopes.ReportsRead);
        pages.MapGet(Address, async (PageWriter page, PrintStore prints) => await page.WriteAsync<PrintsPage>(say => say["prints.title"], new() { ["Prints"] = await prints.ListAsync(MostRows) }));
        pages.MapGet(Address + "/{id}", ShowAsync);
        pages.MapPost(Address, BeginAsync);
    }

    /// <summary>Renews itself while it is at work; without script it is opened again.</summary>
    private static async Task ShowAsync(PageWriter page, PrintStore prints, string id)
    {
        if (await prints.FindAsync(id) is { } head) await page.WriteAsync<PrintPage>(say => say["prints.title"], new() { ["Print"] = head }, refresh: head switch { { FinishedUs: not null } => null, { Error: not null } => 30, _ => 2 });
        else await page.WriteNotFoundAsync();
    }

    private static async Task<IResult> BeginAsync(HttpContext context, PrintStore prints, Caller caller)
    {
        if (await PageForms.ReadAsync(context) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        if (RunMonth.Parse(form.Text("month")) is not { } month) return SettlementProblems.WrongMonth();
        var what = form.Text("what") == "invoices" ? PrintSubject.Invoices : PrintSubject.Statements;
        return await prints.BeginAsync(form.Text("balance_group") ?? "", month, what, form.Text("language") == "en" ? "en" : "de", caller) is { } id
            ? new SeeOther(FormattableString.Invariant($"{Address}/{id}"))
            : PrintEndpoints.Nothing(form.Text("balance_group") ?? "", month.Text());
    }
}
