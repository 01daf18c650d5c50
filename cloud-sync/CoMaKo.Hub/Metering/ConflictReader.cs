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
    public async Task<IReadOnlyList<ConflictInfo>> ListAsync(int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. await reader.QueryAsync<ConflictInfo>("""
            SELECT c.conflict_id AS ConflictId, r.name AS Register, c.kind AS Kind, c.at_us AS AtUs, c.total_wh AS TotalWh
            FROM met_conflict c JOIN met_register r ON r.register_id = c.register_id ORDER BY c.conflict_id DESC LIMIT @limit
            """, new { limit })];
    }
}
