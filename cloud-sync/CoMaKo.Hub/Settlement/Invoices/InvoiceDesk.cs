using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>An operator takes a document back and has it made anew with the addresses and tax numbers that are known now; its figures stay those of the month.</summary>
internal sealed class InvoiceDesk(HubDatabase database, StatementReader statements, PartyStore parties, TimeProvider clock)
{
    /// <returns>Number of the new document; absent if something is wrong, which the findings say. Codes: CMH-2407 it does not stand, 2408 unknown.</returns>
    public async Task<string?> ReplaceAsync(string number, string reason, Caller caller, FormFindings findings)
    {
        var known = await parties.AllAsync();
        string? made = null;
        await database.WriteAsync(async tx =>
        {
            findings.Clear();
            long now = clock.UnixMicroseconds();
            var numbers = await InvoiceNumbers.OpenAsync(tx, InvoiceWriter.DayOf(now));
            if (await FindAsync(tx, number) is not { } found) findings.Add("number", "CMH-2408", $"There is no document '{number}'.");
            else if (found.IsGone || found.Standing.Content.Kind == InvoiceKind.Cancellation) findings.Add("number", "CMH-2407", "Only a document that stands can be taken back: this one was, or is a cancellation itself.");
            else if (await statements.HeadAsync(found.Statement) is { } head) made = await ReplaceAsync(tx, numbers, head, found.Standing, known, reason, caller, findings, now);
        });
        return findings.Any ? null : made;
    }

    private static async ValueTask<string?> ReplaceAsync(
        HubTransaction tx, InvoiceNumbers numbers, StatementHead head, StandingInvoice standing, IReadOnlyDictionary<string, Party> known, string reason, Caller caller, FormFindings findings, long now)
    {
        var bill = new InvoiceBill(standing.Content.Kind, standing.Content.Lines, standing.Content.Taxes);
        var (cooperative, participant) = (known.GetValueOrDefault("") ?? new Party(""), InvoiceMaker.Named(known, head.Participant, head.Title));
        bool isInvoice = bill.Kind == InvoiceKind.Invoice;
        foreach (var gap in InvoiceGap.OfAddress(cooperative).Concat(InvoiceGap.OfAddress(participant)).Concat(InvoiceGap.OfTax(bill, isInvoice ? cooperative : participant, isInvoice ? participant : cooperative)))
            findings.Add(gap.Field, gap.Code, gap.Text);
        if (findings.Any) return null;
        tx.NoteDone();
        await InvoiceWriter.CancelAsync(tx, numbers, head, standing, reason, now);
        var fresh = InvoiceWriter.ContentOf(new InvoiceDraft(head, cooperative, participant, []), bill, now);
        string made = await InvoiceWriter.WriteAsync(tx, numbers, head, fresh, null, now);
        await Audit.AppendAsync(tx, now, caller.Name, "invoice.replace", standing.Content.Number, $"{made}. {reason}");
        return made;
    }

    private static async ValueTask<Found?> FindAsync(HubTransaction tx, string number) => await tx.Prepare("""
        SELECT i.invoice_id, i.content, s.number, c.invoice_id FROM mkt_invoice i JOIN mkt_statement s ON s.statement_id = i.statement_id LEFT JOIN mkt_invoice c ON c.cancels = i.invoice_id WHERE i.number = $1
        """).Bind(number).FirstAsync(row => new Found(new StandingInvoice(row.Int64(0), InvoiceContent.Parse(row.Blob(1))), row.Text(2), !row.IsNull(3)));

    private sealed record Found(StandingInvoice Standing, string Statement, bool IsGone);
}
