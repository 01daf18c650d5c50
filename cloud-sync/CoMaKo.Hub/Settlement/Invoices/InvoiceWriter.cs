using System.Security.Cryptography;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>What a statement's documents are to state, with the parties as they are known now.</summary>
/// <param name="Bills">What the month comes to; a side without anything is left out.</param>
internal sealed record InvoiceDraft(StatementHead Head, Party Cooperative, Party Participant, IReadOnlyList<InvoiceBill> Bills);

/// <summary>A document that stands, inside a transaction.</summary>
internal sealed record StandingInvoice(long InvoiceId, InvoiceContent Content);

/// <summary>Writes documents with their numbers, in a transaction that others wait for.</summary>
internal static class InvoiceWriter
{
    /// <summary>
    /// Makes a statement's documents. A month that has one already, and now comes to something else, gets a cancellation and a new document; a side that did not
    /// change keeps its own.
    /// </summary>
    /// <returns>Documents made; absent if this statement's were made before, or an earlier one of the month has to come first.</returns>
    public static async ValueTask<int?> MakeAsync(HubTransaction tx, InvoiceNumbers numbers, InvoiceDraft draft, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(tx);
        ArgumentNullException.ThrowIfNull(draft);
        var head = draft.Head;
        if (!await IsNextAsync(tx, head)) return null;
        await tx.Prepare("INSERT INTO mkt_invoiced (statement_id, made_us) VALUES ($1, $2)").Bind(head.StatementId).Bind(nowUs).RunAsync();
        int made = 0;
        foreach (var kind in (InvoiceKind[])[InvoiceKind.Invoice, InvoiceKind.CreditNote])
        {
            var bill = draft.Bills.FirstOrDefault(each => each.Kind == kind);
            var standing = await StandingAsync(tx, head, kind);
            if (bill is not null && standing?.Content.States(bill) == true) continue;
            if (standing is not null) await CancelAsync(tx, numbers, head, standing, null, nowUs);
            if (bill is not null) await WriteAsync(tx, numbers, head, ContentOf(draft, bill, nowUs), null, nowUs);
            made += (standing is null ? 0 : 1) + (bill is null ? 0 : 1);
        }

        return made;
    }

    /// <summary>Takes a document back: the same figures below zero, under a number of its own.</summary>
    public static ValueTask<string> CancelAsync(HubTransaction tx, InvoiceNumbers numbers, StatementHead head, StandingInvoice standing, string? reason, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(standing);
        var old = standing.Content;
        var taken = new InvoiceBill(old.Kind, old.Lines, old.Taxes).Negated();
        return WriteAsync(tx, numbers, head, old with
        {
            Number = "", Kind = InvoiceKind.Cancellation, Cancels = old.Number, CancelsKind = old.Kind, IssuedOn = DayOf(nowUs), Statement = head.Number, Lines = taken.Lines, Taxes = taken.Taxes, Reason = reason,
        }, standing.InvoiceId, nowUs);
    }

    /// <summary>Writes a document under the next number of its series.</summary>
    /// <returns>That number.</returns>
    public static async ValueTask<string> WriteAsync(HubTransaction tx, InvoiceNumbers numbers, StatementHead head, InvoiceContent content, long? cancels, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(tx);
        ArgumentNullException.ThrowIfNull(numbers);
        var (series, place, number) = await numbers.NextAsync(content.Kind);
        byte[] json = (content with { Number = number }).ToJson();
        await tx.Prepare("""
            INSERT INTO mkt_invoice (number, series, place, kind, side, balance_group, month, participant, statement_id, cancels, cents, issued_us, content, sha256)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """).Bind(number).Bind(series).Bind(place).Bind((long)content.Kind).Bind((long)content.Subject).Bind(head.Group).Bind(head.Run.Month.Number()).Bind(head.Participant).Bind(head.StatementId)
            .Bind(cancels).Bind(content.GrossCents).Bind(nowUs).Bind(json).Bind(Convert.ToHexStringLower(SHA256.HashData(json))).RunAsync();
        return number;
    }

    /// <summary>A document as it would be, still without its number.</summary>
    public static InvoiceContent ContentOf(InvoiceDraft draft, InvoiceBill bill, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(draft);
        bool isCredit = bill.Kind == InvoiceKind.CreditNote;
        var month = draft.Head.Run.Month;
        return new InvoiceContent(
            InvoiceContent.Name, "", bill.Kind, null, null, DayOf(nowUs), draft.Head.Group, month.First(), month.End(), draft.Head.Number,
            isCredit ? draft.Participant : draft.Cooperative, isCredit ? draft.Cooperative : draft.Participant, bill.Lines, bill.Taxes, null);
    }

    /// <summary>The Berlin day of an instant.</summary>
    public static LocalDate DayOf(long nowUs) => MarketDay.Date(MarketDay.Containing(nowUs / 1_000_000));

    private static async ValueTask<bool> IsNextAsync(HubTransaction tx, StatementHead head) =>
        await tx.Prepare("SELECT statement_id FROM mkt_invoiced WHERE statement_id = $1").Bind(head.StatementId).NumberAsync() is null
        && await tx.Prepare("""
            SELECT s.statement_id FROM mkt_statement s JOIN mkt_run r ON r.run_id = s.run_id
            WHERE r.balance_group = $1 AND r.month = $2 AND s.participant = $3 AND r.sequence < $4 AND NOT EXISTS (SELECT 1 FROM mkt_invoiced d WHERE d.statement_id = s.statement_id) LIMIT 1
            """).Bind(head.Group).Bind(head.Run.Month.Number()).Bind(head.Participant).Bind(head.Run.Sequence).NumberAsync() is null;

    private static ValueTask<StandingInvoice?> StandingAsync(HubTransaction tx, StatementHead head, InvoiceKind kind) => tx.Prepare("""
        SELECT i.invoice_id, i.content FROM mkt_invoice i WHERE i.balance_group = $1 AND i.month = $2 AND i.participant = $3 AND i.side = $4 AND i.kind = $5
          AND NOT EXISTS (SELECT 1 FROM mkt_invoice c WHERE c.cancels = i.invoice_id)
        """).Bind(head.Group).Bind(head.Run.Month.Number()).Bind(head.Participant).Bind((long)kind).Bind((long)kind).FirstAsync(row => new StandingInvoice(row.Int64(0), InvoiceContent.Parse(row.Blob(1))));
}
