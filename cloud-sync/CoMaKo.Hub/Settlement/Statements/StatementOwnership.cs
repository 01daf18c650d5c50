using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Settlement.Statements;

/// <summary>A statement is its participant's own.</summary>
internal sealed class StatementOwnership(HubDatabase database) : IOwnership
{
    public Owned Subject => Owned.Statement;

    public async ValueTask<bool> OwnsAsync(string participant, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM mkt_statement WHERE number = @id AND participant = @participant", new { id, participant }) > 0;
    }
}
