using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>Participants by their ids, for who invites people.</summary>
internal sealed class KnownParticipants(HubDatabase database) : IKnownParticipants
{
    public async ValueTask<bool> ExistsAsync(string participant)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM mkt_participant WHERE name = @participant", new { participant }) > 0;
    }
}
