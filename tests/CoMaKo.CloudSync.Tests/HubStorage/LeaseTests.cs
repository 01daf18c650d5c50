using CoMaKo.CloudSync.Tests.Hub;
using CoMaKo.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.HubStorage;

/// <summary>Leases: one holder at a time, and a replaced one writes nothing.</summary>
public sealed class LeaseTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private TestDatabase place = null!;

    public void Dispose() => place?.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task Lease_WhileHeld_IsNobodyElses(Engine engine)
    {
        using var database = Open(engine);
        var leases = new Leases(database);
        var first = await leases.TryTakeAsync("agent", "one", Long);

        Assert.Equal(new Lease("agent", "one", 1), first);
        Assert.Null(await leases.TryTakeAsync("agent", "two", Long));
        Assert.Null(await leases.TryTakeAsync("agent", "one", Long)); // not even its own again: it may have been forgotten with a process
        Assert.NotNull(await leases.TryTakeAsync("another", "two", Long));
        Assert.True(await leases.RenewAsync(first!, Long));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Lease_ThatRanOut_GoesToAnotherWithAGreaterFence(Engine engine)
    {
        using var database = Open(engine);
        var leases = new Leases(database);
        var first = (await leases.TryTakeAsync("agent", "one", TimeSpan.FromMilliseconds(20)))!;
        await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System);
        Assert.True(await leases.RenewAsync(first, TimeSpan.FromMilliseconds(20))); // late, but nobody came
        await Task.Delay(TimeSpan.FromMilliseconds(40), TimeProvider.System);
        var second = await leases.TryTakeAsync("agent", "two", Long);

        Assert.Equal(2, second?.Fence);
        Assert.False(await leases.RenewAsync(first, Long));
        await leases.ReleaseAsync(first); // not its own any more
        Assert.Null(await leases.TryTakeAsync("agent", "three", Long));
        await leases.ReleaseAsync(second!);
        Assert.Equal(3, (await leases.TryTakeAsync("agent", "three", Long))?.Fence);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task ReplacedHolder_WritesNothing(Engine engine)
    {
        using var database = Open(engine);
        var leases = new Leases(database);
        var first = (await leases.TryTakeAsync("agent", "one", TimeSpan.Zero))!;
        await WriteUnderAsync(database, first, "a");
        await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System);
        var second = (await leases.TryTakeAsync("agent", "two", Long))!;

        await Assert.ThrowsAsync<LeaseLostException>(() => WriteUnderAsync(database, first, "b"));
        await WriteUnderAsync(database, second, "c");
        await using var reader = await database.OpenReaderAsync();
        Assert.Equal(["a", "c"], reader.Query<string>("SELECT job_key FROM web_job ORDER BY job_id"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Holders_ThatReplaceEachOtherAllTheTime_WriteInTheOrderOfTheirFences(Engine engine)
    {
        using var database = Open(engine);
        using var replica = engine == Engine.Postgres ? HubSchema.Open(place.Address) : null;
        int written = 0;
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
        {
            var own = i % 2 == 0 ? database : replica ?? database;
            for (int turn = 0; turn < 25; turn++)
            {
                if (await new Leases(own).TryTakeAsync("agent", $"holder {i}", TimeSpan.Zero) is not { } lease) continue;
                try
                {
                    await WriteUnderAsync(own, lease, FormattableString.Invariant($"{i}.{turn}"), lease.Fence);
                    Interlocked.Increment(ref written);
                }
                catch (LeaseLostException)
                {
                    // Another came between, as it should.
                }
            }
        })));

        await using var reader = await database.OpenReaderAsync();
        var fences = reader.Query<long>("SELECT due_us FROM web_job ORDER BY job_id").ToList();
        Assert.Equal(written, fences.Count);
        Assert.NotEmpty(fences);
        Assert.Equal(fences.Order(), fences);
    }

    private static Task WriteUnderAsync(HubDatabase database, Lease lease, string key, long due = 0) => database.WriteAsync(async tx =>
    {
        await Leases.RequireAsync(tx, lease);
        await JobQueue.PutAsync(tx, "result", key, "", due);
    });

    private HubDatabase Open(Engine engine)
    {
        place = new TestDatabase(engine);
        return HubSchema.Open(place.Address);
    }
}
