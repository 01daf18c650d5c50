using CoMaKo.Hub.Storage;
using CoMaKo.Settlement.Balancing;
using Dapper;

namespace CoMaKo.Hub.Settlement.Agent;

/// <summary>What the agent knows of each group beside its runs.</summary>
internal sealed class AgentNotes(HubDatabase database)
{
    /// <summary>Number of the last day whose night's work was done; absent before the first.</summary>
    public async Task<int?> NightAsync(string group)
    {
        await using var reader = await database.OpenReaderAsync();
        return (int?)await reader.ExecuteScalarAsync<long?>("SELECT night FROM mkt_agent WHERE balance_group = @group", new { group });
    }

    public Task SetNightAsync(Lease lease, string group, int day) => database.WriteAsync(async tx =>
    {
        await Leases.RequireAsync(tx, lease);
        await tx.Prepare("INSERT INTO mkt_agent (balance_group, night) VALUES ($1, $2) ON CONFLICT (balance_group) DO UPDATE SET night = excluded.night").Bind(group).Bind(day).RunAsync();
    });

    /// <summary>How the group's members share balancing cost; absent: it is shown and not charged.</summary>
    public async Task<CostShare?> ShareAsync(string group)
    {
        await using var reader = await database.OpenReaderAsync();
        return (CostShare?)await reader.ExecuteScalarAsync<long?>("SELECT cost_share FROM mkt_agent WHERE balance_group = @group", new { group });
    }

    public Task SetShareAsync(string group, CostShare? share) => database.WriteAsync(async tx =>
    {
        tx.NoteDone();
        await tx.Prepare("INSERT INTO mkt_agent (balance_group, cost_share) VALUES ($1, $2) ON CONFLICT (balance_group) DO UPDATE SET cost_share = excluded.cost_share")
            .Bind(group).Bind((long?)share).RunAsync();
    });
}
