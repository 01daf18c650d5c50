using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.CloudSync.Tests.HubStorage;

/// <summary>The single writer, the readers and the migrator.</summary>
public sealed class HubDatabaseTests : IDisposable
{
    private static readonly MigrationScript First = new("Test", 1, "first", "CREATE TABLE tst_value (value INTEGER PRIMARY KEY)");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-hub-");

    private string File => Path.Combine(folder.FullName, "hub.db");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Write_ThatThrows_LeavesNothingAndDisturbsNoOther()
    {
        using var database = HubDatabase.Open(File, [First]);
        var writes = Enumerable.Range(0, 50).Select(i => Task.Run(() => database.WriteAsync(tx =>
        {
            tx.Prepare("INSERT INTO tst_value VALUES (?)").Bind(i).Run();
            return i % 5 == 0 ? throw new InvalidDataException(i.ToString(System.Globalization.CultureInfo.InvariantCulture)) : i;
        }))).ToList();
        await Assert.ThrowsAsync<InvalidDataException>(() => Task.WhenAll(writes));

        using var reader = database.OpenReader();
        Assert.Equal(Enumerable.Range(0, 50).Where(i => i % 5 != 0), reader.Query<int>("SELECT value FROM tst_value ORDER BY value"));
        Assert.All(writes, (write, i) => Assert.Equal(i % 5 == 0, write.IsFaulted));
    }

    [Fact]
    public async Task Commit_ThatFails_FailsEachPieceAndTheWriterGoesOn()
    {
        using var database = HubDatabase.Open(File, [First with { Sql = "CREATE TABLE tst_value (value INTEGER PRIMARY KEY REFERENCES tst_value DEFERRABLE INITIALLY DEFERRED, other INTEGER REFERENCES tst_value (value) DEFERRABLE INITIALLY DEFERRED)" }]);
        await Assert.ThrowsAsync<Microsoft.Data.Sqlite.SqliteException>(() => database.WriteAsync(tx =>
        {
            tx.Execute("INSERT INTO tst_value VALUES (1, 99)"); // points nowhere, which only the commit sees
            return 0;
        }));
        await database.WriteAsync(tx =>
        {
            tx.Execute("INSERT INTO tst_value VALUES (2, 2)");
            return 0;
        });

        using var reader = database.OpenReader();
        Assert.Equal([2], reader.Query<int>("SELECT value FROM tst_value"));
    }

    [Fact]
    public void Reader_CannotWrite()
    {
        using var database = HubDatabase.Open(File, [First]);
        using var reader = database.OpenReader();

        Assert.Throws<Microsoft.Data.Sqlite.SqliteException>(() => reader.Execute("INSERT INTO tst_value VALUES (1)"));
    }

    [Fact]
    public void Database_IsSyncedAndLogged()
    {
        using var database = HubDatabase.Open(File, [First]);
        using var reader = database.OpenReader();

        Assert.Equal("wal", reader.ExecuteScalar<string>("PRAGMA journal_mode"));
        Assert.Equal(2, database.WriteAsync(tx =>
        {
            var mode = tx.Prepare("PRAGMA synchronous");
            mode.Step();
            long value = mode.Int64(0);
            mode.Reset();
            return value;
        }).Result); // FULL
    }

    [Fact]
    public void Migration_OfAnExistingFile_CopiesItFirst()
    {
        HubDatabase.Open(File, [First]).Dispose();
        HubDatabase.Open(File, [First, new("Test", 2, "second", "ALTER TABLE tst_value ADD COLUMN other INTEGER")]).Dispose();

        using var copy = HubDatabase.Open(File + ".before-step-2", [First]);
        using var reader = copy.OpenReader();
        Assert.Equal(1, reader.ExecuteScalar<int>("SELECT count(*) FROM pragma_table_info('tst_value')"));
    }

    [Fact]
    public void Migration_ThatFails_LeavesTheOldSchema()
    {
        HubDatabase.Open(File, [First]).Dispose();
        Assert.ThrowsAny<Exception>(() => HubDatabase.Open(File, [First, new("Test", 2, "second", "CREATE TABLE tst_other (a); CREATE TABLE tst_value (b)")]));

        using var database = HubDatabase.Open(File, [First]);
        using var reader = database.OpenReader();
        Assert.Equal(0, reader.ExecuteScalar<int>("SELECT count(*) FROM sqlite_schema WHERE name = 'tst_other'"));
    }

    [Fact]
    public void Migration_WhoseTextChanged_IsRefused()
    {
        HubDatabase.Open(File, [First]).Dispose();

        var refused = Assert.Throws<InvalidOperationException>(() => HubDatabase.Open(File, [First with { Sql = First.Sql + " " }]));
        Assert.Contains("CMH-2004", refused.Message, StringComparison.Ordinal);
    }
}
