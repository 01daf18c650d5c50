using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>From a contact's edge to the registers, with the loop running by itself on model time (local-control §7: first write within 1 s, all devices within 5 s).</summary>
public sealed class ReactionTests : IRelaySignals, IDecisionLog, IGridEventLog
{
    private readonly FakeTimeProvider time = new();
    private volatile TaskCompletionSource edge = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RelayImage relays = Signals(false, Start);

    RelayImage IRelaySignals.Current => relays;

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    public async Task RunAsync_DimEdge_FirstWriteWithinASecondAllDevicesWithinFive(double phase)
    {
        var settings = Settings(4) with { Dim = new() { HasRelay = true }, Loads = [new(Id("wallbox"), W(11_000), LoadKind.Wallbox), new(Id("heat-pump"), W(9000), LoadKind.HeatPump)] };
        FakeBattery[] batteries = [.. settings.Batteries.Select(b => new FakeBattery(b.Id.Value, time))];
        FakeLoad[] loads = [.. settings.Loads.Select(l => new FakeLoad(l.Id.Value, time))];
        var guard = new WriteGuard(settings, new(), new([.. batteries], [], [.. loads]), time);
        FakeDevice[] devices = [.. batteries, .. loads];
        foreach (var device in devices) guard.Verify(device.Device, new("Weber", Start));
        var wish = new FixedWish();
        wish.Force(-20_000);
        var dispatcher = new Dispatcher(
            new(), settings, new(settings), guard, new BalancingLaw(new([.. batteries.Select(b => new BalancedBattery(b.Device, b.Traits.Limits))])),
            new BatterySplit([.. settings.Batteries.Select(b => new SplitBattery(b.Id, b.Rated, new Energy(10_000), 5, 100))]),
            new(() => Image(settings, batteries), () => ControlOrders.None, this, [wish], this, this), time);
        using var stop = new CancellationTokenSource();
        var running = dispatcher.RunAsync(stop.Token);
        await LetTimePassAsync(guard, dispatcher, 30 + phase);
        Assert.True(batteries.Sum(b => b.Held!.Value.Min.Watts) < -15_000);
        int[] before = [.. devices.Select(d => d.Writes.Count)];
        var edgeAt = Duration.FromTimeSpan(time.GetElapsedTime(0));

        relays = Signals(true, Start + edgeAt);
        Interlocked.Exchange(ref edge, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        await LetTimePassAsync(guard, dispatcher, 5);

        Duration[] first = [.. devices.Select((d, i) => d.Writes[before[i]].At - edgeAt)];
        Assert.InRange(first.Min().TotalSeconds, 0, 1);
        Assert.InRange(first.Max().TotalSeconds, 0, 5);
        // Six devices: 4.2 + 5·0.60·4.2 = 16.8 kW.
        Assert.InRange(loads.Sum(l => l.Held!.Value.Max.Watts) - batteries.Sum(b => b.Held!.Value.Min.Watts), 15_000, 16_800);
        await stop.CancelAsync();
        await LetTimePassAsync(guard, dispatcher, 1);
        await running;
    }

    [Fact]
    public async Task RunAsync_DriversBlockTheirThreads_LoopGoesOnEachSecond()
    {
        var settings = Settings();
        using var block = new ManualResetEventSlim();
        var battery = new FakeBattery("battery", time);
        var guard = new WriteGuard(settings, new(), new([new Blocking(battery, block)], [], []), time);
        guard.Verify(battery.Device, new("Weber", Start));
        var dispatcher = new Dispatcher(
            new(), settings, new(settings), guard, new BalancingLaw(new([new BalancedBattery(battery.Device, battery.Traits.Limits)])),
            new BatterySplit([new(battery.Device, battery.Traits.Limits, new Energy(10_000), 5, 100)]),
            new(() => Image(settings, [battery]), () => ControlOrders.None, this, [], this, this), time);
        using var stop = new CancellationTokenSource();
        var running = dispatcher.RunAsync(stop.Token);

        await LetTimePassAsync(null, dispatcher, 60);

        Assert.InRange(dispatcher.CompletedCycles, 50, 63);
        block.Set();
        await stop.CancelAsync();
        await LetTimePassAsync(null, dispatcher, 20);
        await running;
    }

    async ValueTask IRelaySignals.WaitForEdgeAsync(CancellationToken cancellationToken) => await edge.Task.WaitAsync(cancellationToken);

    void IDecisionLog.Append(DecisionRecord record)
    {
    }

    void IGridEventLog.Append(GridEventEntry entry)
    {
    }

    private static RelayImage Signals(bool isActive, Instant since) => new([new(RelayMeaning.Dim, isActive, since, "line 17")]);

    private ControlImage Image(LimitSettings settings, FakeBattery[] batteries)
    {
        double now = time.GetElapsedTime(0).TotalSeconds;
        return Limits.Site.Image(now, 21_000, null, [.. batteries.Select(b => Cells(now, b.Held?.Min.Watts ?? 0, id: b.Device.Value))]) with
        {
            Loads = [.. settings.Loads.Select(l => new LoadImage(l.Id, null))],
        };
    }

    /// <summary>Moves time in small steps and lets the loop and its writes finish what is due after each.</summary>
    private async Task LetTimePassAsync(WriteGuard? guard, Dispatcher dispatcher, double seconds)
    {
        for (int i = 0; i < seconds * 20; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            // A loop that is woken needs real time to run; it is at rest when two looks find nothing new.
            long seen = -1;
            for (int calm = 0; calm < 2; calm++)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                while (guard is { IsQuiet: false }) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
                if (dispatcher.CompletedCycles != seen) calm = 0;
                seen = dispatcher.CompletedCycles;
            }
        }
    }

    private sealed class Blocking(FakeBattery inner, ManualResetEventSlim block) : IBatteryControl
    {
        public DeviceId Device => inner.Device;

        public BatteryControlTraits Traits => inner.Traits;

        public Task SetRangeAsync(PowerRange range, Duration validFor, CancellationToken cancellationToken)
        {
            block.Wait(CancellationToken.None);
            return inner.SetRangeAsync(range, validFor, cancellationToken);
        }

        public Task ReleaseAsync(CancellationToken cancellationToken) => inner.ReleaseAsync(cancellationToken);

        public Task<PowerRange?> ReadBackAsync(CancellationToken cancellationToken) => inner.ReadBackAsync(cancellationToken);
    }
}
