using CoMaKo.Devices;
using CoMaKo.Edge.Control.Dispatch;
using NodaTime;
using static CoMaKo.Edge.Control.Tests.Dispatch.GuardBench;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>Devices that fail, hang, refuse or lie.</summary>
public sealed class WriteGuardFaultTests
{
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
