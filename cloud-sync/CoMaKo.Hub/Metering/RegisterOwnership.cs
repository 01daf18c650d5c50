using CoMaKo.Hub.Access;
using CoMaKo.Hub.Market;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Metering;

/// <summary>A register is a participant's own if it forms curves of that participant's metering points and never those of others: its curve shows all days.</summary>
internal sealed class RegisterOwnership(HubDatabase database, MemberPoints points) : IOwnership
{
    public Owned Subject => Owned.Register;

    public async ValueTask<bool> OwnsAsync(string participant, string id)
    {
        var own = await points.OfAsync(participant);
        string name = id.EndsWith(".csv", StringComparison.Ordinal) ? id[..^4] : id; // the address may name a form
        await using var reader = await database.OpenReaderAsync();
        var assigned = (await reader.QueryAsync<long>("""
            SELECT s.point_id FROM met_register r JOIN met_assignment a ON a.register_id = r.register_id JOIN met_series s ON s.series_id = a.series_id WHERE r.name = @name
            """, new { name })).AsList();
        return assigned.Count > 0 && assigned.TrueForAll(own.Contains);
    }
}
