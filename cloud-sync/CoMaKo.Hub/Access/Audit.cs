using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Access;

/// <summary>One thing that somebody did.</summary>
/// <param name="Actor">E.g. <c>key:7f3k9m2p</c>, <c>command line</c>.</param>
/// <param name="Action">E.g. <c>key.create</c>, <c>price.change</c>.</param>
/// <param name="Subject">What it was done to.</param>
internal sealed record AuditRow(long Seq, long AtUs, string Actor, string Action, string Subject, string Detail, byte[] Sha256);

/// <summary>
/// The record of who did what, written in the transaction that does it. Each row's hash covers the row before and its own words, so that a row that
/// was changed, removed or put between is seen; who keeps the last hash elsewhere also sees rows missing at the end.
/// </summary>
internal static class Audit
{
    /// <summary>The last row, as far as a transaction has come.</summary>
    private sealed record Tail(long Seq, byte[] Sha256);

    private static readonly byte[] Start = new byte[32];

    /// <summary>Other programs write the same JSON without our habits of escaping.</summary>
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Adds a row. It keeps others that write to the record waiting until the commit. What is worth a row is what the request was made for (<see cref="HubTransaction.NoteDone"/>).</summary>
    public static async ValueTask AppendAsync(HubTransaction tx, long nowUs, string actor, string action, string subject, string detail)
    {
        ArgumentNullException.ThrowIfNull(tx);
        var (seq, before) = tx.Memory is Tail tail ? tail : await TailAsync(tx);
        byte[] hash = HashOf(before, ++seq, nowUs, actor, action, subject, detail);
        tx.Keep(new Tail(seq, hash), WriteTailAsync);
        tx.Prepare("INSERT INTO web_audit (seq, at_us, actor, action, subject, detail, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .Bind(seq).Bind(nowUs).Bind(actor).Bind(action).Bind(subject).Bind(detail).Bind(hash).Later();
        tx.NoteDone();
    }

    /// <summary>The rows in order, and the first one at which the chain breaks; absent if it holds up to its end.</summary>
    public static async Task<(IReadOnlyList<AuditRow> Rows, long? BrokenAt)> ReadAsync(HubDatabase database)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = (await reader.QueryAsync<AuditRow>("SELECT seq AS Seq, at_us AS AtUs, actor AS Actor, action AS Action, subject AS Subject, detail AS Detail, sha256 AS Sha256 FROM web_audit ORDER BY seq")).AsList();
        long head = await reader.QuerySingleOrDefaultAsync<long>("SELECT seq FROM web_audit_head");
        byte[] before = Start;
        for (int i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (row.Seq != i + 1 || !HashOf(before, row.Seq, row.AtUs, row.Actor, row.Action, row.Subject, row.Detail).AsSpan().SequenceEqual(row.Sha256)) return (rows, i + 1);
            before = row.Sha256;
        }

        return (rows, head == rows.Count ? null : rows.Count + 1);
    }

    /// <summary>The end of the chain, locked until the commit.</summary>
    private static async ValueTask<Tail> TailAsync(HubTransaction tx) => (await tx.Prepare("""
        INSERT INTO web_audit_head (id, seq, sha256) VALUES (1, 0, $1) ON CONFLICT (id) DO UPDATE SET seq = web_audit_head.seq RETURNING seq, sha256
        """).Bind(Start).ListAsync(row => new Tail(row.Int64(0), row.Blob(1))))[0];

    /// <summary>Once for all rows of a transaction: a server keeps each state of a row until the commit and goes through all of them to find the last.</summary>
    private static async ValueTask WriteTailAsync(HubTransaction tx)
    {
        var tail = (Tail)tx.Memory!;
        await tx.Prepare("UPDATE web_audit_head SET seq = $1, sha256 = $2 WHERE id = 1").Bind(tail.Seq).Bind(tail.Sha256).RunAsync();
    }

    private static byte[] HashOf(byte[] before, long seq, long atUs, params string[] words) =>
        SHA256.HashData([.. before, .. JsonSerializer.SerializeToUtf8Bytes(new { seq, atUs, words }, Plain)]);
}
