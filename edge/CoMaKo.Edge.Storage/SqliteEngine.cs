using Microsoft.Data.Sqlite;

namespace CoMaKo.Edge.Storage;

/// <summary>The store's tables in SQLite. One connection writes and checkpoints, one reads.</summary>
/// <remarks>A commit becomes visible to the reading connection only after the log is synced (<c>synchronous=FULL</c>).</remarks>
internal sealed class SqliteEngine(StoreFiles files, int checkpointPages) : IStoreEngine
{
    private StoreConnection? writer;
    private StoreConnection? reader;
    private Action<IStoreTables> verifyTail = static _ => { };

    public string Title => $"SQLite {SQLitePCL.raw.sqlite3_libversion().utf8_to_string()}";

    public void Create(string directory, Action<IStoreTables> fill)
    {
        try
        {
            using var connection = StoreConnection.ForWriting(files.DatabaseIn(directory), checkpointPages, create: true);
            StoreSchema.Migrate(connection, directory, StoreSchema.Scripts);
            connection.InTransaction(c => Run(c, fill), write: true);
        }
        catch (SqliteException e)
        {
            throw Failure(e);
        }
    }

    public void Open(Action<IStoreTables> verify)
    {
        verifyTail = verify;
        SyncLog();
        try
        {
            writer = OpenChecked();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SqliteErrors.Full or SqliteErrors.CannotOpen or SqliteErrors.Io && files.ReleaseReserve())
        {
            Open(verify); // the log's index needs a few pages even on a full disk
        }
        catch (SqliteException e) when (MeansUnreadable(e))
        {
            throw new InvalidDataException(e.Message, e);
        }
        catch (SqliteException e)
        {
            throw Failure(e);
        }
    }

    public T Write<T>(Func<IStoreTables, T> change)
    {
        try
        {
            writer ??= Reconnect();
            return writer.InTransaction(c => change(new SqliteTables(c)), write: true);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteErrors.Full && files.ReleaseReserve())
        {
            return Write(change);
        }
        catch (SqliteException e)
        {
            if (e.SqliteErrorCode == SqliteErrors.Io)
            {
                // The kernel may have dropped pages it could not write: nothing in this connection is trusted any more.
                writer?.Dispose();
                writer = null;
            }

            throw Failure(e);
        }
    }

    public T Read<T>(Func<IStoreTables, T> query)
    {
        try
        {
            reader ??= StoreConnection.ForReading(files.Database);
            return reader.InTransaction(c => query(new SqliteTables(c)), write: false);
        }
        catch (SqliteException e)
        {
            reader?.Dispose();
            reader = null;
            throw Failure(e);
        }
    }

    /// <summary>Closes the connections, the writing one last: it moves the log into the database.</summary>
    public void Dispose()
    {
        reader?.Dispose();
        writer?.Dispose();
        (reader, writer) = (null, null);
    }

    /// <summary>What a killed process had written to the log may not be on the disk yet, and a reader takes it as committed.</summary>
    private void SyncLog()
    {
        string log = files.Database + "-wal";
        if (!File.Exists(log)) return;
        try
        {
            using var handle = File.OpenHandle(log, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            StoreFiles.SyncFile(handle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException("CME-1702", $"The log {log} could not be synced: {e.Message}", e);
        }
    }

    private static bool MeansUnreadable(SqliteException e) =>
        e.SqliteErrorCode is SqliteErrors.Generic or SqliteErrors.Corrupt or SqliteErrors.NotADatabase
        || e.SqliteExtendedErrorCode is SqliteErrors.IoRead or SqliteErrors.IoShortRead or SqliteErrors.IoCorruptFileSystem;

    private StoreConnection OpenChecked()
    {
        var connection = StoreConnection.ForWriting(files.Database, checkpointPages);
        try
        {
            if (connection.Scalar<long>("PRAGMA user_version") == 0) throw new InvalidDataException("The database is empty.");
            StoreSchema.Migrate(connection, files.Store, StoreSchema.Scripts);
            Verify(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens the writing connection anew after an I/O error. What the log holds is copied into the database and synced there at once:
    /// a page of the log that the failed sync lost is written again, or this fails as well.
    /// </summary>
    private StoreConnection Reconnect()
    {
        var connection = StoreConnection.ForWriting(files.Database, checkpointPages);
        try
        {
            if (connection.Scalar<long>("PRAGMA wal_checkpoint(TRUNCATE)") != 0) throw new StoreException("CME-1702", "The store is busy and could not be synced again.");
            Verify(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads the small tables and the newest entries of the totals through table and index, then what the buffer wants to see.</summary>
    /// <exception cref="InvalidDataException">The store cannot be continued.</exception>
    private void Verify(StoreConnection connection)
    {
        foreach (string table in (string[])["register", "state", "acknowledgement"])
        {
            if (connection.Scalar<string>($"PRAGMA quick_check({table})") is { } answer && answer != "ok") throw new InvalidDataException(answer);
        }

        connection.Query("SELECT total_wh FROM total ORDER BY register DESC, slot_end DESC LIMIT 500", r => r.GetInt64(0));
        connection.InTransaction(c => Run(c, verifyTail), write: true);
    }

    private static bool Run(StoreConnection connection, Action<IStoreTables> action)
    {
        action(new SqliteTables(connection));
        return true;
    }

    /// <summary>What an SQLite error means for the caller.</summary>
    private Exception Failure(SqliteException e) => e.SqliteErrorCode switch
    {
        SqliteErrors.Full => new StoreException("CME-1701", $"The disk of {files.DataDirectory} is full; records wait in memory. Free some space.", e),
        SqliteErrors.Io or SqliteErrors.ReadOnly or SqliteErrors.CannotOpen => new StoreException(
            "CME-1702", FormattableString.Invariant($"The disk of {files.DataDirectory} reports an error or is read-only (SQLite {e.SqliteExtendedErrorCode}). Check the disk and its mount."), e),
        SqliteErrors.Corrupt or SqliteErrors.NotADatabase => new InvalidDataException(e.Message, e),
        _ => e, // a bug: the process stops
    };
}
