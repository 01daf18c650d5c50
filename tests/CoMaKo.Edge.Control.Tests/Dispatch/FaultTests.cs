using CoMaKo.Devices;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using static CoMaKo.Edge.Control.Tests.Limits.Site;

namespace CoMaKo.Edge.Control.Tests.Dispatch;

/// <summary>Whatever stops feeding control, the inverter ends in its own mode within its revert time, and the loop goes on (local-control §5, §8).</summary>
public sealed class FaultTests
{
    private static readonly LimitSettings Dimmed = Settings() with { Dim = new() { HasRelay = true } };

    [Fact]
    public void Meter_GoesStale_FreezesThenGoesToZeroThenReleases()
    {
        var house = Charging();
        house.MeterWorks = false;

        var seen = new List<(double Age, ControlMode Mode, string? Cause, PowerRange? Held)>();
        double lost = house.Now - 1;
        house.Run(70, () => seen.Add((house.Now - lost, house.Status.Mode, house.Status.Cause, house.Battery.Held)));

        Assert.All(seen.Where(s => s.Age <= 5), s => Assert.Equal(ControlMode.Planned, s.Mode));
        Assert.All(seen.Where(s => s.Age is > 5 and <= 15), s => Assert.Equal((ControlMode.Hold, Causes.MeterStale, PowerRange.Pin(W(-3000))), (s.Mode, s.Cause, s.Held)));
        Assert.All(seen.Where(s => s.Age is > 15 and <= 60), s => Assert.Equal((ControlMode.Hold, Causes.MeterLost), (s.Mode, s.Cause)));
        Assert.All(seen.Where(s => s.Age is >= 26 and <= 60), s => Assert.Equal(PowerRange.Pin(W(0)), s.Held));
        Assert.All(seen.Where(s => s.Age > 60), s => Assert.Equal((ControlMode.Released, null), (s.Mode, s.Held)));
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.True(pair.Second.Held is null || pair.Second.Held.Value.Min >= pair.First.Held!.Value.Min, "It charges more with a lost meter."));
    }

    [Fact]
    public void Meter_ComesBack_ControlGoesOnAtOnce()
    {
        var house = Charging();
        house.MeterWorks = false;
        house.Run(100);
        house.MeterWorks = true;

        house.Run(5);

        Assert.Equal((ControlMode.Planned, PowerRange.Pin(W(-3000))), (house.Status.Mode, house.Battery.Held!.Value));
    }

    [Fact]
    public void Meter_DeliversLessThanHalfOfItsSamples_IsReleased()
    {
        var house = Charging();

        house.Run(240, () => house.MeterWorks = house.Now % 3 < 1);

        Assert.Equal((ControlMode.Released, Causes.MeterErrors), (house.Status.Mode, house.Status.Cause));
        Assert.Null(house.Battery.Held);
    }

    [Theory]
    [InlineData(BatteryFollower.Gateway)]
    [InlineData(BatteryFollower.Device)]
    public void Gateway_IsKilled_InverterIsInItsOwnModeWithinItsRevertTime(BatteryFollower follows)
    {
        var house = Charging(follows: follows);

        house.Step(61);

        Assert.Null(house.Battery.Held);
        Assert.InRange(house.GridWatts, -50, 50);
    }

    [Fact]
    public void Cycle_ThrowsForEver_NothingIsRenewedAndTheInverterReverts()
    {
        var house = Charging();
        long completed = house.Dispatcher.CompletedCycles;
        house.Change = _ => throw new InvalidOperationException("The picture is broken.");

        house.Run(61);

        Assert.Equal(completed, house.Dispatcher.CompletedCycles);
        Assert.Null(house.Battery.Held);
        Assert.Contains(house.Status.Alarms, a => a.Code == ControlCodes.CycleFailed);
        house.Change = null;
        house.Run(3);
        Assert.Equal(PowerRange.Pin(W(-3000)), house.Battery.Held);
    }

    [Fact]
    public void Disk_IsFull_ControlGoesOnAndSaysSo()
    {
        var house = new House(Dimmed);
        house.OnRecord = () => throw new IOException("No space left on device.");
        house.Wish.Force(-3000);
        house.Set(RelayMeaning.Dim, true);

        house.Run(300);

        Assert.Equal((PowerRange.Pin(W(-3000)), 300), (house.Battery.Held!.Value, house.Dispatcher.CompletedCycles));
        Assert.Contains(house.Status.Alarms, a => a.Code == ControlCodes.RecordLost);
    }

    [Fact]
    public void Plan_Throws_FallsBackToTheRule()
    {
        var house = Charging();
        house.HomeWatts = 2000;
        house.Wish.Fault = new InvalidOperationException("No plan.");

        house.Run(20);

        Assert.Equal((ControlMode.Balancing, Causes.Fault), (house.Status.Mode, house.Status.Cause));
        Assert.InRange(house.GridWatts, -50, 100);
    }

    [Fact]
    public void Battery_Hangs_TheOtherOneTakesOverAndLimitsAreStillObeyed()
    {
        var house = new House(Settings(2) with { Dim = new() { HasRelay = true } }) { HomeWatts = 4000 };
        house.Set(RelayMeaning.Dim, false);
        house.Run(30);
        house.Batteries[0].Fault = DeviceFault.Hangs;

        house.Run(120);

        Assert.InRange(house.GridWatts, -100, 150);
        Assert.Equal(151 - 1, house.Dispatcher.CompletedCycles);
        Assert.Equal(ControlReach.Unreachable, house.Guard.Reach(house.Batteries[0].Device));
        house.Wish.Force(-8000);
        house.Set(RelayMeaning.Dim, true);
        house.Run(2);
        Assert.True(house.Batteries[1].Held!.Value.Min >= W(-4200));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(90)]
    [InlineData(3600)]
    public void Socket_LostInForcedCharge_CommandStateIsTheIntentWithinFiveSecondsOfItsReturn(int seconds)
    {
        var house = Charging();
        house.Battery.Fault = DeviceFault.Throws;
        house.Run(seconds);
        house.Battery.Fault = DeviceFault.None;

        house.Run(5);

        Assert.Equal(PowerRange.Pin(W(-3000)), house.Battery.Held);
        Assert.Equal(ControlMode.Planned, house.Status.Mode);
    }

    /// <summary>local-control §8.7: during forced charge, during discharge, with surplus of PV.</summary>
    [Theory]
    [InlineData(-5000, 500, 0, -4250, -4150)]
    [InlineData(2000, 3000, 0, 1950, 2050)]
    [InlineData(-5000, 500, 3000, -5050, -4950)]
    public void Dim_Comes_OnlyGridChargingIsLimited(int forced, int home, int pv, int least, int most)
    {
        var house = new House(Dimmed) { HomeWatts = home, PvWatts = pv };
        house.Set(RelayMeaning.Dim, false);
        house.Wish.Force(forced);
        house.Run(30);
        house.Set(RelayMeaning.Dim, true);

        house.Run(20);

        Assert.InRange(house.BatteryWatts, least, most);
    }

    [Fact]
    public void Dim_InputBreaks_LimitHoldsAndIsSaid()
    {
        var house = new House(Dimmed);
        house.Set(RelayMeaning.Dim, false);
        house.Wish.Force(-5000);
        house.Run(10);
        house.Set(RelayMeaning.Dim, null);

        house.Run(1);

        Assert.Equal(PowerRange.Pin(W(-4200)), house.Battery.Held);
        Assert.Contains(house.Status.Alarms, a => a.Code == ControlCodes.InputLost);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public void Clock_Jumps_ControlDoesNotNotice(int seconds)
    {
        var house = Charging();
        house.Time.StepWallClock(TimeSpan.FromSeconds(seconds));
        int writes = house.Battery.Writes.Count;

        house.Run(60);

        Assert.Equal(PowerRange.Pin(W(-3000)), house.Battery.Held);
        Assert.Equal(writes + 3, house.Battery.Writes.Count);
    }

    [Fact]
    public void Clock_NotTrusted_NoPlanIsExecutedButLimitsAre()
    {
        var house = new House(Dimmed) { ClockIsTrusted = false, HomeWatts = 2000 };
        house.Set(RelayMeaning.Dim, true);
        house.Wish.Force(-5000);

        house.Run(20);

        Assert.Equal((ControlMode.Balancing, Causes.Clock), (house.Status.Mode, house.Status.Cause));
        Assert.InRange(house.GridWatts, -50, 100);
    }

    [Fact]
    public async Task RunAsync_Cancelled_ReleasesTheBattery()
    {
        var house = Charging();
        using var stop = new CancellationTokenSource();
        var running = house.Dispatcher.RunAsync(stop.Token);

        await stop.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Null(house.Battery.Held);
    }

    private static House Charging(BatteryFollower follows = BatteryFollower.Gateway)
    {
        var house = new House(follows: follows);
        house.Wish.Force(-3000);
        house.Run(20);
        Assert.Equal(PowerRange.Pin(W(-3000)), house.Battery.Held);
        return house;
    }
}
