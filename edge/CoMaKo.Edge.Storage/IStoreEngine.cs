namespace CoMaKo.Edge.Storage;

/// <summary>
/// A database engine behind the buffer: keeps the store's tables on the disk. What the buffer promises rests on this promise:
/// when <see cref="Write"/> returns, everything it changed is synced; when it throws, the next opening finds all of the change or nothing.
/// </summary>
/// <remarks>
/// Calls throw <see cref="StoreException"/> for a disk that refuses (<c>CME-1701</c>, <c>CME-1702</c>) and <see cref="InvalidDataException"/> for content that
/// cannot be continued; anything else is a fault of the software. One writing and one reading call may run at a time, and no reader sees what is not synced.
/// </remarks>
internal interface IStoreEngine : IDisposable
{
    /// <summary>Name and version, for people.</summary>
    string Title { get; }

    /// <summary>Makes a new database with empty tables in an existing directory, lets it be filled, syncs and closes it.</summary>
    void Create(string directory, Action<IStoreTables> fill);

    /// <summary>Opens the store's database for the whole life of the engine.</summary>
    /// <param name="verify">Looks at the newest records; called again, in a writing transaction, whenever the engine had to open the database anew after an I/O error.</param>
    /// <exception cref="InvalidDataException">The store is unreadable.</exception>
    /// <exception cref="StoreException">The disk refuses, or the store was written by newer software.</exception>
    void Open(Action<IStoreTables> verify);

    /// <summary>Runs a change in one synced transaction.</summary>
    T Write<T>(Func<IStoreTables, T> change);

    /// <summary>Runs a query on one consistent state.</summary>
    T Read<T>(Func<IStoreTables, T> query);
}

/// <summary>A store that is only looked at.</summary>
internal interface IStoreInspection : IDisposable
{
    /// <summary>What is wrong with the engine's own structure; empty if nothing.</summary>
    IEnumerable<string> Structure();

    /// <summary>Number of records.</summary>
    long Count();

    /// <summary>Records whose typed rows do not belong to them, and typed rows without a record, by sequence; not all of them if there are very many.</summary>
    IEnumerable<long> Unmatched();

    /// <summary>Runs a query on one consistent state.</summary>
    T Read<T>(Func<IStoreTables, T> query);
}
