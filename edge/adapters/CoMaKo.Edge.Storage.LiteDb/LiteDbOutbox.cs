using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage.LiteDb;

/// <summary>The buffer on LiteDB, an optional part.</summary>
public static class LiteDbOutbox
{
    private const string DatabaseName = "outbox.litedb";

    /// <summary>This part, as the host chooses among several.</summary>
    public static StorePart Part { get; } = new(DatabaseName, Open, Verify);

    /// <inheritdoc cref="StorePart.Open"/>
    /// <exception cref="StoreException"><c>CME-1701</c>, <c>CME-1702</c>, <c>CME-1703</c>, <c>CME-1707</c>.</exception>
    public static StoreOpened Open(StoreOptions options, Func<SyncRecord, byte[]> encode, TimeProvider time) =>
        // The option counts pages of 4 KiB; LiteDB's have 8 KiB.
        Outbox.Open(options, DatabaseName, files => new LiteDbEngine(files, Math.Max(1, options.CheckpointPages / 2)), encode, time);

    /// <summary>Checks a whole store. LiteDB lets no second process read: the gateway is stopped for it (<c>CME-1703</c> otherwise).</summary>
    public static StoreReport Verify(string dataDirectory, IProgress<StoreProgress>? progress, CancellationToken cancellationToken) =>
        StoreVerification.Run(new StoreFiles(dataDirectory, DatabaseName), files => new LiteDbInspection(files), progress, cancellationToken);
}
