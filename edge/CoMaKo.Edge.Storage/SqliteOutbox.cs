using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

/// <summary>The buffer on SQLite, the default engine.</summary>
public static class SqliteOutbox
{
    internal const string DatabaseName = "outbox.db";

    /// <summary>This part, as the host chooses among several.</summary>
    public static StorePart Part { get; } = new(DatabaseName, Open, StoreVerification.Run);

    /// <inheritdoc cref="StorePart.Open"/>
    /// <exception cref="StoreException"><c>CME-1701</c>, <c>CME-1702</c>, <c>CME-1703</c>, <c>CME-1705</c>, <c>CME-1706</c>, <c>CME-1707</c>.</exception>
    public static StoreOpened Open(StoreOptions options, Func<SyncRecord, byte[]> encode, TimeProvider time)
    {
        SystemSqlite.Use();
        return Outbox.Open(options, DatabaseName, files => new SqliteEngine(files, options.CheckpointPages), encode, time);
    }
}
