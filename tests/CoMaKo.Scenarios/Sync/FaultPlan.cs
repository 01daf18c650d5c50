namespace CoMaKo.Scenarios.Sync;

/// <summary>Which faults one seed suffers. Each kind is there or not, so that combinations differ more than rates alone would make them.</summary>
internal sealed class FaultPlan
{
    private static readonly TimeSpan Never = TimeSpan.FromDays(100_000);
    private readonly Timeline timeline;

    public FaultPlan(Timeline timeline)
    {
        this.timeline = timeline;
        Lost = Rate(0.3);
        RepliesLost = Rate(0.3);
        Refused = Rate(0.3);
        Slow = Rate(0.2);
        Repeated = Rate(0.2);
        GatewayKilled = Rate(0.03);
        StoreFails = Rate(0.02);
        HubCrashes = Rate(0.08);
        Partition = Mean(3);
        ImageTaken = TimeSpan.FromHours(1.5);
        ImageRestored = Mean(5);
        DiskCloned = Mean(8);
        StoreLost = Mean(12);
        BackupTaken = TimeSpan.FromHours(2);
        HubRestored = Mean(5);
        RecordDamaged = Mean(4);
        OddRecord = Mean(1);
        Retention = timeline.Chance(0.04);
    }

    /// <summary>Chance that a request never arrives; and so on for replies, connections, calls slower than their deadline, requests that arrive again later.</summary>
    public double Lost { get; private set; }

    public double RepliesLost { get; private set; }

    public double Refused { get; private set; }

    public double Slow { get; private set; }

    public double Repeated { get; private set; }

    /// <summary>Chance of a kill before or after each call of the store.</summary>
    public double GatewayKilled { get; private set; }

    /// <summary>Chance of an I/O error of a call of the store.</summary>
    public double StoreFails { get; private set; }

    /// <summary>Chance of a hub's crash before or after each commit.</summary>
    public double HubCrashes { get; private set; }

    public TimeSpan Partition { get; }

    public TimeSpan ImageTaken { get; }

    public TimeSpan ImageRestored { get; }

    public TimeSpan DiskCloned { get; }

    public TimeSpan StoreLost { get; }

    public TimeSpan BackupTaken { get; }

    public TimeSpan HubRestored { get; }

    public TimeSpan RecordDamaged { get; }

    public TimeSpan OddRecord { get; }

    /// <summary>A bit more than 400 days pass, so that retention deletes.</summary>
    public bool Retention { get; }

    /// <summary>Whether something may make the store another one than the hub knows; otherwise the epoch must never change.</summary>
    public bool TouchesDisks => ImageRestored < Never || DiskCloned < Never || StoreLost < Never;

    /// <summary>From now on nothing fails.</summary>
    public void Heal() => (Lost, RepliesLost, Refused, Slow, Repeated, GatewayKilled, StoreFails, HubCrashes) = (0, 0, 0, 0, 0, 0, 0, 0);

    private double Rate(double most) => timeline.Chance(0.5) ? timeline.Draw() * most : 0;

    private TimeSpan Mean(double hours) => timeline.Chance(0.4) ? TimeSpan.FromHours(hours) : Never;
}
