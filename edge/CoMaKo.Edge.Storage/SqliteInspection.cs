using Microsoft.Data.Sqlite;

namespace CoMaKo.Edge.Storage;

/// <summary>Looks at an SQLite store, also beside the running gateway.</summary>
internal sealed class SqliteInspection(string database) : IStoreInspection
{
    private readonly StoreConnection connection = Connect(database);

    public IEnumerable<string> Structure() => Query(() => connection.Query("PRAGMA integrity_check(100)", r => r.GetString(0)).Where(line => line != "ok"));

    public long Count() => Query(() => connection.Scalar<long>("SELECT COUNT(*) FROM record"));

    public IEnumerable<long> Unmatched() => Query(() => connection.Query(
        """
        SELECT r.sequence FROM record r LEFT JOIN total t ON t.sequence = r.sequence LEFT JOIN segment s ON s.sequence = r.sequence
        WHERE (r.kind = 1) <> (t.sequence IS NOT NULL) OR (r.kind IN (2, 3)) <> (s.sequence IS NOT NULL) OR (s.sequence IS NOT NULL AND s.is_end <> (r.kind = 3))
        UNION ALL
        SELECT t.sequence FROM total t WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.sequence = t.sequence)
        UNION ALL
        SELECT s.sequence FROM segment s WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.sequence = s.sequence)
        LIMIT 1000
        """,
        r => r.GetInt64(0)));

    public T Read<T>(Func<IStoreTables, T> query) => Query(() => connection.InTransaction(c => query(new SqliteTables(c)), write: false));

    public void Dispose() => connection.Dispose();

    private static StoreConnection Connect(string database) => Query(() => StoreConnection.ForReading(database));

    private static T Query<T>(Func<T> query)
    {
        try
        {
            return query();
        }
        catch (SqliteException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
    }
}
