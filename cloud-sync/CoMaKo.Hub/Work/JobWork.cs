using CoMaKo.Hub.Storage;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Work;

/// <summary>Jobs that were given up; each stays until a person decides.</summary>
internal sealed class JobWork(HubDatabase database) : IWorkSource
{
    public IReadOnlyList<string> Kinds => ["job.dead"];

    public async ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<(string Kind, long Count, long SinceUs)>(
            "SELECT kind, count(*), min(due_us) FROM web_job WHERE state = @failed GROUP BY kind ORDER BY kind", new { failed = (long)JobState.Failed });
        return [.. rows.Select(row => new WorkItem("job.dead", row.Kind, WorkRank.Fault, Instant.FromUnixTimeTicks(row.SinceUs * 10), "/pages/jobs", row.Count))];
    }
}
