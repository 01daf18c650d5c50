using CoMaKo.Quantities;
using CoMaKo.Testing;

namespace CoMaKo.Scenarios.Sync;

/// <summary>
/// One seed: gateways with the real store and uplink, the real ingest code on a real database, and between them a network, a clock and
/// accidents drawn from the seed. First everything fails for hours, then nothing, then the oracle looks.
/// </summary>
internal sealed class Simulation : IDisposable
{
    private static readonly string Place = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(); // thousands of disk syncs a second
    private readonly string folder = Path.Combine(Place, "comako-sim-" + Path.GetRandomFileName());
    private readonly List<SimulatedGateway> gateways = [];
    private bool isHealed;
    private bool isLeaping;
    private bool isResting;
    private bool isOver;

    public Simulation(int seed, Engine engine = Engine.Sqlite)
    {
        Timeline = new Timeline(seed);
        Faults = new FaultPlan(Timeline);
        Hub = new SimulatedHub(Timeline, Faults, engine == Engine.Postgres ? new ServerDisk() : new FileDisk(Path.Combine(folder, "hub")));
        int count = 1 + Timeline.Draw(2);
        for (int i = 1; i <= count; i++) gateways.Add(NewGateway(i));
    }

    public Timeline Timeline { get; }

    public FaultPlan Faults { get; }

    public SimulatedHub Hub { get; }

    public Ledger Ledger { get; } = new();

    public IReadOnlyList<SimulatedGateway> Gateways => gateways;

    /// <summary>How often an uplink started a new epoch.</summary>
    public int NewEpochs { get; private set; }

    public void Run()
    {
        Hub.Backup(); // of an empty hub, which knows no epoch
        foreach (var gateway in gateways) gateway.Start();
        Tick();
        ScheduleAccidents();
        Timeline.RunUntil(Timeline.Now + TimeSpan.FromHours(3 + Timeline.Draw(9)));
        if (Faults.Retention) Leap();
        Heal();
        Timeline.RunUntil(Timeline.Now + SimulatedNetwork.Latest);
        isOver = true;
        Timeline.RunUntil(Timeline.Now + TimeSpan.FromMinutes(30));
        Oracle.Check(this);
    }

    public void NoteNewEpoch(SimulatedProcess process)
    {
        NewEpochs++;
        Timeline.Note($"{process.Name}: new epoch");
    }

    public void Dispose()
    {
        foreach (var gateway in gateways) gateway.Process?.Die();
        Hub.Dispose();
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    private SimulatedGateway NewGateway(int number)
    {
        string server = FormattableString.Invariant($"0{number}01495341000000000{number}");
        RegisterId[] registers = [.. Enumerable.Range(1, 1 + Timeline.Draw(3)).Select(kind => RegisterId.Of(server, ObisCode.FromOctets([1, 0, (byte)kind, 8, 0, 255])))];
        return new SimulatedGateway(this, FormattableString.Invariant($"gw-{number}"), new GatewayId(FormattableString.Invariant($"gw-{number}")), registers, Path.Combine(folder, FormattableString.Invariant($"gw-{number}")));
    }

    /// <summary>Ends a slot and books it everywhere; while months are leapt over, once a day.</summary>
    private void Tick()
    {
        var now = Timeline.Now.ToUnixTimeSeconds();
        long step = isLeaping ? 86_400 : QuarterHour.Seconds;
        long slotEnd = now - (now % step) + step;
        Timeline.After(DateTimeOffset.FromUnixTimeSeconds(slotEnd) - Timeline.Now, () =>
        {
            if (isOver) return;
            foreach (var gateway in gateways)
                if (!isResting) gateway.Process?.Book(slotEnd);
            Tick();
        });
    }

    private void ScheduleAccidents()
    {
        Sometimes(Faults.Partition, CutOff);
        Sometimes(Faults.ImageTaken, () => Any().TakeImage());
        Sometimes(Faults.ImageRestored, RestoreImage);
        Sometimes(Faults.DiskCloned, CloneDisk);
        Sometimes(Faults.StoreLost, LoseStore);
        Sometimes(Faults.BackupTaken, Hub.Backup);
        Sometimes(Faults.HubRestored, RestoreHub);
        Sometimes(Faults.RecordDamaged, () => Any().DamageRecord());
        Sometimes(Faults.OddRecord, () => Any().Process?.BookOdd((Timeline.Now.ToUnixTimeSeconds() / 900 * 900)));
    }

    private void Sometimes(TimeSpan mean, Action accident) => Timeline.Sometimes(mean, () => isHealed, () =>
    {
        if (!isLeaping) accident();
    });

    private SimulatedGateway Any() => gateways[Timeline.Draw(gateways.Count)];

    private void CutOff()
    {
        var gateway = Any();
        var duration = Timeline.Between(TimeSpan.FromMinutes(5), TimeSpan.FromHours(10));
        gateway.IsCutOff = true;
        Timeline.Note($"{gateway.Name}: cut off for {duration:c}");
        Timeline.After(duration, () => gateway.IsCutOff = false);
    }

    private void RestoreImage()
    {
        var gateway = Any();
        if (!gateway.HasImage) return;
        gateway.RestoreImage();
        ForgetLost();
    }

    private void CloneDisk()
    {
        if (gateways.Count > 3) return;
        var origin = Any();
        if (!origin.HasStore) return;
        var clone = new SimulatedGateway(this, origin.Name + "'", origin.Gateway, origin.Registers, Path.Combine(folder, FormattableString.Invariant($"clone-{gateways.Count}")));
        origin.CopyTo(Path.Combine(clone.Folder, "store"));
        gateways.Add(clone);
        Timeline.Note($"{origin.Name}: disk cloned");
        Timeline.After(Timeline.Between(TimeSpan.FromSeconds(1), TimeSpan.FromHours(3)), clone.Start);
    }

    private void LoseStore()
    {
        Any().LoseStore();
        ForgetLost();
    }

    private void RestoreHub()
    {
        Hub.RestoreBackup();
        ForgetLost();
    }

    /// <summary>What neither a disk nor the hub holds now is lost by design.</summary>
    private void ForgetLost() => Ledger.LoseAllBut(gateways.SelectMany(gateway => gateway.Held()).Concat(HubContent.Read(Hub).Arrivals.Select(arrival => arrival.Identity)));

    /// <summary>More than 400 days, so that retention deletes and images from before become too old.</summary>
    private void Leap()
    {
        isLeaping = true;
        Timeline.Note("405 days pass");
        Timeline.RunUntil(Timeline.Now + TimeSpan.FromDays(2));
        isResting = true; // nothing is booked, which would take the longest and show nothing
        Timeline.RunUntil(Timeline.Now + TimeSpan.FromDays(396));
        isResting = false;
        Timeline.RunUntil(Timeline.Now + TimeSpan.FromDays(7));
        isLeaping = false;
    }

    private void Heal()
    {
        isHealed = true;
        Faults.Heal();
        Hub.Start();
        foreach (var gateway in gateways)
        {
            gateway.IsCutOff = false;
            gateway.Start();
        }

        Timeline.Note("no more faults");
    }
}
