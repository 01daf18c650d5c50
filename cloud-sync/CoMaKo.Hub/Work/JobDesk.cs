using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Work;

/// <summary>A job that was given up.</summary>
/// <param name="DueUs">Since when it stands, Unix µs.</param>
public sealed record DeadJob(long JobId, string Kind, string? JobKey, long Attempt, long DueUs, string? Error);

/// <summary>Jobs that were given up, and another try.</summary>
internal sealed class JobDesk(HubDatabase database, TimeProvider clock)
{
    /// <summary>By number, behind one.</summary>
    public async Task<IReadOnlyList<DeadJob>> AfterAsync(long after, int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. await reader.QueryAsync<DeadJob>(
            "SELECT job_id AS JobId, kind AS Kind, job_key AS JobKey, attempt AS Attempt, due_us AS DueUs, error AS Error FROM web_job WHERE state = @failed AND job_id > @after ORDER BY job_id LIMIT @limit",
            new { failed = (long)JobState.Failed, after, limit })];
    }

    /// <summary>Lets a job be tried again now; one of the same kind and key that waits by now stands for it.</summary>
    /// <returns>Whether there was such a job.</returns>
    public Task<bool> RetryAsync(long jobId, Caller caller) => database.WriteAsync(async tx =>
    {
        int dropped = await tx.Prepare("""
            DELETE FROM web_job WHERE job_id = $1 AND state = 2 AND EXISTS (SELECT 1 FROM web_job w WHERE w.kind = web_job.kind AND w.job_key = web_job.job_key AND w.state = 0)
            """).Bind(jobId).RunAsync();
        int put = dropped > 0 ? dropped : await tx.Prepare("UPDATE web_job SET state = 0, due_us = $1 WHERE job_id = $2 AND state = 2").Bind(clock.UnixMicroseconds()).Bind(jobId).RunAsync();
        if (put > 0) await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, "job.retry", FormattableString.Invariant($"job:{jobId}"), "");
        return put > 0;
    });
}
