using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CoMaKo.Edge.Storage;

/// <summary>One SQLite connection with its prepared statements. Not thread-safe: its owner takes turns.</summary>
internal sealed class StoreConnection : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteCommand> prepared = [];

    private StoreConnection(string path, SqliteOpenMode mode)
    {
        SystemSqlite.Use();
        connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        connection.Open();
    }

    /// <summary>The one connection that writes and checkpoints. Every commit syncs the log before it returns or is visible to readers.</summary>
    public static StoreConnection ForWriting(string path, int checkpointPages, bool create = false)
    {
        var opened = new StoreConnection(path, create ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite);
        try
        {
            opened.Execute("PRAGMA busy_timeout = 5000");
            if (opened.Scalar<string>("PRAGMA journal_mode = WAL") != "wal")
                throw new StoreException("CME-1702", $"The file system of {path} does not support SQLite's write-ahead log.");
            opened.Execute("PRAGMA synchronous = FULL");
            opened.Execute("PRAGMA mmap_size = 0"); // a failing disk then gives an error instead of a signal
            opened.Execute(FormattableString.Invariant($"PRAGMA wal_autocheckpoint = {checkpointPages}"));
            opened.Execute("PRAGMA journal_size_limit = 4194304");
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>A connection that only reads and never checkpoints.</summary>
    public static StoreConnection ForReading(string path)
    {
        var opened = new StoreConnection(path, SqliteOpenMode.ReadOnly);
        opened.Execute("PRAGMA busy_timeout = 5000");
        opened.Execute("PRAGMA wal_autocheckpoint = 0");
        opened.Execute("PRAGMA mmap_size = 0");
        return opened;
    }

    /// <summary>A database that lives as long as its connection.</summary>
    public static StoreConnection InMemory() => new(":memory:", SqliteOpenMode.Memory);

    public int Execute(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteNonQuery();

    /// <summary>First column of the first row; default if there is none or it is NULL.</summary>
    public T? Scalar<T>(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteScalar() is T value ? value : default;

    /// <summary>All rows, read before the call returns: no statement stays open and holds the log.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<object?> values)
    {
        using var reader = Command(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(row(reader));
        return rows;
    }

    /// <summary>Runs the action in one transaction: all of it is durable on return, or nothing happened.</summary>
    public T InTransaction<T>(Func<StoreConnection, T> action, bool write)
    {
        Execute(write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
        try
        {
            var result = action(this);
            Execute("COMMIT");
            return result;
        }
        catch
        {
            // SQLite rolls back by itself after some errors (disk full, I/O).
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0) Execute("ROLLBACK");
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var command in prepared.Values) command.Dispose();
        connection.Dispose();
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<object?> values)
    {
        if (!prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (int i = 1; i <= values.Length; i++) command.Parameters.Add(new SqliteParameter(FormattableString.Invariant($"${i}"), null));
            prepared.Add(sql, command);
        }

        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }
}
