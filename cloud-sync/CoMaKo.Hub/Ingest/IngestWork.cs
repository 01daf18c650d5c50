using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Ingest;

/// <summary>Notes and parked records that nobody has seen yet.</summary>
internal sealed class IngestWork(HubDatabase database) : IWorkSource
{
    public IReadOnlyList<string> Kinds => ["gateway.note", "parked"];

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop)
    {
        await using var reader = await database.OpenReaderAsync();
        var notes = await reader.QueryAsync<(string Gateway, long Count, long SinceUs)>(
            "SELECT g.name, count(*), min(n.at_us) FROM ing_note n JOIN ing_gateway g ON g.gateway_id = n.gateway_id WHERE n.seen_us IS NULL GROUP BY g.name ORDER BY g.name");
        var parked = await reader.QueryAsync<(string Gateway, long Count, long SinceUs)>(
            "SELECT g.name, count(*), min(p.parked_us) FROM ing_parked p JOIN ing_gateway g ON g.gateway_id = p.gateway_id WHERE p.seen_us IS NULL GROUP BY g.name ORDER BY g.name");
        return
        [
            .. notes.Select(row => Item("gateway.note", row.Gateway, WorkRank.Attention, row.SinceUs, row.Count)),
            .. parked.Select(row => Item("parked", row.Gateway, WorkRank.Decision, row.SinceUs, row.Count)),
        ];
    }

    private static WorkItem Item(string kind, string gateway, WorkRank rank, long sinceUs, long count) =>
        new(kind, gateway, rank, Instant.FromUnixTimeTicks(sinceUs * 10), $"/pages/parked?gateway={Uri.EscapeDataString(gateway)}", count);
}
