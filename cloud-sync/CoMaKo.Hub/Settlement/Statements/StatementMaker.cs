using System.Globalization;
using CoMaKo.Hub.Settlement.Runs;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Settlement.Statements;

/// <summary>Makes a published run's statements, in the transaction that publishes it: there is no published run without them.</summary>
internal static class StatementMaker
{
    /// <summary>One for each participant of a final run; of a delta for each whom it concerns.</summary>
    public static async ValueTask MakeAsync(HubTransaction tx, long runId, string group, RunName run, long nowUs)
    {
        ArgumentNullException.ThrowIfNull(tx);
        string everybody = run.Sequence == RunName.Final ? "SELECT person, 0 AS cents FROM mkt_run_point WHERE run_id = $1 UNION ALL " : "";
        var shares = await tx.Prepare($"""
            SELECT s.person, CAST(sum(s.cents) AS bigint), max(a.title)
            FROM ({everybody}SELECT person, cents FROM mkt_line WHERE run_id = $1) s LEFT JOIN mkt_participant a ON a.name = s.person
            WHERE s.person IS NOT NULL GROUP BY s.person ORDER BY s.person
            """).Bind(runId).ListAsync(row => (Person: row.Text(0), Cents: row.Int64(1), Title: row.IsNull(2) ? null : row.Text(2)));
        if (shares.Count == 0) return;
        var rows = new RowSet("mkt_statement")
            .Add("number", [.. shares.Select((_, i) => NumberOf(group, run, i + 1))]).Add("participant", [.. shares.Select(each => each.Person)])
            .Add("title", [.. shares.Select(each => each.Title)]).Add("cents", [.. shares.Select(each => each.Cents)]).Add("run_id", runId).Add("made_us", nowUs);
        int made = await tx.InsertNewAsync(rows);
        tx.Signal(Invoices.InvoiceMaker.Topic);
        if (made != shares.Count) throw new InvalidOperationException($"CMH-2351. {made} of {shares.Count} statements of {group} {run} were made.");
    }

    /// <summary>E.g. <c>2026-10.1-BK123456-0007</c>: what it is about can be read from it, and there is no second one.</summary>
    public static string NumberOf(string group, RunName run, int place) => string.Create(CultureInfo.InvariantCulture, $"{run}-{group}-{place:0000}");
}
