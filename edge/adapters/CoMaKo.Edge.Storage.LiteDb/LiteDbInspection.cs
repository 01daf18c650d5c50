using LiteDB;

namespace CoMaKo.Edge.Storage.LiteDb;

/// <summary>Looks at a LiteDB store of a stopped gateway; changes nothing.</summary>
internal sealed class LiteDbInspection : IStoreInspection
{
    private readonly FileStream held;
    private readonly LiteDbFile file;

    public LiteDbInspection(StoreFiles files)
    {
        held = files.Lock();
        try
        {
            file = Guarded(() => LiteDbFile.Open(files.Database, writable: false));
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public IEnumerable<string> Structure() => Guarded(() => file.DamagedPages().Select(page => FormattableString.Invariant($"Page {page} does not match its checksum.")).Take(100).ToList());

    public long Count() => Guarded(() => file.Database.GetCollection("record").LongCount());

    public IEnumerable<long> Unmatched() => Guarded(file.Tables.Unmatched);

    public T Read<T>(Func<IStoreTables, T> query) => Guarded(() => query(file.Tables));

    public void Dispose()
    {
        file.Dispose();
        held.Dispose();
    }

    private static T Guarded<T>(Func<T> query)
    {
        try
        {
            return query();
        }
        catch (Exception e) when (e is LiteException or InvalidCastException or IndexOutOfRangeException or NullReferenceException or OverflowException)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
