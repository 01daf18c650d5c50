using CoMaKo.Devices;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Tests.Limits;
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
}
