using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Runs;
using Dapper;

namespace CoMaKo.Hub.Settlement.Invoices;

/// <summary>What a look at the waiting statements came to.</summary>
internal sealed record InvoiceOutcome(int Statements, int Documents, IReadOnlyList<InvoiceGap> Gaps);

/// <summary>
/// Makes invoices and credit notes of statements where invoicing is on. Several processes may do so at once: a statement's documents and their numbers are written
/// in one transaction, and each statement has one.
/// </summary>
internal sealed class InvoiceMaker(HubDatabase database, StatementReader statements, PartyStore parties, TimeProvider clock)
{
    /// <summary>Signals that there may be something to do.</summary>
    public const string Topic = "invoices";

    /// <summary>Documents of so many statements are one transaction: others wait for its numbers.</summary>
    private const int AtOnce = 50;

    private const string Gaps = "SELECT participant, code, field FROM mkt_invoice_gap";

    /// <summary>Makes everything that is due.</summary>
    public async Task<InvoiceOutcome> RunAsync(string actor, CancellationToken stop)
    {
        var known = await parties.AllAsync();
        var cooperative = known.GetValueOrDefault("") ?? new Party("");
        bool isTaxKnown = await IsTaxKnownAsync();
        var gaps = new HashSet<InvoiceGap>();
        int done = 0, made = 0;
        long after = 0;
        while (await PendingAsync(after) is { Count: > 0 } pending)
        {
            stop.ThrowIfCancellationRequested();
            after = pending[^1].StatementId;
            var drafts = new List<InvoiceDraft>();
            foreach (var (_, number, participant, title) in pending)
                if (await DraftAsync(number, cooperative, isTaxKnown, Named(known, participant, title), gaps) is { } draft) drafts.Add(draft);
            if (drafts.Count == 0) continue;
            var (statementsDone, documents) = await WriteAsync(drafts, actor);
            (done, made) = (done + statementsDone, made + documents);
        }

        await NoteAsync(gaps);
        return new InvoiceOutcome(done, made, [.. gaps.OrderBy(gap => gap.Participant, StringComparer.Ordinal).ThenBy(gap => gap.Code, StringComparer.Ordinal)]);
    }

    /// <summary>A participant as a document names it: by the billing name, else by the one that the statement has.</summary>
    public static Party Named(IReadOnlyDictionary<string, Party> known, string participant, string? title)
    {
        var party = known.GetValueOrDefault(participant) ?? new Party(participant);
        return party.Name is null ? party with { Name = title } : party;
    }

    /// <summary>What a statement's documents are to state; absent, with its gaps, if something is not known.</summary>
    private async Task<InvoiceDraft?> DraftAsync(string number, Party cooperative, bool isTaxKnown, Party participant, HashSet<InvoiceGap> gaps)
    {
        List<InvoiceGap> found = [.. InvoiceGap.OfAddress(cooperative), .. InvoiceGap.OfProfile(isTaxKnown), .. InvoiceGap.OfAddress(participant)];
        if (found.Count == 0 && await statements.FindAsync(number) is { } statement)
        {
            try
            {
                var month = DeltaRun.Sum((await statements.LinesBeforeAsync(statement.Head)).Concat(statement.Lines));
                List<InvoiceBill> bills = [.. ((InvoiceKind[])[InvoiceKind.Invoice, InvoiceKind.CreditNote]).Select(kind => InvoiceBill.Of(kind, month, statement.Taxes)).OfType<InvoiceBill>()];
                foreach (var bill in bills)
                    found.AddRange(bill.Kind == InvoiceKind.Invoice ? InvoiceGap.OfTax(bill, cooperative, participant) : InvoiceGap.OfTax(bill, participant, cooperative));
                if (found.Count == 0) return new InvoiceDraft(statement.Head, cooperative, participant, bills);
            }
            catch (ArgumentException)
            {
                found.Add(new InvoiceGap(participant.Id, "CMH-2406", number));
            }
        }

        gaps.UnionWith(found);
        return null;
    }

    private Task<(int Statements, int Documents)> WriteAsync(IReadOnlyList<InvoiceDraft> drafts, string actor) => database.WriteAsync(async tx =>
    {
        long now = clock.UnixMicroseconds();
        var numbers = await InvoiceNumbers.OpenAsync(tx, InvoiceWriter.DayOf(now));
        int done = 0, made = 0;
        foreach (var draft in drafts)
        {
            if (await InvoiceWriter.MakeAsync(tx, numbers, draft, now) is not { } documents) continue;
            done++;
            made += documents;
        }

        if (made > 0) await Audit.AppendAsync(tx, now, actor, "invoices.make", drafts[0].Head.Number, FormattableString.Invariant($"{made} documents of {done} statements up to {drafts[^1].Head.Number}"));
        return (done, made);
    });

    private async Task<bool> IsTaxKnownAsync()
    {
        await using var reader = await database.OpenReaderAsync();
        return (await TaxStore.OfCooperativeAsync(reader)).Count > 0;
    }

    private async Task<IReadOnlyList<(long StatementId, string Number, string Participant, string? Title)>> PendingAsync(long after)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. await reader.QueryAsync<(long, string, string, string?)>("""
            SELECT s.statement_id, s.number, s.participant, s.title FROM mkt_statement s JOIN mkt_run r ON r.run_id = s.run_id
              LEFT JOIN mkt_invoicing g ON g.balance_group = r.balance_group LEFT JOIN mkt_invoicing c ON c.balance_group = ''
            WHERE s.statement_id > @after AND r.month >= CASE WHEN g.balance_group IS NULL THEN c.from_month ELSE g.from_month END
              AND NOT EXISTS (SELECT 1 FROM mkt_invoiced d WHERE d.statement_id = s.statement_id)
            ORDER BY s.statement_id LIMIT @limit
            """, new { after, limit = AtOnce })];
    }

    /// <summary>Keeps what is missing for the list and the page; since when it is missing stays.</summary>
    private async Task NoteAsync(HashSet<InvoiceGap> gaps)
    {
        await using (var reader = await database.OpenReaderAsync())
            if (gaps.SetEquals((await reader.QueryAsync<(string, string, string)>(Gaps)).Select(row => new InvoiceGap(row.Item1, row.Item2, row.Item3)))) return;
        await database.WriteAsync(async tx =>
        {
            var there = await tx.Prepare(Gaps).ListAsync(row => new InvoiceGap(row.Text(0), row.Text(1), row.Text(2)));
            foreach (var gone in there.Except(gaps)) await tx.Prepare("DELETE FROM mkt_invoice_gap WHERE participant = $1 AND code = $2 AND field = $3").Bind(gone.Participant).Bind(gone.Code).Bind(gone.Field).RunAsync();
            foreach (var fresh in gaps.Except(there).OrderBy(gap => gap.Participant, StringComparer.Ordinal).ThenBy(gap => gap.Field, StringComparer.Ordinal))
                await tx.Prepare("INSERT INTO mkt_invoice_gap (participant, code, field, since_us) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
                    .Bind(fresh.Participant).Bind(fresh.Code).Bind(fresh.Field).Bind(clock.UnixMicroseconds()).RunAsync();
        });
    }
}
