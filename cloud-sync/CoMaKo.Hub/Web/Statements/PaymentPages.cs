using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Payments;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Operators;
using CoMaKo.Hub.Web.Pages;
using CoMaKo.Hub.Web.Parts;
using CoMaKo.Hub.Work;

namespace CoMaKo.Hub.Web.Statements;

/// <summary>The operator's page of payments: what is open and overdue, and two forms that note what became of it.</summary>
internal static class PaymentPages
{
    private const int MostRows = 100;
    private const string Address = "/pages/payments";

    public static void MapPaymentPages(this IEndpointRouteBuilder endpoints)
    {
        var pages = endpoints.MapGroup("").ExcludeFromDescription().ForOperators(Scopes.RunsWrite);
        pages.MapGet(Address, (PageWriter page, StatementReader statements, Caller caller, string? payment, string? balance_group, string? month, string? after, string? number, string? done) =>
            ShowAsync(page, statements, caller, new Choice(payment ?? (number is null ? "open" : null), balance_group, month, after, number), null, done));
        pages.MapPost(Address, NoteAsync).WithFreshSignIn();
        pages.MapPost(Address + "/file", FileAsync).WithFreshSignIn();
    }

    private sealed record Choice(string? Payment, string? Group, string? Month, string? After, string? Number);

    private static async Task<IResult> ShowAsync(PageWriter page, StatementReader statements, Caller caller, Choice choice, PageProblem? problem, string? done, IFormCollection? typed = null)
    {
        if (StatementEndpoints.ReadFilter(caller, null, choice.Group, choice.Month, choice.Payment == "all" ? null : choice.Payment) is not { } filter) return StatementEndpoints.WrongFilter();
        long? before = long.TryParse(choice.After, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : null;
        var rows = await statements.ListAsync(filter, before, MostRows + 1);
        await page.WriteAsync<PaymentsPage>(say => say["payments.title"], new()
        {
            ["Statements"] = rows.Take(MostRows).ToList(), ["Next"] = rows.Count > MostRows ? rows[MostRows - 1].StatementId : null, ["Filter"] = filter, ["Number"] = choice.Number ?? typed?.Text("number"),
            ["Typed"] = typed, ["Problem"] = problem, ["Done"] = done,
        }, refresh: null);
        return Results.Empty;
    }

    private static Task<IResult> NoteAsync(HttpContext context, PageWriter page, StatementReader statements, PaymentStore payments, WorkList work, TimeProvider clock, Caller caller) =>
        TakeAsync(context, page, statements, payments, work, caller, (form, findings) =>
        {
            var body = PageForms.Open(form.ToJson(["number", "state", "day", "due_on", "reason"], ["amount_eur"]), findings);
            IReadOnlyList<PaymentEntry> entries = PaymentEndpoints.Read(body, findings, PaymentEndpoints.Today(clock)) is { } entry ? [entry] : [];
            return Task.FromResult(entries);
        });

    private static Task<IResult> FileAsync(HttpContext context, PageWriter page, StatementReader statements, PaymentStore payments, WorkList work, Caller caller) =>
        TakeAsync(context, page, statements, payments, work, caller, async (form, findings) =>
        {
            if (form.Files["file"] is { Length: > 0 } file)
            {
                await using var body = file.OpenReadStream();
                return await PaymentEndpoints.ReadCsvAsync(body, QueryCollection.Empty, findings, context.RequestAborted);
            }

            findings.Add("file", "CMH-1622", "Choose a file with the columns number, date, amount.");
            return [];
        });

    private static async Task<IResult> TakeAsync(
        HttpContext context, PageWriter page, StatementReader statements, PaymentStore payments, WorkList work, Caller caller, Func<IFormCollection, FormFindings, Task<IReadOnlyList<PaymentEntry>>> read)
    {
        if (await PageForms.ReadAsync(context) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var findings = new FormFindings();
        var entries = await read(form, findings);
        if (!findings.Any) await payments.PutAsync(entries, caller, findings, isTrial: false);
        if (findings.Any)
        {
            context.Response.StatusCode = StatusCodes.Status422UnprocessableEntity;
            return await ShowAsync(page, statements, caller, new Choice("open", null, null, null, null), PageProblem.Of(findings), null, form);
        }

        work.Forget();
        return new SeeOther($"{Address}?done=payments");
    }
}
