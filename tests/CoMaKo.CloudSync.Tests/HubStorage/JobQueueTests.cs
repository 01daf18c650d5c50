using System.Collections.Concurrent;
using CoMaKo.CloudSync.Tests.Hub;
using CoMaKo.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.HubStorage;

/// <summary>The queue: each job's effect once, whoever does it and however often it is begun.</summary>
public sealed class JobQueueTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch);
    private TestDatabase place = null!;

    public void Dispose() => place?.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task Jobs_AreTakenWhenDueAndInTheirOrder(Engine engine)
    {
        using var database = Open(engine, out var queue);
        await PutAsync(database, "late", 20);
        await PutAsync(database, "early", 10);
        Assert.Null(await queue.TakeAsync("derive", Long));
        clock.Advance(TimeSpan.FromMicroseconds(20));

        Assert.Equal("early", (await queue.TakeAsync("derive", Long))?.Key);
        Assert.Equal("late", (await queue.TakeAsync("derive", Long))?.Key);
        Assert.Null(await queue.TakeAsync("derive", Long));
        Assert.Null(await queue.TakeAsync("other", Long));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Key_ThatWaits_StandsForBoth_AndOneThatIsHeldDoesNot(Engine engine)
    {
        using var database = Open(engine, out var queue);
        Assert.True(await PutAsync(database, "day"));
        Assert.False(await PutAsync(database, "day"));
        var held = (await queue.TakeAsync("derive", Long))!;
        Assert.True(await PutAsync(database, "day")); // what it read may have changed since
        Assert.Null((await PutAndTakeAsync(database, queue)).Key);
        await queue.PutBackAsync(held, "again", TimeSpan.Zero);

        Assert.Equal(1L, Count(database, "state = 0 AND job_key = 'day'"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Job_ThatWasHeldTooLong_GoesToAnother_AndTheFirstWritesNothing(Engine engine)
    {
        using var database = Open(engine, out var queue);
        await PutAsync(database, "day");
        var first = (await queue.TakeAsync("derive", TimeSpan.FromMilliseconds(10)))!;
        await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
        var second = (await queue.TakeAsync("derive", Long))!;

        Assert.Equal((first.JobId, 2), (second.JobId, second.Attempt));
        Assert.False(await queue.HoldAsync(first, Long));
        await Assert.ThrowsAsync<JobLostException>(() => FinishAsync(database, first));
        await queue.PutBackAsync(first, "too late", TimeSpan.Zero);
        Assert.True(await queue.HoldAsync(second, Long));
        await FinishAsync(database, second);
        Assert.Equal((0L, 1L), (Count(database, "kind = 'derive'"), Count(database, "kind = 'done'")));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Job_PutBack_WaitsItsPause_AndGivenUpStays(Engine engine)
    {
        using var database = Open(engine, out var queue);
        await PutAsync(database, "day");
        await queue.PutBackAsync((await queue.TakeAsync("derive", Long))!, "no disk", TimeSpan.FromSeconds(5));
        Assert.Null(await queue.TakeAsync("derive", Long));
        clock.Advance(TimeSpan.FromSeconds(5));
        await queue.PutBackAsync((await queue.TakeAsync("derive", Long))!, "no sense", pause: null);

        Assert.Null(await queue.TakeAsync("derive", Long));
        Assert.Equal(1L, Count(database, "state = 2 AND attempt = 2 AND error = 'no sense'"));
        Assert.True(await PutAsync(database, "day"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Jobs_OfManyWorkers_AreEachDoneOnce(Engine engine)
    {
        using var database = Open(engine, out var queue);
        using var replica = engine == Engine.Postgres ? HubSchema.Open(place.Address) : null;
        await database.WriteAsync(async tx =>
        {
            for (int i = 0; i < 100; i++) await JobQueue.PutAsync(tx, "derive", FormattableString.Invariant($"{i}"), "", 0);
        });
        var lost = new ConcurrentBag<Job>();
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
        {
            var own = i % 2 == 0 ? database : replica ?? database;
            // Some hold on so briefly that another takes the same job while they work.
            while (await new JobQueue(own, clock).TakeAsync("derive", i == 0 ? TimeSpan.Zero : Long) is { } job)
            {
                try
                {
                    await FinishAsync(own, job);
                }
                catch (JobLostException)
                {
                    lost.Add(job);
                }
            }
        })));

        await using var reader = await database.OpenReaderAsync();
        Assert.Equal(Enumerable.Range(0, 100), reader.Query<string>("SELECT payload FROM web_job WHERE kind = 'done'").Select(int.Parse).Order());
        Assert.Equal(0L, Count(database, "kind = 'derive'"));
        Assert.All(lost, job => Assert.True(job.Attempt > 0));
    }

    /// <summary>Three times the hold runs out but for the beat; then another process has the job, and the work is told to end.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Work_ThatTakesLongerThanTheHold_IsHeldOnTo_UntilAnotherHasIt(Engine engine)
    {
        using var database = Open(engine, out var queue);
        await PutAsync(database, "day");
        var job = (await queue.TakeAsync("derive", Long))!;
        var work = new TaskCompletionSource<int>();
        var working = queue.WhileHeldAsync(job, Long, end =>
        {
            end.Register(() => work.TrySetCanceled(end));
            return work.Task;
        }, CancellationToken.None);
        for (int i = 0; i < 3; i++)
        {
            await ChangeAsync(database, "held_until_us = 0");
            await BeatUntilAsync(() => Count(database, "held_until_us > 0") == 1);
        }

        await ChangeAsync(database, "attempt = attempt + 1");
        await BeatUntilAsync(() => working.IsCompleted);
        await Assert.ThrowsAsync<JobLostException>(() => working);
        Assert.True(work.Task.IsCanceled);
    }

    [Theory, OnSqlite]
    public async Task Work_ThatIsDoneOrStopped_EndsTheHolding(Engine engine)
    {
        using var database = Open(engine, out var queue);
        await PutAsync(database, "day");
        var job = (await queue.TakeAsync("derive", Long))!;
        using var stop = new CancellationTokenSource();

        Assert.Equal(7, await queue.WhileHeldAsync(job, Long, _ => Task.FromResult(7), stop.Token));
        await Assert.ThrowsAsync<TimeoutException>(() => queue.WhileHeldAsync(job, Long, _ => Task.FromException<int>(new TimeoutException("the work's own")), stop.Token));
        var stopped = queue.WhileHeldAsync(job, Long, async end =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, clock, end);
            return 0;
        }, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        await FinishAsync(database, job); // it is still this one's
    }

    [Theory, OnPostgres]
    public async Task Job_ThatAnotherIsJustTaking_IsPassedOver(Engine engine)
    {
        using var database = Open(engine, out var queue);
        await PutAsync(database, "first");
        await PutAsync(database, "second");
        await using var other = PostgresCluster.Instance.Connect(place.Name!);
        await using var taking = await other.BeginTransactionAsync();
        other.Execute("SELECT job_id FROM web_job WHERE job_key = 'first' FOR UPDATE");

        Assert.Equal("second", (await queue.TakeAsync("derive", Long).WaitAsync(TimeSpan.FromSeconds(5)))?.Key);
    }

    private static Task ChangeAsync(HubDatabase database, string change) => database.WriteAsync(async tx => { await tx.ExecuteAsync($"UPDATE web_job SET {change}"); });

    /// <summary>Lets the clock run from beat to beat until something is so.</summary>
    private async Task BeatUntilAsync(Func<bool> holds)
    {
        using var end = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (!holds())
        {
            clock.Advance(Long / 3);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, end.Token);
        }
    }

    private static Task<bool> PutAsync(HubDatabase database, string? key, long due = 0) => database.WriteAsync(tx => JobQueue.PutAsync(tx, "derive", key, "{}", due));

    private static async Task<(string? Key, long Attempt)> PutAndTakeAsync(HubDatabase database, JobQueue queue)
    {
        Assert.True(await PutAsync(database, key: null, due: -1));
        var job = (await queue.TakeAsync("derive", Long))!;
        return (job.Key, job.Attempt);
    }

    private static Task FinishAsync(HubDatabase database, Job job) => database.WriteAsync(async tx =>
    {
        await JobQueue.PutAsync(tx, "done", null, job.Key!, long.MaxValue);
        await JobQueue.FinishAsync(tx, job);
    });

    private static long Count(HubDatabase database, string where)
    {
        using var reader = database.OpenReaderAsync().AsTask().GetAwaiter().GetResult();
        return reader.ExecuteScalar<long>($"SELECT count(*) FROM web_job WHERE {where}");
    }

    private HubDatabase Open(Engine engine, out JobQueue queue)
    {
        place = new TestDatabase(engine);
        var database = HubSchema.Open(place.Address);
        queue = new JobQueue(database, clock);
        return database;
    }
}
