using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>A metering point is its participant's own.</summary>
internal sealed class PointOwnership(HubDatabase database) : IOwnership
{
    public Owned Subject => Owned.MeteringPoint;

    public async ValueTask<bool> OwnsAsync(string participant, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.ExecuteScalarAsync<long>(
            "SELECT count(*) FROM mkt_point p JOIN mkt_participant a ON a.participant_id = p.participant_id WHERE p.name = @id AND a.name = @participant", new { id, participant }) > 0;
    }
}

/// <summary>The metering points of a participant, for contexts that keep things by point.</summary>
internal sealed class MemberPoints(HubDatabase database)
{
    /// <summary>Numbers of those where a participant uses energy, inside a transaction.</summary>
    public static ValueTask<List<long>> ConsumingAsync(HubTransaction tx, long participantId) =>
        tx.Prepare("SELECT point_id FROM mkt_point WHERE participant_id = $1 AND directions <> 2").Bind(participantId).ListAsync(row => row.Int64(0));

    /// <summary>Numbers of all of a participant's, inside a transaction.</summary>
    public static ValueTask<List<long>> AllAsync(HubTransaction tx, string participant) =>
        tx.Prepare("SELECT p.point_id FROM mkt_point p JOIN mkt_participant a ON a.participant_id = p.participant_id WHERE a.name = $1").Bind(participant).ListAsync(row => row.Int64(0));

    /// <summary>Their numbers.</summary>
    public async Task<IReadOnlyList<long>> OfAsync(string participant)
    {
        await using var reader = await database.OpenReaderAsync();
        return (await reader.QueryAsync<long>("SELECT p.point_id FROM mkt_point p JOIN mkt_participant a ON a.participant_id = p.participant_id WHERE a.name = @participant", new { participant })).AsList();
    }
}

/// <summary>A balance group is its members' own, those of the past included; what they get to see of it is cut by the handler.</summary>
internal sealed class GroupOwnership(HubDatabase database) : IOwnership
{
    public Owned Subject => Owned.BalanceGroup;

    public async ValueTask<bool> OwnsAsync(string participant, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.ExecuteScalarAsync<long>("""
            SELECT count(*) FROM mkt_group g JOIN mkt_membership m ON m.group_id = g.group_id JOIN mkt_point p ON p.point_id = m.point_id
              JOIN mkt_participant a ON a.participant_id = p.participant_id
            WHERE g.name = @id AND a.name = @participant
            """, new { id, participant }) > 0;
    }
}
