using CoMaKo.Contracts.Wire;
using CoMaKo.Hub;
using CoMaKo.Hub.Ingest;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Scenarios.Sync;

/// <summary>The real ingest code on a real database, with two replicas in front; it can crash around a commit and be set back to a backup.</summary>
internal sealed class SimulatedHub : IDisposable
{
    private readonly Timeline timeline;
    private readonly FaultPlan faults;
    private readonly IHubDisk disk;
    private IngestService[] replicas = [];

    public SimulatedHub(Timeline timeline, FaultPlan faults, IHubDisk disk)
    {
        (this.timeline, this.faults, this.disk) = (timeline, faults, disk);
        Start();
    }

    /// <summary>Absent while the hub is down.</summary>
    public HubDatabase? Database { get; private set; }

    /// <summary>Where the database is, also while the hub is down.</summary>
    public DatabaseAddress Address => disk.Address;

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
        if (!handled.IsCompleted && disk.IsOnThisThread) throw new InvalidOperationException("The hub's code left the simulation's thread.");
        reply = handled.GetAwaiter().GetResult();
        if (!timeline.Chance(faults.HubCrashes / 2)) return true;
        Crash("after the commit");
        return false;
    }

    public void Backup()
    {
        bool wasUp = Database is not null;
        if (!disk.CanCopyWhileOpen) Stop();
        disk.Backup();
        if (wasUp) Start();
        timeline.Note("hub: backup taken");
    }

    public void RestoreBackup()
    {
        Stop();
        disk.Restore();
        Start();
        timeline.Note("hub: restored from the backup");
    }

    /// <summary>Up again, if it was down.</summary>
    public void Start()
    {
        if (Database is not null) return;
        Database = HubSchema.Open(Address);
        replicas = [new IngestService(Database, timeline.Clock), new IngestService(Database, timeline.Clock)];
    }

    public void Dispose()
    {
        Stop();
        disk.Dispose();
    }

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
}
