using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

/// <summary>A part that serves the buffer.</summary>
/// <param name="Database">Name of the database file in the store's directory.</param>
/// <param name="Open">Opens the store of a data directory, creates it, or sets an unreadable one aside and creates a new one with a new epoch; records are serialized once, at append.</param>
/// <param name="Verify">Reads a whole store and checks it.</param>
public sealed record StorePart(
    string Database,
    Func<StoreOptions, Func<SyncRecord, byte[]>, TimeProvider, StoreOpened> Open,
    Func<string, IProgress<StoreProgress>?, CancellationToken, StoreReport> Verify)
{
    /// <summary>Whether a data directory holds a store of this part.</summary>
    public bool IsIn(string dataDirectory) => File.Exists(new StoreFiles(dataDirectory, Database).Database);
}
