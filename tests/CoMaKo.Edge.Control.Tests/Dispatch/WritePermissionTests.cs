using CoMaKo.Devices;
using CoMaKo.Edge.Control.Dispatch;
using static CoMaKo.Edge.Control.Tests.Dispatch.GuardBench;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>The narrow permission of a technician's test.</summary>
public sealed class WritePermissionTests
{
    private readonly GuardBench bench = new(verify: false);

    [Fact]
    public void Command_OfATest_IsWrittenToAnUnverifiedBatteryInsideThePermission()
    {
        var test = Open();
        test.Command(W(9000));

        Cycle();

        Assert.Equal(PowerRange.Pin(W(500)), bench.Battery.Held);
        Assert.Equal(S(5), bench.Battery.Writes[0].ValidFor);
    }

    [Fact]
    public void Command_BrowserGone_IsReleasedWithinFiveSeconds()
    {
        var test = Open();
        test.Command(W(500));
        Cycle();

        for (int i = 0; i < 5; i++)
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            Cycle();
        }

        Assert.True(test.IsOver);
        Assert.Null(bench.Battery.Held);
        Assert.Null(bench.Battery.Writes[^1].Range);
    }

    [Fact]
    public void Command_BrowserAndGatewayDieOneAfterTheOther_DeviceRevertsFiveSecondsAfterTheLastSignOfLife()
    {
        var test = Open();
        test.KeepAlive();
        for (int i = 0; i < 3; i++)
        {
            test.Command(W(100 * i));
            Cycle();
            bench.Time.Advance(TimeSpan.FromSeconds(1));
        }

        bench.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal([S(5), S(4), S(3)], bench.Battery.Writes.Select(w => w.ValidFor));
        Assert.Null(bench.Battery.Held);
    }

    [Fact]
    public void Command_GatewayDies_DeviceRevertsWithinFiveSeconds()
    {
        Open().Command(W(500));
        Cycle();

        bench.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Null(bench.Battery.Held);
    }

    [Fact]
    public void Command_WithLifeSigns_HoldsUntilItsEndAndNoLonger()
    {
        var test = Open();
        test.Command(W(500));
        for (int i = 0; i < 29; i++)
        {
            test.KeepAlive();
            Cycle();
            Assert.Equal(PowerRange.Pin(W(500)), bench.Battery.Held);
            bench.Time.Advance(TimeSpan.FromSeconds(1));
        }

        bench.Time.Advance(TimeSpan.FromSeconds(1));
        test.KeepAlive();
        Cycle();

        Assert.Null(bench.Battery.Held);
    }

    [Fact]
    public void Command_ALimitForcesMoreThanThePermission_NothingIsWritten()
    {
        Open().Command(W(500));

        bench.Cycle([Pin(0)], image => image with { Batteries = [image.Batteries[0] with { MaxDischarge = W(0) }] });
        Assert.Equal(PowerRange.Pin(W(0)), bench.Battery.Held);
        var forced = bench.Pass.Run(Image(bench.Now, 0, null, Cells(bench.Now))).Allowed.NarrowBattery(0, Range(-5000, -1000), "forced");
        bench.Guard.Submit(99, [Pin(0)], forced, Image(bench.Now, 0, null, Cells(bench.Now)));

        Assert.Null(bench.Battery.Held);
    }

    [Fact]
    public void OpenTest_WhileAnotherRuns_IsDenied()
    {
        var test = Open();
        Assert.Null(bench.Guard.OpenTest(bench.Battery.Device, Range(-500, 500), S(30)));

        test.End();

        Assert.NotNull(bench.Guard.OpenTest(bench.Battery.Device, Range(-500, 500), S(30)));
    }

    private WriteTest Open() => bench.Guard.OpenTest(bench.Battery.Device, Range(-500, 500), S(30))!;

    private void Cycle() => bench.Cycle([BatteryOrder.Release]);
}
