using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace CoMaKo.Hub.Storage;

/// <summary>Backup of a hub's database file and the way back.</summary>
public static class SqliteBackup
{
    /// <summary>
    /// Writes a whole, consistent copy beside a running hub, which goes on meanwhile. It comes under its name only when it is complete and on the disk.
    /// </summary>
    /// <param name="database">The hub's file.</param>
    /// <param name="copy">A file that does not exist yet.</param>
    /// <exception cref="IOException">CMH-2021: there is no such database, or the copy exists.</exception>
    /// <exception cref="HubDatabaseException">It cannot be read or written.</exception>
    public static void Write(string database, string copy)
    {
        if (!File.Exists(database)) throw new IOException($"CMH-2021. {database} does not exist. Name the folder that 'comako-hub run' uses.");
        if (File.Exists(copy)) throw new IOException($"CMH-2021. {copy} exists and is left as it is. Name another file.");
        string unfinished = copy + ".unfinished";
        File.Delete(unfinished);
        using (var connection = Open(database, SqliteOpenMode.ReadWrite)) Run(() => connection.Execute("VACUUM INTO @unfinished", new { unfinished }, commandTimeout: 0));
        Check(unfinished);
        using (var written = new FileStream(unfinished, FileMode.Open, FileAccess.ReadWrite)) written.Flush(flushToDisk: true);
        File.Move(unfinished, copy);
    }

    /// <summary>Puts a copy in the place of the hub's file; the file that was there stays beside it under a dated name.</summary>
    /// <param name="suffix">Appended to the name of the file that was there, e.g. the time.</param>
    /// <returns>Where the file that was there is now; absent if there was none.</returns>
    /// <exception cref="IOException">CMH-2022: the copy is no whole database, or a hub still runs.</exception>
    public static string? Restore(string copy, string database, string suffix)
    {
        if (!File.Exists(copy)) throw new IOException($"CMH-2022. {copy} does not exist.");
        Check(copy);
        if (File.Exists(database)) CloseLog(database);
        string coming = database + ".coming";
        File.Copy(copy, coming, overwrite: true);
        using (var written = new FileStream(coming, FileMode.Open, FileAccess.ReadWrite)) written.Flush(flushToDisk: true);
        string? aside = null;
        if (File.Exists(database))
        {
            aside = $"{database}.before-restore-{suffix}";
            File.Move(database, aside);
            if (File.Exists(database + "-wal")) File.Move(database + "-wal", aside + "-wal"); // only a broken file still has one
        }

        File.Delete(database + "-shm");
        File.Move(coming, database);
        return aside;
    }

    /// <summary>Leaves WAL mode, which writes the log back into the file and which nobody can while a hub has it open.</summary>
    private static void CloseLog(string database)
    {
        try
        {
            using var connection = Open(database, SqliteOpenMode.ReadWrite);
            connection.Execute("PRAGMA journal_mode = DELETE", commandTimeout: 1);
        }
        catch (SqliteException broken) when (broken.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
        {
            // That is why somebody restores; it is kept as it is.
        }
        catch (SqliteException busy)
        {
            throw new IOException($"CMH-2022. {database} cannot be had alone; stop the hub that uses it. {busy.Message}", busy);
        }
    }

    private static void Check(string file)
    {
        try
        {
            using var connection = Open(file, SqliteOpenMode.ReadOnly);
            if (connection.QueryFirst<string>("PRAGMA integrity_check(1)") == "ok" && connection.QuerySingle<long>("SELECT count(*) FROM schema_step") > 0) return;
        }
        catch (SqliteException wrong)
        {
            throw new IOException($"CMH-2022. {file} is no whole database of a hub: {wrong.Message}", wrong);
        }

        throw new IOException($"CMH-2022. {file} is no whole database of a hub.");
    }

    private static void Run(Action action)
    {
        try
        {
            action();
        }
        catch (SqliteException failure)
        {
            throw SqliteFaults.Of(failure);
        }
    }

    private static SqliteConnection Open(string file, SqliteOpenMode mode)
    {
        SystemSqlite.Use();
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = mode, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }
}
