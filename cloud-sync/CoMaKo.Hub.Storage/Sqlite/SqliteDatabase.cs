using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CoMaKo.Hub.Storage;

/// <summary>One file in WAL mode with <c>synchronous=FULL</c>: one writing connection, any number of reading ones.</summary>
internal sealed class SqliteDatabase : HubDatabase
{
    private readonly string readerConnection;
    private readonly SqliteWriter writer;

    private SqliteDatabase(DatabaseAddress address, string readerConnection, SqliteConnection connection)
        : base(address)
    {
        this.readerConnection = readerConnection;
        writer = new SqliteWriter(connection, Signals);
    }

    public static new SqliteDatabase Open(DatabaseAddress address, IReadOnlyList<MigrationScript> scripts)
    {
        SystemSqlite.Use();
        string path = address.Connection;
        var options = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = false };
        var connection = new SqliteConnection(options.ToString());
        try
        {
            connection.Open();
            // A larger log between checkpoints: a page that many batches touch is copied back once.
            connection.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=16000; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;");
            Migrate(connection, path, scripts);
            options.Pooling = true;
            return new SqliteDatabase(address, options.ToString(), connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private protected override ValueTask<DbConnection> ConnectReaderAsync()
    {
        var connection = new SqliteConnection(readerConnection);
        connection.Open();
        connection.Execute("PRAGMA busy_timeout=10000; PRAGMA query_only=ON; PRAGMA wal_autocheckpoint=0;");
        return new(connection);
    }

    /// <summary>Work of several callers may share one commit; each takes effect wholly or not at all.</summary>
    private protected override Task<T> RunAsync<T>(Func<HubTransaction, ValueTask<T>> work) => writer.RunAsync(work);

    /// <summary>Closes the writer; the log is copied back into the file when no reader is left.</summary>
    protected override void Dispose(bool disposing)
    {
        SqliteConnection.ClearPool(new SqliteConnection(readerConnection));
        writer.Dispose();
    }

    private static void Migrate(SqliteConnection connection, string path, IReadOnlyList<MigrationScript> scripts)
    {
        var migrator = new Migrator(connection, "WITHOUT ROWID");
        var missing = migrator.Missing(scripts);
        if (missing.Count == 0) return;
        if (migrator.StepsDone > 0) Copy(connection, path, migrator.StepsDone);
        using var transaction = connection.BeginTransaction();
        migrator.Run(missing, transaction);
        transaction.Commit();
    }

    /// <summary>A file is copied before a change of its schema.</summary>
    private static void Copy(SqliteConnection connection, string path, int steps)
    {
        string copy = FormattableString.Invariant($"{path}.before-step-{steps + 1}");
        if (!File.Exists(copy)) connection.Execute("VACUUM INTO @copy", new { copy });
    }
}
