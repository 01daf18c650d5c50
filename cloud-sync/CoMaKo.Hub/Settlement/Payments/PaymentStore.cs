using CoMaKo.Hub.Access;
using CoMaKo.Hub.Settlement.Statements;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using CoMaKo.Settlement.Curves;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Settlement.Payments;

/// <summary>One thing that was noted about a statement's payment.</summary>
/// <param name="Cents">Signed as the statement's amount is.</param>
public sealed record PaymentRow(string Number, int Seq, PaymentState State, LocalDate Day, long Cents, LocalDate? DueOn, string Author, string? Reason, long CreatedUs);

/// <summary>Notes what became of statements' amounts: insert-only, with author and audit. The hub moves no money.</summary>
internal sealed class PaymentStore(HubDatabase database, TimeProvider clock)
{
    /// <summary>Stores all or none.</summary>
    /// <param name="isTrial">Checks only.</param>
    /// <returns>How many were stored; nothing if there are findings.</returns>
    public Task<int> PutAsync(IReadOnlyList<PaymentEntry> entries, Caller caller, FormFindings findings, bool isTrial) => database.WriteAsync(async tx =>
    {
        findings.Clear();
        long now = clock.UnixMicroseconds();
        var steps = new List<(PaymentEntry Entry, long StatementId, long Seq, PaymentStep Step)>();
        var known = new Dictionary<string, Standing>(StringComparer.Ordinal);
        foreach (var entry in entries.OrderBy(each => each.Number, StringComparer.Ordinal).ThenBy(each => each.Row)) // in one order everywhere: two files wait for each other, never both
        {
            if (!known.TryGetValue(entry.Number, out var standing) && await ReadAsync(tx, entry.Number) is { } read) known.Add(entry.Number, standing = read);
            if (standing is null)
            {
                findings.Add(entry.Row, "number", "CMH-2352", $"There is no statement '{entry.Number}'.");
                continue;
            }

            // A bank's file that comes again, or overlaps the one before, must not pay twice.
            if (entry is { Row: not null, Cents: { } cents } && standing.Noted.Contains((entry.Day, cents)))
            {
                findings.Add(entry.Row, "amount", "CMH-2385", "This sum of this day is noted already. If it was paid a second time, note that by hand with a reason.");
                continue;
            }

            var (step, code, text) = PaymentRules.Next(standing.State, standing.Cents, standing.Paid, standing.DueOn, entry);
            if (step is null) findings.Add(entry.Row, code == "CMH-2382" ? "amount" : "state", code!, text!);
            else
            {
                if (step.State == PaymentState.Open) standing.Noted.Clear(); // what was paid was a mistake
                else if (step.Cents != 0) standing.Noted.Add((entry.Day, Math.Abs(step.Cents)));
                known[entry.Number] = standing = standing with { State = step.State, Paid = standing.Paid + step.Cents, DueOn = step.DueOn, Seq = standing.Seq + 1 };
                steps.Add((entry, standing.StatementId, standing.Seq, step));
            }
        }

        if (findings.Any || isTrial) return findings.Any ? 0 : steps.Count;
        foreach (var (entry, statementId, seq, step) in steps)
        {
            tx.Prepare("INSERT INTO mkt_payment (statement_id, seq, state, day, cents, due_day, author, reason, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
                .Bind(statementId).Bind(seq).Bind((long)step.State).Bind(MarketDay.Number(entry.Day)).Bind(step.Cents).Bind(step.DueOn is { } due ? MarketDay.Number(due) : (long?)null)
                .Bind(caller.Name).Bind(entry.Reason).Bind(now).Later();
            await Audit.AppendAsync(tx, now, caller.Name, "payment." + StatementText.WordOf(step.State), entry.Number, FormattableString.Invariant($"{step.Cents} ct on {entry.Day:uuuu-MM-dd}. {entry.Reason}"));
        }

        return steps.Count;
    });

    /// <summary>All that was noted about a statement, oldest first.</summary>
    public async Task<IReadOnlyList<PaymentRow>> OfAsync(string number)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<(long Seq, long State, long Day, long Cents, long? Due, string Author, string? Reason, long Created)>("""
            SELECT p.seq, p.state, p.day, p.cents, p.due_day, p.author, p.reason, p.created_us FROM mkt_payment p JOIN mkt_statement s ON s.statement_id = p.statement_id WHERE s.number = @number ORDER BY p.seq
            """, new { number });
        return [.. rows.Select(row => new PaymentRow(number, (int)row.Seq, (PaymentState)row.State, MarketDay.Date((int)row.Day), row.Cents, row.Due is { } due ? MarketDay.Date((int)due) : null, row.Author, row.Reason, row.Created))];
    }

    private static async ValueTask<Standing?> ReadAsync(HubTransaction tx, string number)
    {
        string isLocked = tx.Engine == HubEngine.Postgres ? "FOR UPDATE OF s" : "";
        if (await tx.Prepare($"SELECT s.statement_id, s.cents FROM mkt_statement s WHERE s.number = $1 {isLocked}").Bind(number).ListAsync(row => (Id: row.Int64(0), Cents: row.Int64(1))) is not [var (id, cents)]) return null;
        var rows = await tx.Prepare("SELECT seq, state, cents, due_day, day FROM mkt_payment WHERE statement_id = $1 ORDER BY seq").Bind(id)
            .ListAsync(row => (Seq: row.Int64(0), State: (PaymentState)row.Int64(1), Cents: row.Int64(2), Due: row.IsNull(3) ? (long?)null : row.Int64(3), Day: (int)row.Int64(4)));
        int opened = rows.FindLastIndex(row => row.State == PaymentState.Open);
        var state = rows.Count > 0 ? rows[^1].State : cents == 0 ? PaymentState.Paid : PaymentState.Open;
        return new Standing(id, cents, state, rows.Sum(row => row.Cents), rows.Count > 0 && rows[^1].Due is { } due ? MarketDay.Date((int)due) : null, rows.Count > 0 ? rows[^1].Seq : 0,
            [.. rows.Skip(opened + 1).Where(row => row.Cents != 0).Select(row => (MarketDay.Date(row.Day), Math.Abs(row.Cents)))]);
    }

    /// <param name="Noted">The sums that were paid and on which day, since it was opened the last time.</param>
    private sealed record Standing(long StatementId, long Cents, PaymentState State, long Paid, LocalDate? DueOn, long Seq, HashSet<(LocalDate Day, long Cents)> Noted);
}
