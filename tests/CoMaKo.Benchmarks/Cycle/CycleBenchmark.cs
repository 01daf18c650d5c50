using System.Diagnostics;
using System.Globalization;
using CoMaKo.Devices;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Benchmarks.Cycle;

/// <summary>
/// One control cycle with four batteries, two consumers, two plants and every limit in force, a new meter sample each time; devices answer at once.
/// Beside the whole cycle, the pass of the limits alone. Arguments: cycles to run (default 100 000).
/// </summary>
internal static class CycleBenchmark
{
    /// <summary>local-control §7: budget of a cycle on the smallest computer.</summary>
    private const double BudgetMicroseconds = 200_000;

    public static int Run(string[] arguments)
    {
        int cycles = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100_000;
        var plant = new Plant();
        Measure("cycle", plant.Dispatcher.Cycle, plant, cycles);
        var pass = new LimitPass(plant.Settings);
        Measure("cycle.limits", () => pass.Run(plant.Image()), plant, cycles);
        return 0;
    }

    private static void Measure(string name, Action work, Plant plant, int cycles)
    {
        for (int i = 0; i < cycles / 10; i++)
        {
            plant.Tick();
            work();
        }

        double[] microseconds = new double[cycles];
        long allocated = 0;
        for (int i = 0; i < cycles; i++)
        {
            plant.Tick();
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            work();
            microseconds[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Array.Sort(microseconds);
        double median = microseconds[cycles / 2], late = microseconds[(int)(cycles * 0.999)];
        new Figure($"{name}.median", Math.Round(median, 1), "µs", BudgetMicroseconds, Math.Round(median / BudgetMicroseconds, 6)).Print();
        new Figure($"{name}.p999", Math.Round(late, 1), "µs", BudgetMicroseconds, Math.Round(late / BudgetMicroseconds, 6)).Print();
        new Figure($"{name}.allocated", Math.Round((double)allocated / cycles), "B").Print();
    }

    private sealed class Plant : IRelaySignals, IDecisionLog, IGridEventLog
    {
        private readonly FakeTimeProvider time = new();
        private readonly Random random = new(1);
        private readonly Silent[] devices;

        public Plant()
        {
            Settings = new(
                [.. Enumerable.Range(0, 4).Select(i => new BatterySite(new($"battery-{i}"), new(W(-5000), W(5000)), new Energy(10_000)))],
                [new(new("wallbox"), W(11_000), LoadKind.Wallbox), new(new("heat-pump"), W(12_000), LoadKind.HeatPump)],
                [new(new("south"), W(10_000)) { StaticShare = 0.6m }, new(new("north"), W(8000))])
            {
                Dim = new() { HasRelay = true }, FeedIn = new() { Relays = [RelayMeaning.FeedIn60, RelayMeaning.FeedIn30, RelayMeaning.FeedIn0] },
                Fuse = new(W(8000), W(8000)), Reserve = new(20), Contract = new() { ExportMax = W(9000), ImportMax = W(20_000) },
            };
            devices = [.. Settings.Batteries.Select(b => b.Id).Concat(Settings.Loads.Select(l => l.Id)).Concat(Settings.Plants.Select(p => p.Id)).Select(id => new Silent(id))];
            var guard = new WriteGuard(Settings, new(), new([.. devices[..4]], [.. devices[6..]], [.. devices[4..6]]), time, null, work => work());
            foreach (var device in devices) guard.Verify(device.Device, new("bench", default));
            var law = new BalancingLaw(new([.. devices[..4].Select(d => new BalancedBattery(d.Device, d.Traits.Limits))]));
            foreach (var device in devices[..4]) law.Use(device.Device, new(Duration.FromSeconds(1), Duration.FromSeconds(1), Duration.FromSeconds(2), null));
            var split = new BatterySplit([.. Settings.Batteries.Select(b => new SplitBattery(b.Id, b.Rated, new Energy(10_000), 5, 100))]);
            Dispatcher = new(new(), Settings, new(Settings), guard, law, split, new(Image, () => Orders, this, [], this, this), time);
        }

        public LimitSettings Settings { get; }

        public Dispatcher Dispatcher { get; }

        RelayImage IRelaySignals.Current { get; } = new(
            [.. Enum.GetValues<RelayMeaning>().Select(meaning => new RelaySignal(meaning, meaning is RelayMeaning.Dim or RelayMeaning.FeedIn60, default, $"line {meaning}"))]);

        private ControlOrders Orders { get; } = new(null, [new("h-1", Instant.MinValue, Instant.MaxValue, "hub", DirectedLimit.GridImport, W(15_000))]);

        public void Tick() => time.Advance(TimeSpan.FromSeconds(1));

        public ControlImage Image()
        {
            var now = Duration.FromTimeSpan(time.GetElapsedTime(0));
            Measured Read(decimal watts) => new(W(watts), now, Duration.FromSeconds(1));
            decimal grid = random.Next(-9000, 9000);
            return new(
                Instant.FromDateTimeOffset(time.GetUtcNow()), now, true, Read(grid), [W(grid / 2), W(grid / 4), W(grid / 4)], Read(random.Next(0, 15_000)),
                [.. Settings.Batteries.Select((b, i) => new BatteryImage(b.Id, Read(devices[i].Watts), new(random.Next(10, 95), now), W(5000), W(5000), 22, true, false))],
                [.. Settings.Loads.Select(l => new LoadImage(l.Id, Read(random.Next(0, 9000))))], ((IRelaySignals)this).Current) { Orders = Orders };
        }

        ValueTask IRelaySignals.WaitForEdgeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        void IDecisionLog.Append(DecisionRecord record)
        {
        }

        void IGridEventLog.Append(GridEventEntry entry)
        {
        }

        private static Power W(decimal watts) => Power.FromWatts(watts);
    }

    /// <summary>A device that takes every write at once.</summary>
    private sealed class Silent(DeviceId id) : IBatteryControl, IFeedInLimit, ILoadLimit
    {
        private PowerRange? held;

        public DeviceId Device => id;

        public decimal Watts => held?.Min.Watts ?? 0;

        public BatteryControlTraits Traits { get; } = new(new(Power.FromWatts(-5000), Power.FromWatts(5000)), BatteryFollower.Gateway, Duration.FromMinutes(10), Power.FromWatts(1));

        public Power Installed { get; } = Power.FromWatts(10_000);

        public Task SetRangeAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken) => Hold(range);

        public Task ReleaseAsync(CancellationToken cancellationToken) => Hold(null);

        public Task<PowerRange?> ReadBackAsync(CancellationToken cancellationToken) => Task.FromResult(held);

        public Task SetFeedInLimitAsync(Power? limit, Duration validFor, CancellationToken cancellationToken) => Hold(limit is { } most ? new(Power.Zero, most) : null);

        Task<Power?> IFeedInLimit.ReadBackAsync(CancellationToken cancellationToken) => Task.FromResult(held?.Max);

        public Task SetLimitAsync(Power? limit, Duration validFor, CancellationToken cancellationToken) => Hold(limit is { } most ? new(Power.Zero, most) : null);

        private Task Hold(PowerRange? range)
        {
            held = range;
            return Task.CompletedTask;
        }
    }
}
