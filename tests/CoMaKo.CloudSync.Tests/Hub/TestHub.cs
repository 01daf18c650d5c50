using CoMaKo.Hub;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>A hub's database and ingest, under a clock that tests move.</summary>
internal sealed class TestHub : IDisposable
{
    private readonly TestDatabase place;

    public TestHub(Engine engine)
    {
        place = new TestDatabase(engine);
        Database = HubSchema.Open(place.Address);
        Ingest = new IngestService(Database, Clock);
    }

    public FakeTimeProvider Clock { get; } = new();

    public HubDatabase Database { get; }

    public IngestService Ingest { get; }

    public TestDatabase Place => place;

    /// <summary>One value of the database.</summary>
    public T Value<T>(string sql)
    {
        using var reader = Database.OpenReaderAsync().AsTask().GetAwaiter().GetResult();
        return reader.ExecuteScalar<T>(sql)!;
    }

    /// <summary>A column of texts, joined.</summary>
    public string Texts(string sql)
    {
        using var reader = Database.OpenReaderAsync().AsTask().GetAwaiter().GetResult();
        return string.Join(", ", reader.Query<string>(sql));
    }

    public void Dispose()
    {
        Ingest.Dispose();
        Database.Dispose();
        place.Dispose();
    }
}
