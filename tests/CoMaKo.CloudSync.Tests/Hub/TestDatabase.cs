using System.Collections.Concurrent;
using CoMaKo.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.Hub;

/// <summary>
/// A database of one test: a file in a folder of its own, or a database on this process's server. A file goes with the test; a server's database with
/// the hub's schema is emptied and serves the next one, because making and dropping one would be most of the time.
/// </summary>
internal sealed class TestDatabase : IDisposable
{
    private const string Empty = """
        DO $$ DECLARE name text; BEGIN
          SET LOCAL session_replication_role = replica; -- no order by references
          FOR name IN SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'schema_step' LOOP
            EXECUTE 'DELETE FROM ' || name;
          END LOOP;
          PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S';
        END $$
        """;

    private static readonly Lazy<string> Template = new(MakeTemplate);
    private static readonly ConcurrentBag<string> Emptied = [];

    private readonly bool hasSchema;
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-hub-");

    /// <param name="hasSchema">Whether it has the hub's tables already (migrating anew for each test would be most of the time).</param>
    public TestDatabase(Engine engine, bool hasSchema = true)
    {
        this.hasSchema = hasSchema;
        if (engine == Engine.Postgres) Name = hasSchema && Emptied.TryTake(out string? emptied) ? emptied : PostgresCluster.Instance.CreateDatabase(hasSchema ? Template.Value : null);
        Address = Name is null ? DatabaseAddress.OfFile(Path.Combine(folder.FullName, "hub.db")) : DatabaseAddress.Parse(Url!).Value!;
    }

    public DatabaseAddress Address { get; }

    /// <summary>The database on the server; absent for a file.</summary>
    public string? Name { get; }

    /// <summary>How a user names it on a command line; absent for a file, which the folder names.</summary>
    public string? Url => Name is null ? null : PostgresCluster.Instance.UrlOf(Name);

    public string Folder => folder.FullName;

    /// <summary>A number that a statement gives, beside whatever runs on the database.</summary>
    public int Count(string sql)
    {
        using var database = HubSchema.Open(Address);
        using var reader = database.OpenReaderAsync().AsTask().GetAwaiter().GetResult();
        return reader.ExecuteScalar<int>(sql);
    }

    public void Dispose()
    {
        folder.Delete(recursive: true);
        if (Name is null || !hasSchema) return;
        using var connection = PostgresCluster.Instance.Connect(Name);
        connection.Execute(Empty);
        Emptied.Add(Name);
    }

    private static string MakeTemplate()
    {
        string name = PostgresCluster.Instance.CreateDatabase();
        HubSchema.Open(DatabaseAddress.Parse(PostgresCluster.Instance.UrlOf(name)).Value!).Dispose();
        return name;
    }
}
