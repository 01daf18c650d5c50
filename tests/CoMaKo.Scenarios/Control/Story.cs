using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Devices.Protocols.Relays;
using CoMaKo.Devices.Protocols.Writes;
using CoMaKo.Devices.Simulator;
using CoMaKo.Devices.Simulator.Model;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Hosting;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;

namespace CoMaKo.Scenarios.Control;

/// <summary>
/// A building with its gateway's control in model time on one thread: the simulator's physical model and register maps, the product's write drivers, limits, guard,
/// dispatcher, journal and memory. Readings come from the model; the grid meter can go stale, the inverter can be out of reach, contacts can be switched.
/// </summary>
internal sealed class Story : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-story-");
    private readonly SimulatedBuilding site;
    private readonly Building building;
    private readonly SqliteControlStore store = SqliteControlStore.Volatile();
    private readonly ProfileLibrary profiles;
    private readonly SwitchedRelays relays;
    private ControlImage? last;
    private int period = 1;

    private Story(Instant start, InverterKind inverter, string control, ProfileLibrary profiles, Func<BuildingOptions, BuildingOptions>? change)
    {
        this.profiles = profiles;
        Clock = new FakeTimeProvider(start.ToDateTimeOffset());
        var options = new BuildingOptions { Inverter = inverter, HasControllableLoads = true };
        site = new SimulatedBuilding(new() { Building = change?.Invoke(options) ?? options, SmlTerminals = [Path.Combine(folder.FullName, "grid.tty")], Control = true }, Clock);
        string text = BuildingFileText.Of(site.Devices, control: true) + control;
        var (read, findings) = BuildingFile.Read(StrictYaml.Parse(text), profiles.Profiles.Keys.ToHashSet(StringComparer.Ordinal));
        building = read ?? throw new InvalidOperationException(string.Join("\n", findings) + "\n" + text);
        relays = new SwitchedRelays([.. building.Relays.Select(r => r.Meaning)], start);
        Loop = Begin();
    }

    public FakeTimeProvider Clock { get; }

    public ControlLoop Loop { get; private set; }

    public SqliteControlStore Store => store;

    /// <summary>Directives of the hub, as the inbox would hold them.</summary>
    public ImmutableArray<LimitDirective> Directives { get; set; } = [];

    /// <summary>Prices and forecasts of the hub, as the inbox would hold them.</summary>
    public ImmutableArray<HubDirective> Told { get; set; } = [];

    /// <summary>Plan and quarter hours; made and recorded between the cycles.</summary>
    public PlanKeeper Plans { get; private set; } = null!;

    public bool IsMeterStale { get; set; }

    public bool IsInverterReachable { get; set; } = true;

    public Instant Now => Instant.FromDateTimeOffset(Clock.GetUtcNow());

    /// <summary>The physical truth.</summary>
    public BuildingMoment Truth => site.Building.At(Clock.GetUtcNow());

    public DispatcherStatus Status => Loop.Dispatcher.Current!;

    public static async Task<Story> BeginAsync(Instant start, InverterKind inverter = InverterKind.SetPoint, string control = "", Func<BuildingOptions, BuildingOptions>? change = null)
    {
        return new(start, inverter, control, await ProfileLibrary.LoadAsync([Repository.At("hardware", "profiles")], default), change);
    }

    public void Contact(RelayMeaning meaning, bool? isActive) => relays.Switch(meaning, isActive, Now);

    public void Demand(string load, int? watts) => site.Demand(load, watts);

    public ValueTask<bool> FaultAsync(Fault fault, bool on, string device) => site.SwitchAsync(new FaultSwitch(fault, on, device));

    /// <summary>The process ends without a word; what it held in memory is gone, what it kept is not.</summary>
    public void Restart()
    {
        Journal.Flush();
        Loop = Begin();
    }

    /// <summary>Runs control second by second.</summary>
    /// <param name="each">Called after each cycle with the truth of that second.</param>
    /// <param name="period">Seconds between two cycles and two readings: stories of whole days need not look at each.</param>
    public void Run(Duration span, Action<BuildingMoment>? each = null, int period = 1)
    {
        this.period = period;
        for (long second = (long)span.TotalSeconds; second > 0; second -= period)
        {
            Clock.Advance(TimeSpan.FromSeconds(period));
            Loop.Dispatcher.Cycle();
            if (Plans.Due.TryRead(out _)) Plans.Work();
            each?.Invoke(Truth);
        }
    }

    /// <summary>Fills the memory with what the same household measured on the days before, so that plans know it.</summary>
    public void HasLived(int days)
    {
        var from = Now - Duration.FromDays(days);
        var options = site.Building.Options with { HasControllableLoads = false };
        var model = new BuildingModel(options, BuildingModel.Begin(options, from.ToDateTimeOffset()));
        var before = model.At(from.ToDateTimeOffset());
        for (var at = from; at < Now; at += Duration.FromSeconds(QuarterHour.Seconds))
        {
            var after = model.At((at + Duration.FromSeconds(QuarterHour.Seconds)).ToDateTimeOffset());
            var (a, b) = (before.Energy, after.Energy);
            long pv = b.Pv - a.Pv, load = b.GridImport - a.GridImport - (b.GridExport - a.GridExport) + pv + (b.Discharged - a.Discharged) - (b.Charged - a.Charged);
            store.SetSlot(new(QuarterHour.Containing(at), new(load / QuarterHour.Seconds), new(pv / QuarterHour.Seconds), null, null, null));
            before = after;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await site.DisposeAsync();
        store.Dispose();
        folder.Delete(recursive: true);
    }

    private ControlJournal Journal { get; set; } = null!;

    private ControlLoop Begin()
    {
        Journal = new ControlJournal(store, Clock, NullLogger<ControlJournal>.Instance);
        var wear = new WearBudget(Clock);
        var contacts = building.Devices.Where(d => d.Load?.SgReady is not null)
            .Select(d => (ILoadLimit)new SgReadyLoad(new SgReadyCoils(Client(d.Load!.SgReady!.Bus!, d.Id), d.Load.SgReady.Unit, (ushort)d.Load.SgReady.First), new(d.Id, d.Load.Rated), Clock));
        var ports = WriteSides.Of(building, d => Client(d.Bus, d.Id), profiles, wear, [.. contacts], Clock);
        Plans = new PlanKeeper(building, store, Journal, new PriceKeeper(building, Journal), () => Told, NullLogger<PlanKeeper>.Instance);
        var loop = new ControlLoop(building, ports, Image, () => new(null, Directives) { PaidExport = Plans.Wishes.PaidExport(Now) }, relays, [Plans.Wishes], Journal, Clock, work => work());
        Plans.Watch(loop);
        foreach (var battery in loop.Site.Batteries) loop.Guard.Verify(battery.Id, new("story", Now));
        return loop;
    }

    private DirectModbus Client(string bus, DeviceId device) =>
        new(site.Registers(building.Buses.OfType<TcpBus>().First(b => b.Id == bus).Port), () => device.Value != "battery" || IsInverterReachable);

    private ControlImage Image()
    {
        var at = Duration.FromTimeSpan(Clock.GetElapsedTime(0));
        var truth = Truth;
        Measured Seen(long milliwatts) => new(new Power(milliwatts), at, Duration.FromSeconds(period));
        var battery = new BatteryImage(
            new("battery"), Seen(truth.Power.Battery), new MeasuredSoC(100m * truth.StoredEnergy / BuildingEnergy.PerWattHour / site.Building.Options.BatteryCapacityWattHours, at),
            null, null, null, null, false);
        if (!IsInverterReachable && last is { } before) battery = before.Batteries[0];
        var now = new ControlImage(
            Now, at, true, IsMeterStale ? last?.Grid : Seen(truth.Power.Grid), [], Seen(truth.Power.Pv), [battery],
            [.. PlantSettings.Loads(building).Select((d, i) => new LoadImage(d.Id, truth.Power.Loads is { } loads ? Seen(loads[d.Id.Value == "wallbox" ? 0 : 1]) : null))], relays.Current);
        return last = now;
    }

    private sealed class SwitchedRelays(IReadOnlyList<RelayMeaning> meanings, Instant start) : IRelaySignals
    {
        public RelayImage Current { get; private set; } = new([.. meanings.Select(m => new RelaySignal(m, false, start, "story"))]);

        public void Switch(RelayMeaning meaning, bool? isActive, Instant now) =>
            Current = new([.. Current.Signals.Select(s => s.Meaning == meaning ? s with { IsActive = isActive, Since = now } : s)]);

        public ValueTask WaitForEdgeAsync(CancellationToken cancellationToken) => new(new TaskCompletionSource().Task.WaitAsync(cancellationToken));
    }
}
