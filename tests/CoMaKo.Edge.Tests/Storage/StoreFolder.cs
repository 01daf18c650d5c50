using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Storage;

/// <summary>A data directory of its own that goes with the test, and the store in it.</summary>
public sealed class StoreFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("comako-store-").FullName;

    public FakeTimeProvider Time { get; } = new();

    public string Database => System.IO.Path.Combine(Path, "store", "outbox.db");

    public StoreOpened Open(Func<SyncRecord, byte[]>? encode = null) =>
        SqliteOutbox.Open(new StoreOptions(Path) { ReserveBytes = 64 * 1024 }, encode ?? StoreSamples.Encode, Time);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
