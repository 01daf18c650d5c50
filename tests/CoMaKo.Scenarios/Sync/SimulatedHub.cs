using CoMaKo.Contracts.Wire;
using CoMaKo.Hub;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Scenarios.Sync;

/// <summary>The real ingest code on a real database, with two replicas in front; it can crash around a commit and be set back to a backup.</summary>
internal sealed class SimulatedHub : IDisposable
{
    private static readonly Lazy<byte[]> EmptyDatabase = new(MakeEmptyDatabase);
    private readonly Timeline timeline;
    private readonly FaultPlan faults;
    private readonly string folder;
    private IngestService[] replicas = [];

    public SimulatedHub(Timeline timeline, FaultPlan faults, string folder)
    {
        (this.timeline, this.faults, this.folder) = (timeline, faults, folder);
        Directory.CreateDirectory(folder);
        Path = System.IO.Path.Combine(folder, "hub.db");
        File.WriteAllBytes(Path, EmptyDatabase.Value);
        Start();
    }

    /// <summary>Absent while the hub is down.</summary>
    public HubDatabase? Database { get; private set; }

    /// <summary>The database file.</summary>
    public string Path { get; }

    /// <summary>Lets a replica handle a request; the answer counts only if no crash comes.</summary>
    /// <returns>Whether an answer leaves the hub.</returns>
    /// <exception cref="GrpcStatusException">The hub is down, or refuses.</exception>
    public bool TryHandle<TReply>(Func<IngestService, Task<TReply>> handle, out TReply? reply)
    {
        reply = default;
        if (Database is null) throw new GrpcStatusException(GrpcStatusCode.Unavailable, "The hub is down.");
        if (timeline.Chance(faults.HubCrashes / 2))
        {
            Crash("before the commit");
            return false;
        }

        var handled = handle(replicas[timeline.Draw(replicas.Length)]);
        if (!handled.IsCompleted) throw new InvalidOperationException("The hub's code left the simulation's thread.");
        reply = handled.GetAwaiter().GetResult();
        if (!timeline.Chance(faults.HubCrashes / 2)) return true;
        Crash("after the commit");
        return false;
    }

    public void Backup()
    {
        string backup = System.IO.Path.Combine(folder, "backup");
        if (Directory.Exists(backup)) Directory.Delete(backup, recursive: true);
        Directory.CreateDirectory(backup);
        foreach (string file in Directory.GetFiles(folder, "hub.db*")) File.Copy(file, System.IO.Path.Combine(backup, System.IO.Path.GetFileName(file)));
        timeline.Note("hub: backup taken");
    }

    public void RestoreBackup()
    {
        Stop();
        foreach (string file in Directory.GetFiles(folder, "hub.db*")) File.Delete(file);
        foreach (string file in Directory.GetFiles(System.IO.Path.Combine(folder, "backup"))) File.Copy(file, System.IO.Path.Combine(folder, System.IO.Path.GetFileName(file)));
        Start();
        timeline.Note("hub: restored from the backup");
    }

    /// <summary>Up again, if it was down.</summary>
    public void Start()
    {
        if (Database is not null) return;
        Database = HubSchema.Open(DatabaseAddress.OfFile(Path));
        replicas = [new IngestService(Database, timeline.Clock), new IngestService(Database, timeline.Clock)];
    }

    public void Dispose() => Stop();

    private void Crash(string when)
    {
        Stop();
        var down = timeline.Between(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(40));
        timeline.Note($"hub: crashed {when}, down for {down:c}");
        timeline.After(down, Start);
    }

    private void Stop()
    {
        foreach (var replica in replicas) replica.Dispose();
        replicas = [];
        Database?.Dispose();
        Database = null;
    }

    /// <summary>Migrating anew for each of thousands of seeds would be most of the time.</summary>
    private static byte[] MakeEmptyDatabase()
    {
        string temporary = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());
        HubSchema.Open(DatabaseAddress.OfFile(temporary)).Dispose();
        byte[] content = File.ReadAllBytes(temporary);
        foreach (string file in Directory.GetFiles(System.IO.Path.GetTempPath(), System.IO.Path.GetFileName(temporary) + "*")) File.Delete(file);
        return content;
    }
}
