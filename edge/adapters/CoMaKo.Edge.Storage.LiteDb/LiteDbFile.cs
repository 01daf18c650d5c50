using LiteDB;
using LiteDB.Engine;

namespace CoMaKo.Edge.Storage.LiteDb;

/// <summary>One open database: LiteDB on its two streams. Not thread-safe: its owner takes turns.</summary>
internal sealed class LiteDbFile : IDisposable
{
    private readonly DataStream data;
    private readonly LogStream log;
    private readonly LiteEngine engine;

    private LiteDbFile(DataStream data, LogStream log)
    {
        (this.data, this.log) = (data, log);
        // Binary collation: names differ if a letter does, and order as bytes do. Never Rebuild or AutoRebuild: they lose indexed collections (reliability of 5.0.21).
        engine = new LiteEngine(new EngineSettings { DataStream = data, LogStream = log, Collation = Collation.Binary, AutoRebuild = false });
        Database = new LiteDatabase(engine);
        Tables = new LiteDbTables(Database);
    }

    public LiteDatabase Database { get; }

    public LiteDbTables Tables { get; }

    /// <summary>Pages in the log.</summary>
    public long LogPages => log.Pages;

    public static string LogOf(string database) => database + "-log";

    /// <summary>A new database with empty tables.</summary>
    public static LiteDbFile Create(string path)
    {
        var created = Over(LogStream.Create(LogOf(path)), begun => new DataStream(path, begun.Touched, writable: true, create: true));
        try
        {
            // Moved into the database when the buffer says so, not in the middle of a commit or while closing.
            created.Database.CheckpointSize = 0;
            created.Tables.MakeIndexes();
            return created;
        }
        catch
        {
            created.Dispose();
            throw;
        }
    }

    /// <summary>Opens an existing database, with whatever its log holds.</summary>
    public static LiteDbFile Open(string path, bool writable = true)
    {
        if (!File.Exists(LogOf(path))) throw new InvalidDataException("The database has lost its log.");
        return Over(LogStream.Open(LogOf(path), writable), found => new DataStream(path, found.Touched, writable, create: false));
    }

    /// <summary>
    /// Runs the action in one transaction. On return its pages are in the log, not yet synced. A refused argument is rolled back;
    /// after any other failure the database must be closed: rolling back writes, and LiteDB no longer knows where its log ends.
    /// </summary>
    public T InTransaction<T>(Func<IStoreTables, T> action)
    {
        Database.BeginTrans();
        T result;
        try
        {
            result = action(Tables);
        }
        catch (ArgumentException)
        {
            Database.Rollback();
            throw;
        }

        Database.Commit();
        return result;
    }

    /// <summary>Makes what was committed durable.</summary>
    public void Sync() => log.Flush();

    /// <summary>Copies the log into the database, syncs that, and starts the log over. The log is synced already.</summary>
    public void Checkpoint()
    {
        engine.Checkpoint();
        // LiteDB leaves a log alone in which no transaction was confirmed.
        if (log.Pages > 0) throw new InvalidDataException("The log could not be moved into the database.");
    }

    /// <summary>Pages of the database that the disk has changed.</summary>
    public IEnumerable<long> DamagedPages() => data.Damaged();

    public void Dispose()
    {
        Database.Dispose();
        data.Dispose();
        log.Dispose();
    }

    private static LiteDbFile Over(LogStream logged, Func<LogStream, DataStream> open)
    {
        DataStream? kept = null;
        try
        {
            kept = open(logged);
            return new LiteDbFile(kept, logged);
        }
        catch
        {
            kept?.Dispose();
            logged.Dispose();
            throw;
        }
    }
}
