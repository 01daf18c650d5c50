using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Tests.Limits;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>
/// A building in model time: consumption, PV and batteries behind one meter, and the whole control on it. One physical model, so that what is written changes what is read.
/// A battery without a command works in its own mode: self-consumption.
/// </summary>
internal sealed class House : IRelaySignals, IDecisionLog, IGridEventLog
{
    private readonly double[] batteryWatts;
    private double pvWatts;
    private RelayImage relays = RelayImage.Empty;

    public House(
        LimitSettings? settings = null, BatteryFollower follows = BatteryFollower.Gateway, HouseMemory? memory = null, House? before = null, DispatcherSettings? dispatcher = null)
    {
        Time = before?.Time ?? new();
        Settings = settings ?? before?.Settings ?? Site.Settings();
        Batteries = before?.Batteries ??
        [
            .. Settings.Batteries.Select(b => new FakeBattery(b.Id.Value, Time) { Traits = new(b.Rated, follows, Duration.FromHours(1), Power.FromWatts(1)) }),
        ];
        Plants = before?.Plants ?? [.. Settings.Plants.Select(p => new FakePlant(p.Id.Value, Time) { Installed = p.Installed })];
        Loads = before?.Loads ?? [.. Settings.Loads.Select(l => new FakeLoad(l.Id.Value, Time))];
        (batteryWatts, LoadWatts) = (new double[Batteries.Length], new double[Loads.Length]);
        Law = new(new([.. Batteries.Where(b => b.Traits.Follows == BatteryFollower.Gateway).Select(b => new BalancedBattery(b.Device, b.Traits.Limits))]));
        foreach (var battery in Batteries) Law.Use(battery.Device, new(Duration.FromSeconds(0.25), Duration.FromSeconds(0.25), Duration.FromSeconds(1), null));
        Pass = new(Settings, memory?.Limits);
        Guard = new(Settings, new(), new([.. Batteries], [.. Plants], [.. Loads]), Time, memory?.Guard, work => work());
        if (memory is null) foreach (var device in Devices) Guard.Verify(device.Device, new("Weber", Site.Start));
        var split = new BatterySplit([.. Settings.Batteries.Select(b => new SplitBattery(b.Id, b.Rated, b.Capacity ?? new Energy(10_000), 5, 100))]);
        Dispatcher = new(
            dispatcher ?? new(), Settings, Pass, Guard, Law, split, new(Image, () => Orders, this, [.. Wishes], this, this), Time, memory?.Events);
    }

    public FakeTimeProvider Time { get; }

    public LimitSettings Settings { get; }

    public ImmutableArray<FakeBattery> Batteries { get; }

    public FakeBattery Battery => Batteries[0];

    public ImmutableArray<FakePlant> Plants { get; }

    public ImmutableArray<FakeLoad> Loads { get; }

    public IEnumerable<FakeDevice> Devices => [.. Batteries, .. Plants, .. Loads];

    public BalancingLaw Law { get; }

    public LimitPass Pass { get; }

    public WriteGuard Guard { get; }

    public Dispatcher Dispatcher { get; }

    public FixedWish Wish { get; } = new();

    public ControlOrders Orders { get; set; } = ControlOrders.None;

    /// <summary>Uncontrollable consumption, and what each consumer would draw if it were not limited.</summary>
    public double HomeWatts { get; set; } = 500;

    public double[] LoadWatts { get; }

    public double PvWatts { get; set; }

    public bool MeterWorks { get; set; } = true;

    public bool ClockIsTrusted { get; set; } = true;

    public Func<ControlImage, ControlImage>? Change { get; set; }

    public decimal? SoC { get; set; } = 50;

    /// <summary>What the disk does with records.</summary>
    public Action? OnRecord { get; set; }

    public List<DecisionRecord> Decisions { get; } = [];

    public List<GridEventEntry> GridEvents { get; } = [];

    public double Now => Time.GetElapsedTime(0).TotalSeconds;

    /// <summary>Power at the connection now, + import, and what is measured of each device.</summary>
    public double GridWatts => HomeWatts + Loads.Select((_, i) => LoadPower(i)).Sum() - pvWatts - batteryWatts.Sum();

    public double BatteryWatts => batteryWatts.Sum();

    public double PvOutput => pvWatts;

    public DispatcherStatus Status => Dispatcher.Current!;

    RelayImage IRelaySignals.Current => relays;

    private IWishSource[] Wishes => [Wish];

    private Measured? meter;

    public HouseMemory Remember() => new(Pass.Remember(), Guard.Remember(), Dispatcher.EventMemory);

    /// <summary>The gateway starts anew; the devices are as they are.</summary>
    public House Restart(HouseMemory memory)
    {
        foreach (var device in Devices) device.Fault = DeviceFault.None;
        var next = new House(null, default, memory, this) { HomeWatts = HomeWatts, PvWatts = PvWatts, SoC = SoC, relays = relays };
        LoadWatts.CopyTo(next.LoadWatts, 0);
        batteryWatts.CopyTo(next.batteryWatts, 0);
        next.Wish.Wish = Wish.Wish;
        return next;
    }

    public void Set(RelayMeaning meaning, bool? isActive)
    {
        var now = Instant.FromDateTimeOffset(Time.GetUtcNow());
        relays = new([.. relays.Signals.Where(s => s.Meaning != meaning), new(meaning, isActive, now, $"line {meaning}")]);
    }

    /// <summary>Cycles once a second; the model moves in steps of 100 ms.</summary>
    public void Run(double seconds, Action? each = null)
    {
        for (int i = 0; i < seconds; i++)
        {
            Dispatcher.Cycle();
            each?.Invoke();
            Step(1);
        }
    }

    /// <summary>Time passes without a cycle.</summary>
    public void Step(double seconds)
    {
        for (int i = 0; i < seconds * 10; i++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(100));
            Move(0.1);
        }
    }

    public double LoadPower(int i) => Math.Min(LoadWatts[i], (double)(Loads[i].Held?.Max.Watts ?? decimal.MaxValue));

    ValueTask IRelaySignals.WaitForEdgeAsync(CancellationToken cancellationToken) => new(Task.Delay(Timeout.InfiniteTimeSpan, Time, cancellationToken));

    void IDecisionLog.Append(DecisionRecord record)
    {
        OnRecord?.Invoke();
        Decisions.Add(record);
    }

    void IGridEventLog.Append(GridEventEntry entry)
    {
        OnRecord?.Invoke();
        GridEvents.Add(entry);
    }

    private void Move(double seconds)
    {
        double share = 1 - Math.Exp(-seconds);
        double most = Plants.IsEmpty ? double.MaxValue : Plants.Sum(p => (double)(p.Held?.Max.Watts ?? p.Installed.Watts));
        pvWatts += (Math.Min(PvWatts, most) - pvWatts) * share;
        for (int i = 0; i < Batteries.Length; i++)
        {
            double own = Math.Clamp(GridWatts + batteryWatts[i], -5000, 5000);
            double target = Batteries[i].Held is { } range ? Math.Clamp(own, (double)range.Min.Watts, (double)range.Max.Watts) : own;
            batteryWatts[i] += (target - batteryWatts[i]) * share;
        }
    }

    private ControlImage Image()
    {
        var now = Duration.FromTimeSpan(Time.GetElapsedTime(0));
        if (MeterWorks) meter = new(Watts(GridWatts), now, Site.S(1));
        var image = new ControlImage(
            Instant.FromDateTimeOffset(Time.GetUtcNow()), now, ClockIsTrusted, meter, [], Plants.IsEmpty && PvWatts == 0 ? null : new(Watts(pvWatts), now, Site.S(1)),
            [.. Batteries.Select((b, i) => Site.Cells(Now, (decimal)Math.Round(batteryWatts[i]), SoC, b.Device.Value))],
            [.. Loads.Select((l, i) => new LoadImage(l.Device, new(Watts(LoadPower(i)), now, Site.S(1))))], RelayImage.Empty);
        return Change?.Invoke(image) ?? image;
    }

    private static Power Watts(double watts) => new((long)Math.Round(watts) * 1000);
}

/// <summary>What a restart finds.</summary>
internal sealed record HouseMemory(LimitMemory Limits, GuardMemory Guard, GridEventMemory Events);

/// <summary>A plan that wants one thing until told otherwise.</summary>
internal sealed class FixedWish : IWishSource
{
    public string Name => "plan";

    public BatteryWish? Wish { get; set; }

    public Exception? Fault { get; set; }

    public WishAnswer WishFor(ControlImage now) => Fault is { } broken ? throw broken : Wish is { } wish ? WishAnswer.Of(wish) : WishAnswer.Nothing(Causes.NoPlan);

    public void Force(decimal watts) => Wish = new(BatteryMode.ForcedPower, PowerRange.Pin(Power.FromWatts(watts)), Power.Zero);
}
