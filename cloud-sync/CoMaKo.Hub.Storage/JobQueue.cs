namespace CoMaKo.Hub.Storage;

/// <summary>Where a job stands; the numbers are those of <c>web_job.state</c>.</summary>
public enum JobState
{
    Waiting = 0,
    Held = 1,

    /// <summary>Given up; it stays with its error until a person decides.</summary>
    Failed = 2,
}

/// <summary>A job that this process took.</summary>
/// <param name="Key">What it is about; absent if it has no key.</param>
/// <param name="Attempt">From 1; also the fence: whoever takes the job next has a greater one.</param>
public sealed record Job(long JobId, string Kind, string? Key, string Payload, long Attempt);

/// <summary>Another process took the job, because it was held for too long: whatever was done for it must not be written.</summary>
public sealed class JobLostException(Job job) : Exception($"CMH-2015. Job {job.JobId} ({job.Kind}) went to another process after attempt {job.Attempt}.");

/// <summary>
/// Work for whichever replica comes first. A job is put down in the transaction that makes it necessary and finished in the transaction that does
/// it, so its effect comes exactly once although its work may be begun several times.
/// </summary>
public sealed class JobQueue(HubDatabase database, TimeProvider clock)
{
    /// <summary>Puts a job down, inside a writing transaction. One with the same kind and key that still waits stands for both.</summary>
    /// <param name="dueUs">When it may begin, Unix µs of the hub's clock.</param>
    /// <returns>Whether it is new.</returns>
    public static async ValueTask<bool> PutAsync(HubTransaction tx, string kind, string? key, string payload, long dueUs)
    {
        ArgumentNullException.ThrowIfNull(tx);
        return await tx.Prepare("INSERT INTO web_job (kind, job_key, payload, due_us) VALUES ($1, $2, $3, $4) ON CONFLICT (kind, job_key) WHERE state = 0 DO NOTHING")
            .Bind(kind).Bind(key).Bind(payload).Bind(dueUs).RunAsync() == 1;
    }

    /// <summary>Takes the job that is due longest, and none that another process holds or is just taking.</summary>
    /// <param name="hold">After this time it counts as abandoned, unless <see cref="HoldAsync"/> comes before.</param>
    /// <returns>Absent if there is none.</returns>
    public Task<Job?> TakeAsync(string kind, TimeSpan hold) => database.WriteAsync(async tx =>
    {
        string skipTaken = tx.Engine == HubEngine.Postgres ? "FOR UPDATE SKIP LOCKED" : "";
        return await tx.Prepare($"""
            UPDATE web_job SET state = 1, attempt = attempt + 1, held_until_us = {tx.ClockSql} + $1
            WHERE job_id = (SELECT job_id FROM web_job WHERE kind = $2 AND ((state = 0 AND due_us <= $3) OR (state = 1 AND held_until_us <= {tx.ClockSql}))
              ORDER BY due_us, job_id LIMIT 1 {skipTaken})
            RETURNING job_id, job_key, payload, attempt
            """).Bind(Leases.Microseconds(hold)).Bind(kind).Bind(NowUs)
            .FirstAsync(row => new Job(row.Int64(0), kind, row.IsNull(1) ? null : row.Text(1), row.Text(2), row.Int64(3)));
    });

    /// <summary>Holds on to a job that takes longer.</summary>
    /// <returns>Whether it was still held; if not, stop.</returns>
    public Task<bool> HoldAsync(Job job, TimeSpan hold) => database.WriteAsync(async tx =>
        await tx.Prepare($"UPDATE web_job SET held_until_us = {tx.ClockSql} + $1 WHERE job_id = $2 AND state = 1 AND attempt = $3")
            .Bind(Leases.Microseconds(hold)).Bind(job.JobId).Bind(job.Attempt).RunAsync() == 1);

    /// <summary>Does work that may take longer than a job is held, and holds on to it meanwhile: who is killed loses it within <paramref name="hold"/>.</summary>
    /// <exception cref="JobLostException">Another process took it: the work was told to end, and its result is of no use.</exception>
    public async Task<T> WhileHeldAsync<T>(Job job, TimeSpan hold, Func<CancellationToken, Task<T>> work, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(work);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var working = work(end.Token);
        try
        {
            while (true)
            {
                if (!await HoldAsync(job, hold)) throw new JobLostException(job);
                if (await EndsWithinAsync(working, hold / 3)) return await working;
            }
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> EndsWithinAsync(Task working, TimeSpan time)
    {
        try
        {
            await working.WaitAsync(time, clock);
        }
        catch (TimeoutException)
        {
            return working.IsCompleted;
        }

        return true;
    }

    /// <summary>Takes a job off the list, inside the transaction that writes its result.</summary>
    /// <exception cref="JobLostException">Another process has it: the transaction takes no effect.</exception>
    public static async ValueTask FinishAsync(HubTransaction tx, Job job)
    {
        ArgumentNullException.ThrowIfNull(tx);
        ArgumentNullException.ThrowIfNull(job);
        int deleted = await tx.Prepare("DELETE FROM web_job WHERE job_id = $1 AND state = 1 AND attempt = $2").Bind(job.JobId).Bind(job.Attempt).RunAsync();
        if (deleted != 1) throw new JobLostException(job);
    }

    /// <summary>Puts a job back that could not be done, or gives it up.</summary>
    /// <param name="pause">Until the next attempt; absent: none follows.</param>
    public async Task PutBackAsync(Job job, string error, TimeSpan? pause)
    {
        ArgumentNullException.ThrowIfNull(job);
        while (true)
        {
            try
            {
                await database.WriteAsync(tx => PutBackAsync(tx, job, error, pause));
                return;
            }
            catch (HubDatabaseException sameWaits) when (sameWaits.Fault == HubFault.Duplicate)
            {
                // It was put down anew between the two statements; the first one sees it now.
            }
        }
    }

    private async ValueTask PutBackAsync(HubTransaction tx, Job job, string error, TimeSpan? pause)
    {
        // One that was put down meanwhile stands for this one too.
        if (pause is not null && job.Key is not null
            && await tx.Prepare("DELETE FROM web_job WHERE job_id = $1 AND state = 1 AND attempt = $2 AND EXISTS (SELECT 1 FROM web_job w WHERE w.kind = $3 AND w.job_key = $4 AND w.state = 0)")
                .Bind(job.JobId).Bind(job.Attempt).Bind(job.Kind).Bind(job.Key).RunAsync() == 1) return;
        await tx.Prepare("UPDATE web_job SET state = $1, error = $2, due_us = $3 WHERE job_id = $4 AND state = 1 AND attempt = $5")
            .Bind((long)(pause is null ? JobState.Failed : JobState.Waiting)).Bind(error).Bind(NowUs + Leases.Microseconds(pause ?? TimeSpan.Zero)).Bind(job.JobId).Bind(job.Attempt).RunAsync();
    }

    private long NowUs => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
