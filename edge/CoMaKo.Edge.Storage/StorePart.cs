using CoMaKo.Quantities;

namespace CoMaKo.Edge.Storage;

/// <summary>A part that serves the buffer.</summary>
/// <param name="Title">For people: what it is made of.</param>
/// <param name="Open">Opens the store of a data directory, creates it, or sets an unreadable one aside and creates a new one with a new epoch; records are serialized once, at append.</param>
/// <param name="Verify">Reads a whole store and checks it.</param>
public sealed record StorePart(
    string Title,
    Func<StoreOptions, Func<SyncRecord, byte[]>, TimeProvider, StoreOpened> Open,
    Func<string, IProgress<StoreProgress>?, CancellationToken, StoreReport> Verify);
