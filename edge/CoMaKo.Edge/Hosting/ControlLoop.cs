using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>Puts limits, balancing, write guard and dispatcher of one building together, with what they remember of the earlier run. The same in the service and in simulations.</summary>
internal sealed class ControlLoop
{
    /// <summary>Of what limits remember, in the journal.</summary>
    public const string LimitsKey = "limits";

    private const string GuardKey = "guard", LawKey = "balancing", EventsKey = "grid-events";

    private readonly ControlJournal journal;
    private readonly LimitPass limits;
    private Duration remembered = Duration.MinValue;

    /// <param name="ports">All write sides; they go no further than to the guard.</param>
    /// <param name="image">The building now.</param>
    /// <param name="orders">Lock and directives now.</param>
    /// <param name="wishes">Whoever comes first with a wish is followed.</param>
    /// <param name="start">How a write is started; absent: on the thread pool.</param>
    public ControlLoop(
        Building building, WritePorts ports, Func<ControlImage> image, Func<ControlOrders> orders, IRelaySignals relays, ImmutableArray<IWishSource> wishes,
        ControlJournal journal, TimeProvider clock, Func<Func<Task>, Task>? start = null)
    {
        this.journal = journal;
        Site = PlantSettings.Of(building);
        limits = new LimitPass(Site, journal.Recall<LimitMemory>(LimitsKey));
        var validity = building.Devices.Select(d => d.Battery?.Validity).OfType<Duration>().DefaultIfEmpty(new GuardSettings().Validity).Min();
        Guard = new WriteGuard(Site, new GuardSettings { Validity = validity }, ports, clock, journal.Recall<GuardMemory>(GuardKey), start);
        // A limit on a consumer or a plant can only take power away, whichever way it is wired: it needs no confirmed direction, and §14a and §9 must not wait for one.
        var configured = new Verified("building file", Instant.FromDateTimeOffset(clock.GetUtcNow()));
        foreach (var device in ports.Plants.Select(p => p.Device).Concat(ports.Loads.Select(l => l.Device))) Guard.Verify(device, configured);
        Law = new BalancingLaw(
            new([.. Site.Batteries.Where(b => ports.Batteries.Any(p => p.Device == b.Id && p.Traits.Follows == BatteryFollower.Gateway)).Select(b => new BalancedBattery(b.Id, b.Rated))]),
            journal.Recall<BalancingMemory>(LawKey));
        Tests = new TestDesk(building, Site, Guard, Law, journal, clock);
        var split = new BatterySplit([.. Site.Batteries.Select(b => new SplitBattery(b.Id, b.Rated, b.Capacity ?? new(10_000), Site.SoC.WindowMin, Site.SoC.WindowMax))]);
        var settings = new DispatcherSettings { Peaks = building.Control.PeakImport is { } peak ? new(peak) : null };
        if (building.Control.GridTarget is { } target) settings = settings with { GridTarget = target };
        Dispatcher = new Dispatcher(
            settings, Site, limits, Guard, Law, split, new(() => Begin(image), orders, relays, wishes, journal, journal) { Tests = Tests }, clock,
            journal.Recall<GridEventMemory>(EventsKey));
    }

    /// <summary>Called with each cycle's image before anything is decided, on the cycle's thread.</summary>
    public event Action<ControlImage>? Began;

    public LimitSettings Site { get; }

    public WriteGuard Guard { get; }

    public BalancingLaw Law { get; }

    public TestDesk Tests { get; }

    public Dispatcher Dispatcher { get; }

    /// <summary>Hands over what the cycle before has changed; runs on the cycle's thread, where these parts may be asked.</summary>
    private ControlImage Begin(Func<ControlImage> image)
    {
        var now = image();
        Began?.Invoke(now);
        if (now.Monotonic - Duration.FromSeconds(1) < remembered) return now;
        remembered = now.Monotonic;
        Remember();
        return now;
    }

    /// <summary>Hands what must outlive a restart to the journal.</summary>
    public void Remember()
    {
        journal.Keep(LimitsKey, limits.Remember());
        journal.Keep(GuardKey, Guard.Remember());
        journal.Keep(LawKey, Law.Memory);
        journal.Keep(EventsKey, Dispatcher.EventMemory);
    }
}
