using LiteDB;

namespace CoMaKo.Edge.Storage.LiteDb;

/// <summary>
/// The store's tables in LiteDB 5. LiteDB syncs nothing at a commit, keeps no checksums and takes a log's last page on its word (reliability of 5.0.21),
/// so its two files lie on streams that do (<see cref="LogStream"/>, <see cref="DataStream"/>), and this class says when: commit, sync, and only then is it done.
/// </summary>
/// <remarks>One call at a time. After any failed write the database is closed and opened anew from what the disk holds; after a failed sync nothing is read or written until all of the log is in the database and synced.</remarks>
internal sealed class LiteDbEngine(StoreFiles files, long checkpointPages) : IStoreEngine
{
    private const int NoSpace = 28; // ENOSPC: .NET hands the number of the system on as HResult

    private readonly Lock gate = new();
    private Action<IStoreTables> verifyTail = static _ => { };
    private LiteDbFile? open;
    private bool mustSync;

    public static string Version { get; } = $"LiteDB {typeof(LiteDatabase).Assembly.GetName().Version!.ToString(3)}";

    public string Title => Version;

    public void Create(string directory, Action<IStoreTables> fill) => Guarded(() =>
    {
        using var created = LiteDbFile.Create(files.DatabaseIn(directory));
        created.InTransaction(tables => Run(tables, fill));
        created.Sync();
        created.Checkpoint();
        return true;
    });

    public void Open(Action<IStoreTables> verify)
    {
        verifyTail = verify;
        Locked(() => Opened());
    }

    public T Write<T>(Func<IStoreTables, T> change) => Locked(() => Commit(Opened(), change));

    public T Read<T>(Func<IStoreTables, T> query) => Locked(() => query(Opened().Tables));

    public void Dispose()
    {
        lock (gate) Close();
    }

    private T Commit<T>(LiteDbFile file, Func<IStoreTables, T> change)
    {
        var result = file.InTransaction(change);
        mustSync = true;
        file.Sync();
        mustSync = false;
        if (file.LogPages >= checkpointPages) Checkpoint(file);
        return result;
    }

    /// <summary>What the log holds is durable already: a disk that refuses now is asked again later.</summary>
    private void Checkpoint(LiteDbFile file)
    {
        try
        {
            file.Checkpoint();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Close();
        }
    }

    private LiteDbFile Opened()
    {
        if (open is not null) return open;
        var file = LiteDbFile.Open(files.Database);
        try
        {
            // After a failed sync: the kernel may have dropped pages, so all of the log is written again, or this fails as well.
            if (mustSync && file.LogPages > 0) file.Checkpoint();
            mustSync = false;
            open = file;
            Commit(file, tables => Run(tables, verifyTail));
            return open ??= LiteDbFile.Open(files.Database);
        }
        catch
        {
            file.Dispose();
            open = null;
            throw;
        }
    }

    private T Locked<T>(Func<T> action)
    {
        lock (gate)
        {
            try
            {
                return Guarded(action);
            }
            catch (StoreException e) when (e.Code == "CME-1701" && files.ReleaseReserve())
            {
                return Guarded(action);
            }
        }
    }

    /// <summary>Closes the database after everything but a refused argument, and says what it means for the caller.</summary>
    private T Guarded<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (ArgumentException)
        {
            throw; // the caller's; the transaction was rolled back
        }
        catch (Exception e)
        {
            Close();
            throw Failure(e);
        }
    }

    private void Close()
    {
        open?.Dispose();
        open = null;
    }

    private Exception Failure(Exception e) => e switch
    {
        StoreException or InvalidDataException => e,
        IOException { HResult: NoSpace } => new StoreException("CME-1701", $"The disk of {files.DataDirectory} is full; records wait in memory. Free some space.", e),
        IOException or UnauthorizedAccessException => new StoreException("CME-1702", $"The disk of {files.DataDirectory} reports an error or is read-only ({e.Message}). Check the disk and its mount.", e),
        // What LiteDB throws when its pages contradict each other.
        LiteException or InvalidCastException or IndexOutOfRangeException or NullReferenceException or OverflowException => new InvalidDataException(e.Message, e),
        _ => e,
    };

    private static bool Run(IStoreTables tables, Action<IStoreTables> action)
    {
        action(tables);
        return true;
    }
}
