using CoMaKo.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>A database of one test: a file in a folder of its own, or a database on this process's server. It goes with the test.</summary>
internal sealed class TestDatabase : IDisposable
{
    private static readonly Lazy<string> Template = new(MakeTemplate);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-hub-");

    /// <param name="hasSchema">Whether it has the hub's tables already (migrating anew for each test would be most of the time).</param>
    public TestDatabase(Engine engine, bool hasSchema = true)
    {
        if (engine == Engine.Postgres) Name = PostgresCluster.Instance.CreateDatabase(hasSchema ? Template.Value : null);
        Address = Name is null ? DatabaseAddress.OfFile(Path.Combine(folder.FullName, "hub.db")) : DatabaseAddress.Parse(Url!).Value!;
    }

    public DatabaseAddress Address { get; }

    /// <summary>The database on the server; absent for a file.</summary>
    public string? Name { get; }

    /// <summary>How a user names it on a command line; absent for a file, which the folder names.</summary>
    public string? Url => Name is null ? null : PostgresCluster.Instance.UrlOf(Name);

    public string Folder => folder.FullName;

    public void Dispose()
    {
        folder.Delete(recursive: true);
        if (Name is not null) PostgresCluster.Instance.DropDatabase(Name);
    }

    private static string MakeTemplate()
    {
        string name = PostgresCluster.Instance.CreateDatabase();
        HubSchema.Open(DatabaseAddress.Parse(PostgresCluster.Instance.UrlOf(name)).Value!).Dispose();
        return name;
    }
}
