using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CoMaKo.Hub.Storage;

/// <summary>
/// One cooperative's database. SQLite: one file in WAL mode with <c>synchronous=FULL</c>, one writing connection, any number of reading ones.
/// Readers use Dapper on <see cref="OpenReader"/>; everything that writes goes through <see cref="WriteAsync{T}"/>.
/// </summary>
public sealed class HubDatabase : IDisposable
{
    private readonly string readerConnection;
    private readonly HubWriter writer;

    private HubDatabase(string path, string readerConnection, HubWriter writer)
    {
        Path = path;
        this.readerConnection = readerConnection;
        this.writer = writer;
    }

    /// <summary>The database file.</summary>
    public string Path { get; }

    /// <summary>Opens the file, creates it if it is absent, and brings its schema up to date.</summary>
    /// <param name="path">Database file; its directory must exist.</param>
    /// <param name="scripts">Schema of all contexts; see <see cref="MigrationScript.EmbeddedIn"/>.</param>
    /// <exception cref="SqliteException">The file is no database or cannot be opened.</exception>
    /// <exception cref="InvalidOperationException">The file was written by a newer version, or a script that ran has changed since.</exception>
    public static HubDatabase Open(string path, IReadOnlyList<MigrationScript> scripts)
    {
        SystemSqlite.Use();
        var options = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = false };
        var connection = new SqliteConnection(options.ToString());
        try
        {
            connection.Open();
            // A larger log between checkpoints: a page that many batches touch is copied back once.
            connection.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=16000; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;");
            Migrator.Run(connection, path, scripts);
            options.Pooling = true;
            return new HubDatabase(path, options.ToString(), new HubWriter(connection));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>A reading connection; close it after use. Its statements see committed data only and never wait for the writer.</summary>
    public DbConnection OpenReader()
    {
        var connection = new SqliteConnection(readerConnection);
        connection.Open();
        connection.Execute("PRAGMA busy_timeout=10000; PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0;");
        return connection;
    }

    /// <summary>
    /// Runs <paramref name="work"/> in the writer's next transaction and returns after its commit is on the disk. Work of several callers may share
    /// one commit; each takes effect wholly or, if it throws, not at all.
    /// </summary>
    /// <exception cref="SqliteException">The commit failed (disk full, I/O error): nothing of it happened.</exception>
    public Task<T> WriteAsync<T>(Func<HubTransaction, T> work) => writer.RunAsync(work);

    /// <summary>Closes the writer; the log is copied back into the file when no reader is left.</summary>
    public void Dispose()
    {
        SqliteConnection.ClearPool(new SqliteConnection(readerConnection));
        writer.Dispose();
    }
}
