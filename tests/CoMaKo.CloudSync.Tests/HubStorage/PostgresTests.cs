using CoMaKo.CloudSync.Tests.Hub;
using CoMaKo.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.HubStorage;

/// <summary>What only a server has: transactions that meet, sessions that end, replicas that start together.</summary>
public sealed class PostgresTests : IDisposable
{
    private static readonly MigrationScript Schema = new("Test", 1, "first", "CREATE TABLE tst_value (value bigint PRIMARY KEY, words text)");

    private TestDatabase place = null!;

    public void Dispose() => place?.Dispose();

    [RequiresFact(Peer.Postgres)]
    public async Task Replicas_ThatStartTogether_MigrateOnce()
    {
        place = new TestDatabase(Engine.Postgres, hasSchema: false);
        var replicas = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => HubSchema.Open(place.Address))));
        foreach (var replica in replicas) replica.Dispose();

        await using var connection = PostgresCluster.Instance.Connect(place.Name!);
        Assert.Equal(HubSchema.Of(HubEngine.Postgres).Count, connection.ExecuteScalar<long>("SELECT count(*) FROM schema_step"));
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Deadlock_MakesOneGiveWayAndRunAgain()
    {
        using var database = await OpenAsync(1, 2);
        int runs = 0, holding = 0;
        using var meeting = new SemaphoreSlim(0);
        await Task.WhenAll(CrossAsync(1, 2), CrossAsync(2, 1)).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(["xx", "xx"], await WordsAsync(database));
        Assert.InRange(runs, 3, 10); // who gave way may take its row again before the other wakes up, and they meet a second time

        Task CrossAsync(int first, int second) => database.WriteAsync(async tx =>
        {
            int run = Interlocked.Increment(ref runs);
            await tx.Prepare("UPDATE tst_value SET words = words || 'x' WHERE value = $1").Bind(first).RunAsync();
            if (run <= 2 && Interlocked.Increment(ref holding) == 2) meeting.Release(2);
            if (run <= 2) await meeting.WaitAsync();
            await tx.Prepare("UPDATE tst_value SET words = words || 'x' WHERE value = $1").Bind(second).RunAsync();
        });
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Session_ThatEndsBeforeTheCommit_IsFollowedByAnother()
    {
        using var database = await OpenAsync();
        int runs = 0;
        await database.WriteAsync(async tx =>
        {
            await tx.Prepare("INSERT INTO tst_value VALUES (1, $1)").Bind("once").RunAsync();
            if (++runs == 1) await tx.Prepare("SELECT pg_terminate_backend(pg_backend_pid())").ListAsync(_ => 0);
        });

        Assert.Equal(2, runs);
        Assert.Equal(["once"], await WordsAsync(database));
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Session_ThatEndsDuringTheCommit_LeavesTheOutcomeOpen()
    {
        using var database = await OpenAsync();
        int runs = 0;
        var unknown = await Assert.ThrowsAsync<HubDatabaseException>(() => database.WriteAsync(tx =>
        {
            runs++;
            tx.Prepare("SELECT pg_terminate_backend(pg_backend_pid())").Later(new List<int>(), _ => 0); // travels with the commit
            return ValueTask.CompletedTask;
        }));

        Assert.Equal((HubFault.OutcomeUnknown, true, 1), (unknown.Fault, unknown.IsTransient, runs));
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Lock_ThatIsNotGivenInTime_IsContention()
    {
        using var database = await OpenAsync(1);
        await using var other = PostgresCluster.Instance.Connect(place.Name!);
        await using var holding = await other.BeginTransactionAsync();
        other.Execute("UPDATE tst_value SET words = 'held'");
        var late = await Assert.ThrowsAsync<HubDatabaseException>(() => database.WriteAsync(async tx =>
        {
            await tx.AllowAsync(TimeSpan.FromMilliseconds(100));
            await tx.ExecuteAsync("UPDATE tst_value SET words = 'mine'");
        }));

        Assert.Equal(HubFault.Contended, late.Fault);
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Statement_ThatFailedAndWasCaught_CannotBeCommitted()
    {
        using var database = await OpenAsync(1);
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(async tx =>
        {
            await tx.ExecuteAsync("INSERT INTO tst_value VALUES (2, '')");
            await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(async () => await tx.ExecuteAsync("INSERT INTO tst_value VALUES (1, '')"));
        }));

        Assert.Single(await WordsAsync(database));
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Server_ThatIsAway_IsUnavailable()
    {
        using var database = await OpenAsync();
        await using var other = PostgresCluster.Instance.Connect("postgres");
        other.Execute($"ALTER DATABASE {place.Name} WITH ALLOW_CONNECTIONS false");
        other.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = @Name", new { place.Name });

        var away = await Assert.ThrowsAsync<HubDatabaseException>(() => database.WriteAsync(tx => new ValueTask<int>(tx.Prepare("SELECT 1").RunAsync().AsTask())));
        other.Execute($"ALTER DATABASE {place.Name} WITH ALLOW_CONNECTIONS true");
        Assert.True(away.IsTransient, away.ToString());
        Assert.Empty(await WordsAsync(database)); // and back
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Commits_AreSyncedWhateverTheDatabaseSays()
    {
        using (await OpenAsync())
        {
            await using var other = PostgresCluster.Instance.Connect("postgres");
            other.Execute($"ALTER DATABASE {place.Name} SET synchronous_commit = off");
        }

        using var database = HubDatabase.Open(place.Address, [Schema]);
        Assert.Equal("on", (await database.WriteAsync(tx => tx.QueryAsync<string>("SHOW synchronous_commit")))[0]);
    }

    [RequiresFact(Peer.Postgres)]
    public async Task Range_IsMadeOnceAndKeepsNobodyFromWriting()
    {
        using var database = await OpenAsync(new MigrationScript("Test", 1, "first", "CREATE TABLE tst_part (day bigint NOT NULL, owner integer NOT NULL, PRIMARY KEY (day, owner)) PARTITION BY RANGE (day)"));
        using var replica = HubDatabase.Open(place.Address, [new MigrationScript("Test", 1, "first", "CREATE TABLE tst_part (day bigint NOT NULL, owner integer NOT NULL, PRIMARY KEY (day, owner)) PARTITION BY RANGE (day)")]);
        RangePartitions[] parts = [new(database, "tst_part", "owner"), new(replica, "tst_part", "owner")];
        await parts[0].EnsureAsync("a", 0, 10);
        await using var other = PostgresCluster.Instance.Connect(place.Name!);
        await using var writing = await other.BeginTransactionAsync();
        other.Execute("INSERT INTO tst_part VALUES (1, 1)");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => await parts[i % 2].EnsureAsync("b", 10, 20)))).WaitAsync(TimeSpan.FromSeconds(5));
        await database.WriteAsync(tx => tx.InsertNewAsync(new RowSet("tst_part").Add("day", [1L, 11L, 12L]).Add("owner", 7)));
        await writing.CommitAsync();

        Assert.Equal(["tst_part_a", "tst_part_b"], other.Query<string>("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'tst_part'::regclass ORDER BY 1"));
        Assert.Equal((2L, 2L), other.QuerySingle<(long, long)>("SELECT (SELECT count(*) FROM tst_part_a), (SELECT count(*) FROM tst_part_b)"));
    }

    private static async Task<IEnumerable<string>> WordsAsync(HubDatabase database)
    {
        await using var reader = await database.OpenReaderAsync();
        return reader.Query<string>("SELECT words FROM tst_value ORDER BY value");
    }

    private Task<HubDatabase> OpenAsync(params long[] values) => OpenAsync(Schema, values);

    private async Task<HubDatabase> OpenAsync(MigrationScript schema, params long[] values)
    {
        place = new TestDatabase(Engine.Postgres, hasSchema: false);
        var database = HubDatabase.Open(place.Address, [schema]);
        foreach (long value in values) await database.WriteAsync(async tx => { await tx.Prepare("INSERT INTO tst_value VALUES ($1, '')").Bind(value).RunAsync(); });
        return database;
    }
}
