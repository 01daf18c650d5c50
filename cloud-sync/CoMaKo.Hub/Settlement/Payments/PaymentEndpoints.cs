using System.Globalization;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Hub.Web.Api.Csv;
using CoMaKo.Hub.Work;
using CoMaKo.Settlement.Curves;
using NodaTime;
using NodaTime.Text;

namespace CoMaKo.Hub.Settlement.Payments;

/// <summary>One thing that was noted about a statement's payment. The amount is above zero whichever way the money went.</summary>
internal sealed record PaymentDocument(string Number, int Seq, PaymentState State, string Day, Eur? AmountEur, string? DueOn, string Author, string? Reason, string At)
{
    public static PaymentDocument Of(PaymentRow row) => new(
        row.Number, row.Seq, row.State, Text(row.Day), row.Cents == 0 ? null : new Eur(Math.Abs(row.Cents)), row.DueOn is { } due ? Text(due) : null, row.Author, row.Reason, RunDocument.Iso(row.CreatedUs));

    private static string Text(LocalDate day) => LocalDatePattern.Iso.Format(day);
}

internal sealed record PaymentsDocument(IReadOnlyList<PaymentDocument> Items);

/// <summary>What a person notes.</summary>
internal sealed record PaymentForm(string Number, PaymentState? State, string? Day, decimal? AmountEur, string? DueOn, string Reason);

internal sealed record PaymentOutcome(int Created);

/// <summary>Payment states over REST. Codes: CMH-2381 state, 2382 sum, 2383 day, 2384 reason, 2385 the same payment again in a file.</summary>
internal static class PaymentEndpoints
{
    private const int MostRows = 20_000;
    private const long MostCents = 100_000_000_00;

    public static void MapPaymentEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/statements/{number}/payments", ListAsync).WithName("payments").WithSummary("What was noted about a statement's payment, oldest first")
            .Produces<PaymentsDocument>().ProducesProblem(404).ForOwners(Scopes.ReportsRead, Owned.Statement, "number");
        endpoints.MapPost("/payments", PostAsync).WithName("post_payments")
            .WithSummary("Notes one payment state as JSON with a reason, or payments as CSV (number; date; amount), all or none; dry_run=true checks only")
            .TakesJson<PaymentForm>().Produces<PaymentOutcome>().ProducesProblem(415).ProducesProblem(422).ForOperators(Scopes.RunsWrite).WithFreshSignIn();
    }

    private static async Task<IResult> ListAsync(StatementReader statements, PaymentStore payments, string number) =>
        await statements.HeadAsync(number) is null ? StatementEndpoints.Unknown(number) : Results.Ok(new PaymentsDocument([.. (await payments.OfAsync(number)).Select(PaymentDocument.Of)]));

    private static async Task<IResult> PostAsync(HttpContext context, PaymentStore payments, WorkList work, TimeProvider clock, Caller caller, bool? dry_run)
    {
        var findings = new FormFindings();
        IReadOnlyList<PaymentEntry> entries;
        if (context.Request.ContentType?.StartsWith("text/csv", StringComparison.OrdinalIgnoreCase) == true)
            entries = await ReadCsvAsync(context.Request.Body, context.Request.Query, findings, context.RequestAborted);
        else
        {
            var (body, problem) = await JsonBody.ReadAsync(context.Request);
            if (body is not { } root) return problem!;
            entries = JsonForm.Open(root, findings) is { } form && Read(form, findings, Today(clock)) is { } entry ? [entry] : [];
        }

        if (findings.Any) return findings.ToProblem();
        int stored = await payments.PutAsync(entries, caller, findings, dry_run == true);
        if (findings.Any) return findings.ToProblem();
        work.Forget();
        return Results.Ok(new PaymentOutcome(stored));
    }

    /// <summary>Reads what a person notes.</summary>
    /// <returns>Absent if something is wrong; the findings say what.</returns>
    public static PaymentEntry? Read(JsonForm form, FormFindings findings, LocalDate today)
    {
        string number = form.Text("number", isRequired: true) ?? "";
        var state = form.Word<PaymentState>("state");
        var (day, due) = (form.Day("day"), form.Day("due_on"));
        long? cents = form.Number("amount_eur", 2, 1, MostCents);
        string? reason = form.Text("reason", isRequired: true, most: 1000);
        if (reason is { Length: < 3 }) form.Add("reason", "CMH-2384", "Say in reason why, in 3 to 1000 characters.");
        if (!form.Has("state") && !form.Has("amount_eur")) form.Add("state", "CMH-2381", "Name a state, or a sum that was paid.");
        form.Close();
        return findings.Any ? null : new PaymentEntry(null, number, state, day is { } named ? MarketDay.Date(named) : today, cents, due is { } until ? MarketDay.Date(until) : null, reason);
    }

    /// <summary>Reads <c>number;date;amount</c>.</summary>
    public static async Task<IReadOnlyList<PaymentEntry>> ReadCsvAsync(Stream body, IQueryCollection query, FormFindings findings, CancellationToken stop)
    {
        var entries = new List<PaymentEntry>();
        var form = CsvForm.Read(query, findings);
        if (findings.Any || await CsvFile.OpenAsync(body, form, ["number", "date", "amount"], [], findings, stop) is not { } file) return entries;
        while (await file.ReadAsync(stop))
        {
            string number = file.Cell("number").ToString();
            long? cents = file.Number("amount", 2, 1, MostCents);
            var day = DayOf(file.Cell("date").ToString());
            if (day is null) file.Add("date", "CMH-2383", "A day is written 2026-10-31 or 31.10.2026.");
            if (cents is { } sum && day is { } at) entries.Add(new PaymentEntry(file.Line + 1, number, null, at, sum, null, null));
            if (entries.Count <= MostRows) continue;
            file.Add("", "CMH-1626", FormattableString.Invariant($"A file has at most {MostRows} rows."));
            break;
        }

        return entries;
    }

    public static LocalDate Today(TimeProvider clock) => MarketDay.Date(MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000));

    private static LocalDate? DayOf(string text)
    {
        if (LocalDatePattern.Iso.Parse(text) is { Success: true, Value: { Year: >= 2000 and < 2200 } iso }) return iso;
        return LocalDatePattern.Create("dd.MM.uuuu", CultureInfo.InvariantCulture).Parse(text) is { Success: true, Value: { Year: >= 2000 and < 2200 } german } ? german : null;
    }
}
