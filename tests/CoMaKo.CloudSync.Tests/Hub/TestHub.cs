using CoMaKo.Hub;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>A hub's database and ingest in a folder of its own, under a clock that tests move.</summary>
internal sealed class TestHub : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-hub-");

    public TestHub()
    {
        Database = HubDatabase.Open(Path.Combine(folder.FullName, "hub.db"), HubSchema.Scripts);
        Ingest = new IngestService(Database, Clock);
    }

    public FakeTimeProvider Clock { get; } = new();

    public HubDatabase Database { get; }

    public IngestService Ingest { get; }

    public string Folder => folder.FullName;

    /// <summary>One value of the database.</summary>
    public T Value<T>(string sql)
    {
        using var reader = Database.OpenReader();
        return reader.ExecuteScalar<T>(sql)!;
    }

    public void Dispose()
    {
        Ingest.Dispose();
        Database.Dispose();
        folder.Delete(recursive: true);
    }
}
