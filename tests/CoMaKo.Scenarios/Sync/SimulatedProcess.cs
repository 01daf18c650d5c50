using CoMaKo.Contracts;
using CoMaKo.Contracts.V1;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Sync;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using RegisterSegment = CoMaKo.Quantities.RegisterSegment;

namespace CoMaKo.Scenarios.Sync;

/// <summary>One run of the gateway's software on one disk, from its start to its kill: the real store and the real uplink.</summary>
internal sealed class SimulatedProcess
{
    private readonly Simulation world;
    private readonly SimulatedGateway machine;
    private readonly Outbox outbox;
    private readonly SimulatedStore store;
    private readonly List<SyncRecord> unwritten = [];
    private readonly Uplink uplink;
    private Task running = Task.CompletedTask;
    private long segment;

    public SimulatedProcess(Simulation world, SimulatedGateway machine)
    {
        (this.world, this.machine) = (world, machine);
        var opened = SqliteOutbox.Open(new StoreOptions(machine.Folder) { ReserveBytes = 0 }, RecordCodec.Encode, world.Timeline.Clock);
        if (opened.SetAside is not null) throw new InvalidOperationException($"The store was set aside: {opened.Reason}");
        outbox = opened.Outbox;
        store = new SimulatedStore(world.Timeline, world.Faults, this, outbox);
        var options = new UplinkOptions("1", machine.Name, "Europe/Berlin") { ReportInterval = TimeSpan.FromDays(1), LongestReportInterval = TimeSpan.FromDays(1) };
        uplink = new Uplink(
            store, new SimulatedNetwork(world.Timeline, world.Faults, world.Hub, this), new NoDirectives(), _ => ValueTask.FromResult(new GatewayStatus()),
            options, world.Timeline.Clock, NullLogger<Uplink>.Instance, world.Timeline.Draw);
    }

    public string Name => machine.Name;

    public GatewayId Gateway => machine.Gateway;

    public bool IsCutOff => machine.IsCutOff;

    public bool IsDead { get; private set; }

    /// <summary>The store, for the final comparison.</summary>
    public Outbox Outbox => outbox;

    /// <summary>Opens a segment of each register and the line to the hub.</summary>
    public void Run()
    {
        BeginSegments(SegmentReason.Resumed);
        Write();
        if (!IsDead) running = uplink.RunAsync(CancellationToken.None);
    }

    public bool DiesNow(string when, string call)
    {
        if (!IsDead && world.Timeline.Chance(world.Faults.GatewayKilled)) machine.Kill($"{when} {call}");
        return IsDead;
    }

    public void Die()
    {
        IsDead = true;
        outbox.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    public void NoteNewEpoch() => world.NoteNewEpoch(this);

    public void NoteDurable(IReadOnlyList<SyncRecord> records) => world.Ledger.NoteDurable(records);

    /// <summary>Books the totals of a slot's end; what an I/O error kept out of the store goes with the next ones.</summary>
    public void Book(long slotEnd)
    {
        if (running.IsFaulted) throw new InvalidOperationException("The uplink ended.", running.Exception);
        if (world.Timeline.Chance(0.03)) ChangeSettings();
        foreach (var register in machine.Registers)
            unwritten.Add(new Quantities.RegisterTotal(register, segment, slotEnd, machine.TotalAt(register, slotEnd), Quantities.Quality.Measured, 300));
        if (world.Timeline.Chance(0.1)) unwritten.Add(new GatewayEvent(Now, "CME-1042", Gateway.Value, "The meter was silent.", new Dictionary<string, string>()));
        Write();
        if (slotEnd % 86_400 == 0) Prune();
    }

    /// <summary>Records that a wrong clock or a bug would make: the same again, another total for a slot, a slot far ahead.</summary>
    public void BookOdd(long slotEnd)
    {
        var register = machine.Registers[0];
        var total = new Quantities.RegisterTotal(register, segment, slotEnd, machine.TotalAt(register, slotEnd), Quantities.Quality.Measured, 300);
        unwritten.Add(world.Timeline.Draw(3) switch
        {
            0 => total,
            1 => total with { Total = total.Total + new Energy(7) },
            _ => total with { SlotEnd = slotEnd + 14_400 + (900 * world.Timeline.Draw(8)), Total = total.Total + new Energy(100) },
        });
        Write();
    }

    /// <summary>Deletes what is old enough; begins that are still needed are appended again.</summary>
    private void Prune()
    {
        if (IsDead) return;
        outbox.PruneAsync(Now, clockSynced: true, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        store.Wake();
    }

    private Instant Now => Instant.FromDateTimeOffset(world.Timeline.Now);

    private void ChangeSettings()
    {
        unwritten.AddRange(machine.Registers.Select(register => Border(register, isEnd: true, SegmentReason.SettingsChanged)));
        BeginSegments(SegmentReason.SettingsChanged);
    }

    private void BeginSegments(SegmentReason reason)
    {
        long last = Math.Max(segment, outbox.LastSegmentAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult());
        // To the microsecond: two boxes on copies of one disk do not open a segment in the same one, though both book at the same border.
        segment = Math.Max((Now.ToUnixTimeTicks() / 10) + world.Timeline.Draw(1_000_000), last + 1);
        unwritten.AddRange(machine.Registers.Select(register => Border(register, isEnd: false, reason)));
    }

    private RegisterSegment Border(RegisterId register, bool isEnd, SegmentReason reason) => new(
        register, segment, isEnd, Now, machine.TotalAt(register, Now.ToUnixTimeSeconds()), reason,
        register.Value.Split('~')[0], ObisCode.ActiveEnergyImport, 1_000_000, 100, SettlementRole.Settlement);

    private void Write()
    {
        if (IsDead) return;
        var writing = store.AppendAsync([.. unwritten]).AsTask();
        if (writing.IsFaulted)
        {
            if (writing.Exception.InnerException is not IOException) throw writing.Exception;
        }
        else if (writing.IsCompleted)
        {
            unwritten.Clear();
        }

        store.Wake();
    }

    private sealed class NoDirectives : IDirectiveSink
    {
        public ValueTask<DirectiveAnswer> ApplyAsync(Directive directive, CancellationToken cancellationToken) => new(new DirectiveAnswer(DirectiveOutcome.Accepted));
    }
}
