using CoMaKo.Devices;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Tests.Limits;
using NodaTime;
using static CoMaKo.Edge.Control.Tests.Dispatch.GuardBench;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

public sealed class WriteGuardTests
{
    [Fact]
    public void Submit_NotVerified_WritesNothing()
    {
        var bench = new GuardBench(verify: false);

        bench.Run(100, Pin(1000));

        Assert.Empty(bench.Battery.Writes);
        Assert.Equal(ControlReach.ReadOnly, bench.Guard.Reach(bench.Battery.Device));
    }

    [Fact]
    public void Submit_BeyondTheRating_IsClamped()
    {
        var bench = new GuardBench();

        bench.Cycle(9000);

        Assert.Equal(PowerRange.Pin(W(5000)), bench.Battery.Held);
    }

    [Fact]
    public void Submit_SameCommand_IsRenewedAtAThirdOfItsValidity()
    {
        var bench = new GuardBench();

        bench.Run(60, Pin(1000));

        Assert.Equal([0, 20, 40], bench.Battery.Writes.Select(w => (int)w.At.TotalSeconds));
        Assert.All(bench.Battery.Writes, w => Assert.Equal(S(60), w.ValidFor));
    }

    [Fact]
    public void Submit_DeviceWithAShortTimer_GetsItsOwnValidity()
    {
        var bench = new GuardBench(shape: b => new(b.Device.Value, TimeOf(b)) { Traits = b.Traits with { LongestValidity = S(6) } });

        bench.Run(6, Pin(1000));

        Assert.Equal([0, 2, 4], bench.Battery.Writes.Select(w => (int)w.At.TotalSeconds));
        Assert.All(bench.Battery.Writes, w => Assert.Equal(S(6), w.ValidFor));
    }

    [Fact]
    public void Submit_Keep_DoesNotRenewAndTheDeviceGoesBackByItself()
    {
        var bench = new GuardBench();
        bench.Run(1, Pin(1000));

        bench.Run(70, BatteryOrder.Keep, measured: 1000);

        Assert.Single(bench.Battery.Writes);
        Assert.Null(bench.Battery.Held);
        Assert.Contains(bench.Guard.TakeConfirmations(), c => c.Range is null && c.At == S(60));
    }

    [Fact]
    public void Submit_KeepOutsideWhatIsAllowedNow_IsNarrowed()
    {
        var bench = new GuardBench();
        bench.Cycle(-4000);

        bench.Cycle([BatteryOrder.Keep], image => image with { Batteries = [image.Batteries[0] with { MaxCharge = W(1500) }] });

        Assert.Equal(PowerRange.Pin(W(-1500)), bench.Battery.Held);
    }

    [Fact]
    public void Submit_Release_OnlyWhatWeHaveSet()
    {
        var bench = new GuardBench();
        bench.Run(3, BatteryOrder.Release);
        Assert.Empty(bench.Battery.Writes);

        bench.Cycle(1000);
        bench.Run(3, BatteryOrder.Release);

        Assert.Equal(2, bench.Battery.Writes.Count);
        Assert.Null(bench.Battery.Held);
    }

    [Fact]
    public void Submit_AfterARestartWithSomethingWritten_ReleasesIt()
    {
        var first = new GuardBench();
        first.Cycle(1000);
        var second = new GuardBench(verify: false, memory: first.Guard.Remember());

        second.Cycle([BatteryOrder.Release]);

        Assert.Equal((PowerRange?)null, Assert.Single(second.Battery.Writes).Range);
        Assert.Equal(ControlReach.Controlled, second.Guard.Reach(second.Battery.Device));
    }

    [Theory]
    [InlineData(DeviceFault.Throws)]
    [InlineData(DeviceFault.TakesAndThrows)]
    public void Submit_WriteFails_IsTriedEachCycleAndExcludedAfterThree(DeviceFault fault)
    {
        var bench = new GuardBench();
        bench.Battery.Fault = fault;

        bench.Run(3, Pin(1000), measured: 1000);

        Assert.Equal(3, bench.Battery.Attempts);
        Assert.Equal(ControlReach.Unreachable, bench.Guard.Reach(bench.Battery.Device));
        Assert.Equal(ControlCodes.WriteFailed, bench.Guard.Status()[0].Code);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(90)]
    [InlineData(3600)]
    public void Submit_ConnectionComesBack_CommandIsInForceWithinFiveSeconds(int seconds)
    {
        var bench = new GuardBench();
        bench.Run(5, Pin(-3000));
        bench.Battery.Fault = DeviceFault.Throws;
        bench.Run(seconds, Pin(-3000), measured: -3000);

        bench.Battery.Fault = DeviceFault.None;
        bench.Run(5, Pin(-3000));

        Assert.Equal(PowerRange.Pin(W(-3000)), bench.Battery.Held);
        Assert.Equal(ControlReach.Controlled, bench.Guard.Reach(bench.Battery.Device));
    }

    [Fact]
    public void Submit_DriverHangs_CycleGoesOnAndTheLatestOrderIsWrittenWhenItEnds()
    {
        var bench = new GuardBench(2);
        bench.Batteries[0].Fault = DeviceFault.Hangs;

        for (int i = 0; i < 120; i++)
        {
            bench.Cycle([Pin(1000 + i), Pin(1000 + i)]);
            bench.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, bench.Batteries[0].Attempts);
        Assert.Equal(ControlReach.Unreachable, bench.Guard.Reach(bench.Batteries[0].Device));
        Assert.Equal(120, bench.Batteries[1].Writes.Count);
        bench.Batteries[0].LetGo(well: true);
        Wait(() => bench.Guard.IsQuiet && bench.Guard.Reach(bench.Batteries[0].Device) == ControlReach.Controlled);
        bench.Cycle([Pin(1200), Pin(1200)]);
        Wait(() => bench.Batteries[0].Held == PowerRange.Pin(W(1200)));
    }

    [Fact]
    public void Submit_DriverBlocksItsThread_CycleGoesOn()
    {
        using var block = new ManualResetEventSlim();
        var bench = new GuardBench();
        var blocking = new BlockingBattery(bench.Battery, block);
        var guard = new WriteGuard(bench.Settings, new(), new([blocking], [], []), bench.Time);
        guard.Verify(bench.Battery.Device, new("Weber", Start));
        var outcome = bench.Pass.Run(Image(0, 0, null, Cells(0)));

        for (int i = 0; i < 10; i++) guard.Submit(i, [Pin(1000)], outcome.Allowed, outcome.Image);

        Assert.False(guard.IsQuiet);
        block.Set();
        Wait(() => guard.IsQuiet);
    }

    [Theory]
    [InlineData(DeviceFault.Ignores)]
    [InlineData(DeviceFault.CannotBeRead)]
    public void Submit_ReadBackWrongThreeTimes_IsNotControllableAndTriedAgainLater(DeviceFault fault)
    {
        var bench = new GuardBench();
        bench.Battery.Fault = fault;

        bench.Run(3, Pin(1000), measured: 1000);

        Assert.Equal(ControlReach.NotControllable, bench.Guard.Reach(bench.Battery.Device));
        Assert.Equal(ControlCodes.NotControllable, bench.Guard.Status()[0].Code);
        bench.Battery.Fault = DeviceFault.None;
        bench.Run(301, Pin(1000));
        Assert.Equal(PowerRange.Pin(W(1000)), bench.Battery.Held);
    }

    [Theory]
    [InlineData(1090, true)]
    [InlineData(1111, false)]
    [InlineData(895, false)]
    [InlineData(0, false)]
    [InlineData(-1000, false)]
    public void Submit_MeasuredPowerDoesNotFollow_IsExcludedAfterThreeTimesTenSeconds(int measured, bool isFine)
    {
        var bench = new GuardBench();

        bench.Run(29, Pin(1000), measured);
        Assert.Equal(ControlReach.Controlled, bench.Guard.Reach(bench.Battery.Device));
        bench.Run(3, Pin(1000), measured);

        Assert.Equal(isFine ? ControlReach.Controlled : ControlReach.NotControllable, bench.Guard.Reach(bench.Battery.Device));
        Assert.Equal(isFine, bench.Battery.Held is not null);
    }

    [Fact]
    public void Submit_DriverRefuses_KeepsTheLastAndShowsTheDriversCode()
    {
        var bench = new GuardBench();
        bench.Cycle(1000);
        bench.Battery.Fault = DeviceFault.Refuses;

        bench.Run(9, Pin(2000), measured: 1000);

        Assert.Equal((2, "CME-2499"), (bench.Battery.Attempts, bench.Guard.Status()[0].Code));
        Assert.Equal(PowerRange.Pin(W(1000)), bench.Battery.Held);
        Assert.Equal(ControlReach.Controlled, bench.Guard.Reach(bench.Battery.Device));
    }

    [Fact]
    public void Submit_OwnLoop_IsWrittenOnChangeAndRenewalOnly()
    {
        var bench = new GuardBench(shape: OwnLoop);

        bench.Run(30, Bounds(-5000, 0));
        bench.Run(30, Bounds(-5000, 5000));

        Assert.Equal([(0, 0m), (20, 0m), (30, 5000m), (50, 5000m)], bench.Battery.Writes.Select(w => ((int)w.At.TotalSeconds, w.Range!.Value.Max.Watts)));
    }

    [Fact]
    public void Submit_OwnLoopAndALimitThatForcesCharging_OpensTheLoopForIt()
    {
        var settings = Settings() with { Contract = new() { ZeroExport = true } };
        var bench = new GuardBench(shape: OwnLoop, settings: settings);

        bench.Cycle([Bounds(0, 5000)], image => image with { Grid = Read(-2000, bench.Now) });

        Assert.Equal(Range(-5000, 0), bench.Battery.Held);
    }

    [Fact]
    public void Submit_TwoBatteriesAgainstEachOther_TheSmallerStops()
    {
        var bench = new GuardBench(2);

        Assert.Equal([PowerRange.Pin(W(3000)), PowerRange.Pin(W(0))], bench.Cycle([Pin(3000), Pin(-1000)]).Select(r => r!.Value));
    }

    [Fact]
    public void Submit_Resolution_IsRoundedTowardsZeroAndNeverOutOfTheRange()
    {
        var bench = new GuardBench(shape: b => new(b.Device.Value, TimeOf(b)) { Traits = b.Traits with { Resolution = W(100) } });

        bench.Cycle(-1234);

        Assert.Equal(PowerRange.Pin(W(-1200)), bench.Battery.Held);
    }

    [Fact]
    public void Submit_PvOutput_IsSharedByInstalledPowerAndReleasedAfterwards()
    {
        var settings = Settings() with { Plants = [new(Id("south"), W(6000)), new(Id("north"), W(4000))], FeedIn = new() { Relays = [RelayMeaning.FeedIn30] } };
        var bench = new GuardBench(settings: settings);

        bench.Cycle([Pin(0)], i => (i with { Grid = null }).With(RelayMeaning.FeedIn30, true));
        Assert.Equal((W(1800), W(1200)), (bench.Plants[0].Held!.Value.Max, bench.Plants[1].Held!.Value.Max));
        for (int i = 0; i < 60 * 8; i++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            bench.Cycle([Pin(0)], image => image.With(RelayMeaning.FeedIn30, false));
        }

        Assert.Null(bench.Plants[0].Writes[^1].Range);
        Assert.All(bench.Plants[0].Writes.Zip(bench.Plants[0].Writes.Skip(1)), pair => Assert.True(pair.Second.Range is null || pair.Second.Range.Value.Max >= pair.First.Range!.Value.Max));
    }

    [Fact]
    public void Submit_DimmedLoad_IsLimitedAndReleased()
    {
        var settings = Settings() with { Loads = [new(Id("wallbox"), W(11_000), LoadKind.Wallbox)], Dim = new() { HasRelay = true } };
        var bench = new GuardBench(settings: settings);

        bench.Cycle([Pin(0)], i => i.With(RelayMeaning.Dim, false));
        Assert.Empty(bench.Loads[0].Writes);
        bench.Cycle([Pin(0)], i => i.With(RelayMeaning.Dim, true));
        Assert.Equal(W(3780), bench.Loads[0].Held!.Value.Max);
        bench.Cycle([Pin(0)], i => i.With(RelayMeaning.Dim, false));
        Assert.Null(bench.Loads[0].Writes[^1].Range);
    }

    [Fact]
    public async Task StopAsync_ReleasesBatteriesAndLeavesTheGridOperatorsLimits()
    {
        var settings = Settings() with { Loads = [new(Id("wallbox"), W(11_000), LoadKind.Wallbox)], Dim = new() { HasRelay = true } };
        var bench = new GuardBench(settings: settings);
        bench.Cycle([Pin(1000)], i => i.With(RelayMeaning.Dim, true));

        await bench.Guard.StopAsync(CancellationToken.None);
        bench.Cycle([Pin(2000)], i => i.With(RelayMeaning.Dim, false));

        Assert.Null(bench.Battery.Held);
        Assert.NotNull(bench.Loads[0].Held);
    }

    private static FakeBattery OwnLoop(FakeBattery b) => new(b.Device.Value, TimeOf(b)) { Traits = b.Traits with { Follows = BatteryFollower.Device } };

    private static TimeProvider TimeOf(FakeBattery battery) => battery.Time;

    private static void Wait(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, 10_000));

    private sealed class BlockingBattery(FakeBattery inner, ManualResetEventSlim block) : IBatteryControl
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
