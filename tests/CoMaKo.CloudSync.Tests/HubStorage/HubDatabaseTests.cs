using CoMaKo.CloudSync.Tests.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.HubStorage;

/// <summary>Writing, reading and migrating, the same on every engine.</summary>
public sealed class HubDatabaseTests : IDisposable
{
    private static readonly MigrationScript First = new("Test", 1, "first", "CREATE TABLE tst_value (value integer PRIMARY KEY)");

    private TestDatabase place = null!;

    public void Dispose() => place?.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task Write_ThatThrows_LeavesNothingAndDisturbsNoOther(Engine engine)
    {
        using var database = Open(engine, First);
        var writes = Enumerable.Range(0, 50).Select(i => Task.Run(() => database.WriteAsync(async tx =>
        {
            await tx.Prepare("INSERT INTO tst_value VALUES ($1)").Bind(i).RunAsync();
            return i % 5 == 0 ? throw new InvalidDataException(i.ToString(System.Globalization.CultureInfo.InvariantCulture)) : i;
        }))).ToList();
        await Assert.ThrowsAsync<InvalidDataException>(() => Task.WhenAll(writes));

        await using var reader = await database.OpenReaderAsync();
        Assert.Equal(Enumerable.Range(0, 50).Where(i => i % 5 != 0), reader.Query<int>("SELECT value FROM tst_value ORDER BY value"));
        Assert.All(writes, (write, i) => Assert.Equal(i % 5 == 0, write.IsFaulted));
    }

    [Fact]
    public async Task Closing_WhileOneWritesAndOneWaits_LeavesEachWholeOrUndone()
    {
        var database = Open(Engine.Sqlite, First);
        var isInside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var mayEnd = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = database.WriteAsync(async tx =>
        {
            await tx.Prepare("INSERT INTO tst_value VALUES (1)").RunAsync();
            isInside.SetResult();
            await mayEnd.Task;
            await tx.Prepare("INSERT INTO tst_value VALUES (2)").RunAsync();
        });
        await isInside.Task;
        var closing = Task.Run(database.Dispose);
        var late = database.WriteAsync(async tx => { await tx.Prepare("INSERT INTO tst_value VALUES (3)").RunAsync(); });
        Assert.NotSame(closing, await Task.WhenAny(closing, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System)));
        mayEnd.SetResult();

        await Task.WhenAll(closing, writing);
        var refused = await Record.ExceptionAsync(() => late.WaitAsync(TimeSpan.FromSeconds(30)));
        using var again = Reopen(First);
        Assert.Equal(refused is null ? [1, 2, 3] : [1, 2], await ValuesAsync(again)); // whoever waits may come before the closing or after it
        if (refused is not null) Assert.IsType<ObjectDisposedException>(refused);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Commit_ThatFails_FailsItsPieceAndTheNextGoesOn(Engine engine)
    {
        using var database = Open(engine, First with { Sql = "CREATE TABLE tst_value (value integer PRIMARY KEY REFERENCES tst_value DEFERRABLE INITIALLY DEFERRED, other integer REFERENCES tst_value (value) DEFERRABLE INITIALLY DEFERRED)" });
        var failed = await Assert.ThrowsAsync<HubDatabaseException>(() => database.WriteAsync(async tx => { await tx.ExecuteAsync("INSERT INTO tst_value VALUES (1, 99)"); })); // points nowhere, which only the commit sees
        await database.WriteAsync(async tx => { await tx.ExecuteAsync("INSERT INTO tst_value VALUES (2, 2)"); });

        Assert.Equal((HubFault.Refused, false), (failed.Fault, failed.IsTransient));
        Assert.Equal([2], await ValuesAsync(database));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Key_ThatExists_IsADuplicate(Engine engine)
    {
        using var database = Open(engine, First);
        await database.WriteAsync(async tx => { await tx.Prepare("INSERT INTO tst_value VALUES ($1)").Bind(1).RunAsync(); });
        var failed = await Assert.ThrowsAsync<HubDatabaseException>(() => database.WriteAsync(tx =>
        {
            tx.Prepare("INSERT INTO tst_value VALUES ($1)").Bind(2).Later();
            tx.Prepare("INSERT INTO tst_value VALUES ($1)").Bind(1).Later(); // a server gets it with the commit
            return ValueTask.CompletedTask;
        }));

        Assert.Equal(HubFault.Duplicate, failed.Fault);
        Assert.Equal([1], await ValuesAsync(database));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Later_KeepsTheOrderAndHandsOutRows(Engine engine)
    {
        using var database = Open(engine, First);
        var before = new List<long>();
        var after = new List<long>();
        long? count = await database.WriteAsync(async tx =>
        {
            tx.Prepare("INSERT INTO tst_value VALUES ($1)").Bind(1).Later();
            tx.Prepare("SELECT value FROM tst_value ORDER BY value").Later(before, row => row.Int64(0));
            tx.Prepare("INSERT INTO tst_value VALUES ($1)").Bind(2).Later();
            tx.Prepare("SELECT value FROM tst_value WHERE value > $1").Bind(7).Later(after, row => row.Int64(0)); // no rows: the next still gets its own
            tx.Prepare("SELECT value FROM tst_value ORDER BY value").Later(after, row => row.Int64(0));
            return await tx.Prepare("SELECT count(*) FROM tst_value").NumberAsync();
        });

        Assert.Equal([1], before);
        Assert.Equal([1, 2], after);
        Assert.Equal(2, count);
        Assert.Equal([1, 2], await ValuesAsync(database));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Values_OfEachKind_ComeBackAsTheyWere(Engine engine)
    {
        using var database = Open(engine, First with { Sql = $"CREATE TABLE tst_value (value {Type(engine, "bigint")}, words text, bytes {Type(engine, "bytea")})" });
        var rows = await database.WriteAsync(async tx =>
        {
            var insert = "INSERT INTO tst_value VALUES ($1, $2, $3)";
            await tx.Prepare(insert).Bind(long.MinValue).Bind("Zählerstand 😀").Bind(new byte[] { 0, 255 }).RunAsync();
            await tx.Prepare(insert).Bind((long?)null).Bind((string?)null).Bind((byte[]?)null).RunAsync();
            await tx.Prepare(insert).Bind((long?)7).Bind("").Bind(ReadOnlySpan<byte>.Empty).RunAsync();
            return await tx.Prepare("SELECT value, words, bytes FROM tst_value").ListAsync(row => (
                row.IsNull(0) ? (long?)null : row.Int64(0), row.IsNull(1) ? null : row.Text(1), row.IsNull(2) ? null : Convert.ToHexString(row.Blob(2))));
        });

        Assert.Equal([(long.MinValue, "Zählerstand 😀", "00FF"), (null, null, null), (7, "", "")], rows);
    }

    [Theory, OnSqlite, OnPostgres]
    [Row(8)]
    [Row(25_000)] // more than arrays carry: a server takes them by COPY
    public async Task Rows_OfASet_AreInsertedOnceAndCounted(Engine engine, int count)
    {
        using var database = Open(engine, First with { Sql = $"CREATE TABLE tst_value (value integer PRIMARY KEY, number {Type(engine, "bigint")}, words text, bytes {Type(engine, "bytea")}, batch integer NOT NULL)" });
        var rows = new RowSet("tst_value")
            .Add("value", [.. Enumerable.Range(0, count).Select(i => (long)i)])
            .Add("number", [.. Enumerable.Range(0, count).Select(i => i % 2 == 0 ? (long?)null : i * 10_000_000_000L)])
            .Add("words", [.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? null : FormattableString.Invariant($"row\t{i}"))])
            .Add("bytes", [.. Enumerable.Range(0, count).Select(i => i % 5 == 0 ? null : new byte[] { (byte)i, 0 })])
            .Add("batch", 4);
        int first = await database.WriteAsync(async tx => { await tx.ExecuteAsync("INSERT INTO tst_value (value, batch) VALUES (1, 3)"); return await tx.InsertNewAsync(rows); });
        int again = await database.WriteAsync(tx => tx.InsertNewAsync(rows));

        Assert.Equal((count - 1, 0), (first, again));
        await using var reader = await database.OpenReaderAsync();
        Assert.Equal((count, null, "row\t2"), reader.QuerySingle<(int, string?, string?)>("SELECT count(*), max(CASE WHEN value = 0 THEN words END), max(CASE WHEN value = 2 THEN words END) FROM tst_value"));
        Assert.Equal(Enumerable.Range(0, count).Where(i => i != 1 && i % 2 == 1).Sum(i => i * 10_000_000_000L), reader.QuerySingle<long>("SELECT CAST(sum(number) AS bigint) FROM tst_value"));
        Assert.Equal([2, 0], reader.QuerySingle<byte[]>("SELECT bytes FROM tst_value WHERE value = 2"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task NewRows_AreAllInserted_OrNoneIfOneIsThere(Engine engine)
    {
        using var database = Open(engine, First with { Sql = $"CREATE TABLE tst_row (run {Type(engine, "bigint")} NOT NULL, line {Type(engine, "bigint")} NOT NULL, number {Type(engine, "bigint")}, words text, bytes {Type(engine, "bytea")}, PRIMARY KEY (run, line))" });
        byte[] large = new byte[200_000]; // beyond what is sent at once
        Random.Shared.NextBytes(large);
        RowSet Rows(params long[] lines) => new RowSet("tst_row")
            .Add("line", lines).Add("number", [.. lines.Select(line => line % 2 == 0 ? (long?)null : -line)]).Add("words", [.. lines.Select(line => line % 3 == 0 ? null : $"Zeile {line} für ½ €")])
            .Add("bytes", [.. lines.Select(line => line % 5 == 0 ? null : line == 1 ? large : [])]).Add("run", 7);
        await database.WriteAsync(async tx => { await tx.InsertAllAsync(new RowSet("tst_row")); await tx.InsertAllAsync(Rows([.. Enumerable.Range(1, 5000).Select(i => (long)i)])); });
        var refused = await Assert.ThrowsAsync<HubDatabaseException>(() => database.WriteAsync(async tx => { await tx.InsertAllAsync(Rows(6001, 5000, 6002)); }));

        Assert.Equal(HubFault.Duplicate, refused.Fault);
        await using var reader = await database.OpenReaderAsync();
        Assert.Equal((5000, 2500, "Zeile 5000 für ½ €"), reader.QuerySingle<(int, int, string)>("SELECT count(*), count(number), max(CASE WHEN line = 5000 THEN words END) FROM tst_row"));
        Assert.Equal(-2500 * 2500, reader.QuerySingle<long>("SELECT CAST(sum(number) AS bigint) FROM tst_row"));
        Assert.Equal(large, reader.QuerySingle<byte[]>("SELECT bytes FROM tst_row WHERE line = 1"));
        Assert.Equal([], reader.QuerySingle<byte[]>("SELECT bytes FROM tst_row WHERE line = 2"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task NamedValues_ReachTheirStatement(Engine engine)
    {
        using var database = Open(engine, First);
        var values = await database.WriteAsync(async tx =>
        {
            tx.Prepare("INSERT INTO tst_value VALUES ($1)").Bind(5).Later();
            await tx.ExecuteAsync("INSERT INTO tst_value SELECT value + @step FROM tst_value", new { step = 1 }); // sees what was to run later
            return await tx.QueryAsync<int>($"SELECT value FROM tst_value WHERE value {tx.Engine.AnyOf("@wanted")} ORDER BY value", new { wanted = new[] { 5, 6, 7 } });
        });

        Assert.Equal([5, 6], values);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Reader_CannotWrite(Engine engine)
    {
        using var database = Open(engine, First);
        await using var reader = await database.OpenReaderAsync();

        Assert.ThrowsAny<System.Data.Common.DbException>(() => reader.Execute("INSERT INTO tst_value VALUES (1)"));
    }

    [Fact] // the file engine counts values by their first use, a server by their number
    public async Task Values_NotNumberedInTheOrderOfTheirUse_AreRefused()
    {
        using var database = Open(Engine.Sqlite, First);

        await Assert.ThrowsAsync<ArgumentException>(() => database.WriteAsync(async tx => { await tx.Prepare("INSERT INTO tst_value SELECT $2 + $1").Bind(1).Bind(2).RunAsync(); }));
    }

    [Fact]
    public async Task File_IsSyncedAndLogged()
    {
        using var database = Open(Engine.Sqlite, First);
        await using var reader = await database.OpenReaderAsync();

        Assert.Equal("wal", reader.ExecuteScalar<string>("PRAGMA journal_mode"));
        Assert.Equal(2, await database.WriteAsync(tx => tx.Prepare("PRAGMA synchronous").NumberAsync())); // FULL
    }

    [Fact]
    public void Migration_OfAnExistingFile_CopiesItFirst()
    {
        Open(Engine.Sqlite, First).Dispose();
        Reopen(First, new("Test", 2, "second", "ALTER TABLE tst_value ADD COLUMN other INTEGER")).Dispose();

        using var copy = HubDatabase.Open(DatabaseAddress.OfFile(place.Address + ".before-step-2"), [First]);
        Assert.Equal(1, copy.WriteAsync(tx => tx.Prepare("SELECT count(*) FROM pragma_table_info('tst_value')").NumberAsync()).Result);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Migration_ThatFails_LeavesTheOldSchema(Engine engine)
    {
        Open(engine, First).Dispose();
        Assert.ThrowsAny<Exception>(() => Reopen(First, new("Test", 2, "second", "CREATE TABLE tst_other (a integer); CREATE TABLE tst_value (b integer)")));

        using var database = Reopen(First);
        await using var reader = await database.OpenReaderAsync();
        Assert.ThrowsAny<System.Data.Common.DbException>(() => reader.Execute("SELECT * FROM tst_other"));
    }

    [Theory, OnSqlite, OnPostgres]
    public void Migration_WhoseTextChanged_IsRefused(Engine engine)
    {
        Open(engine, First).Dispose();

        var refused = Assert.Throws<InvalidOperationException>(() => Reopen(First with { Sql = First.Sql + " " }));
        Assert.Contains("CMH-2004", refused.Message, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public void Database_OfANewerVersion_IsRefused(Engine engine)
    {
        Open(engine, First, new("Test", 2, "future", "CREATE TABLE tst_future (a integer)")).Dispose();

        var refused = Assert.Throws<InvalidOperationException>(() => Reopen(First));
        Assert.Contains("CMH-2003", refused.Message, StringComparison.Ordinal);
    }

    private static string Type(Engine engine, string ofServer) => engine == Engine.Postgres ? ofServer : ofServer == "bytea" ? "BLOB" : "INTEGER";

    private static async Task<IEnumerable<int>> ValuesAsync(HubDatabase database)
    {
        await using var reader = await database.OpenReaderAsync();
        return reader.Query<int>("SELECT value FROM tst_value ORDER BY value");
    }

    private HubDatabase Open(Engine engine, params MigrationScript[] scripts)
    {
        place = new TestDatabase(engine, hasSchema: false);
        return HubDatabase.Open(place.Address, scripts);
    }

    private HubDatabase Reopen(params MigrationScript[] scripts) => HubDatabase.Open(place.Address, scripts);
}
