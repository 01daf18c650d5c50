using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using Microsoft.Data.Sqlite;

namespace CoMaKo.Edge.Tests.Storage;

/// <summary>A data directory of its own that goes with the test, and the store in it.</summary>
/// <param name="part">What keeps the store; absent: SQLite.</param>
public sealed class StoreFolder(StorePart? part = null) : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("comako-store-").FullName;

    public FakeTimeProvider Time { get; } = new();

    public StorePart Part { get; } = part ?? SqliteOutbox.Part;

    public string Store => System.IO.Path.Combine(Path, "store");

    public string Database => System.IO.Path.Combine(Path, "store", "outbox.db");

    public StoreOpened Open(Func<SyncRecord, byte[]>? encode = null) =>
        Part.Open(new StoreOptions(Path) { ReserveBytes = 64 * 1024 }, encode ?? StoreSamples.Encode, Time);

    /// <summary>What a check of the whole store finds.</summary>
    public IReadOnlyList<Finding> Findings() => Part.Verify(Path, null, default).Findings;

    /// <summary>Changes the closed store behind its back, as a damaged disk would.</summary>
    public void Damage(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
