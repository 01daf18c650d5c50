using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>A total or a border that lost against an earlier one, until the operator decides.</summary>
/// <param name="Kind">total, after_end, begin or end.</param>
/// <param name="TotalWh">The one that lost.</param>
public sealed record ConflictInfo(long ConflictId, string Register, string Kind, long AtUs, long TotalWh);

/// <summary>Reads conflicts.</summary>
internal sealed class ConflictReader(HubDatabase database)
{
    /// <summary>Newest first.</summary>
    /// <param name="withDecided">Also those that somebody has dealt with.</param>
    public async Task<IReadOnlyList<ConflictInfo>> ListAsync(int limit, bool withDecided = true)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. await reader.QueryAsync<ConflictInfo>($"""
            SELECT c.conflict_id AS ConflictId, r.name AS Register, c.kind AS Kind, c.at_us AS AtUs, c.total_wh AS TotalWh
            FROM met_conflict c JOIN met_register r ON r.register_id = c.register_id {(withDecided ? "" : "WHERE c.decided_us IS NULL")} ORDER BY c.conflict_id DESC LIMIT @limit
            """, new { limit })];
    }

    /// <summary>Notes that somebody has dealt with the conflicts up to one; the first total goes on to hold.</summary>
    public Task<int> DecideAsync(long upTo, string reason, Caller caller, long nowUs) => database.WriteAsync(async tx =>
    {
        int decided = await tx.Prepare("UPDATE met_conflict SET decided_us = $1 WHERE conflict_id <= $2 AND decided_us IS NULL").Bind(nowUs).Bind(upTo).RunAsync();
        if (decided > 0) await Audit.AppendAsync(tx, nowUs, caller.Name, "conflict.decide", FormattableString.Invariant($"conflicts up to {upTo}"), reason);
        return decided;
    });
}
