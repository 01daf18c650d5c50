using CoMaKo.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;

namespace CoMaKo.Scenarios.Sync;

/// <summary>Where a simulated hub's database lives and how it is backed up.</summary>
internal interface IHubDisk : IDisposable
{
    DatabaseAddress Address { get; }

    /// <summary>Whether a call completes before it returns, as the simulation's one thread wants it.</summary>
    bool IsOnThisThread { get; }

    bool CanCopyWhileOpen { get; }

    void Backup();

    void Restore();
}

/// <summary>A file, copied with its log while the hub goes on.</summary>
internal sealed class FileDisk : IHubDisk
{
    private static readonly Lazy<byte[]> EmptyDatabase = new(MakeEmptyDatabase);
    private readonly string folder;

    public FileDisk(string folder)
    {
        this.folder = folder;
        Directory.CreateDirectory(folder);
        Address = DatabaseAddress.OfFile(Path.Combine(folder, "hub.db"));
        File.WriteAllBytes(Address.ToString(), EmptyDatabase.Value);
    }

    public DatabaseAddress Address { get; }

    public bool IsOnThisThread => true;

    public bool CanCopyWhileOpen => true;

    private string BackupFolder => Path.Combine(folder, "backup");

    public void Backup()
    {
        if (Directory.Exists(BackupFolder)) Directory.Delete(BackupFolder, recursive: true);
        Directory.CreateDirectory(BackupFolder);
        foreach (string file in Directory.GetFiles(folder, "hub.db*")) File.Copy(file, Path.Combine(BackupFolder, Path.GetFileName(file)));
    }

    public void Restore()
    {
        foreach (string file in Directory.GetFiles(folder, "hub.db*")) File.Delete(file);
        foreach (string file in Directory.GetFiles(BackupFolder)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
    }

    public void Dispose()
    {
    }

    /// <summary>Migrating anew for each of thousands of seeds would be most of the time.</summary>
    private static byte[] MakeEmptyDatabase()
    {
        string temporary = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        HubSchema.Open(DatabaseAddress.OfFile(temporary)).Dispose();
        byte[] content = File.ReadAllBytes(temporary);
        foreach (string file in Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(temporary) + "*")) File.Delete(file);
        return content;
    }
}

/// <summary>A database on a server, copied as a whole while nobody is connected.</summary>
internal sealed class ServerDisk : IHubDisk
{
    private readonly PostgresCluster server = PostgresCluster.Instance;
    private string database;
    private string? backup;

    public ServerDisk() => database = server.CreateDatabase();

    public DatabaseAddress Address => DatabaseAddress.Parse(server.UrlOf(database)).Value!;

    public bool IsOnThisThread => false;

    public bool CanCopyWhileOpen => false;

    public void Backup()
    {
        if (backup is not null) server.DropDatabase(backup);
        backup = server.CreateDatabase(database);
    }

    public void Restore()
    {
        server.DropDatabase(database);
        database = server.CreateDatabase(backup);
    }

    public void Dispose()
    {
        server.DropDatabase(database);
        if (backup is not null) server.DropDatabase(backup);
    }
}
