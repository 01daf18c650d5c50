using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>Single decisions of the law.</summary>
public sealed class LawTests
{
    private static readonly BatteryWish Balance = new(BatteryMode.Balance, LoopRun.FiveKilowatts, GridTargets.Normal);

    [Fact]
    public void Next_NoMeterYet_KeepsUnlessThePowerIsPinned()
    {
        var law = Driven(0);

        Assert.Null(law.Next(LoopRun.Image(1, null), Balance, LoopRun.FiveKilowatts).Wanted);
        Assert.Equal(Power.FromWatts(-1500), law.Next(LoopRun.Image(2, null), Pinned(-1500), LoopRun.FiveKilowatts).Wanted);
    }

    [Fact]
    public void Next_SampleShownAgain_CountsOnce()
    {
        var law = Driven(0);
        var sample = LoopRun.Sample(1000, 1);

        var first = law.Next(LoopRun.Image(1, sample), Balance, LoopRun.FiveKilowatts);
        law.Confirm(LoopRun.First, first.Wanted!.Value, Duration.FromSeconds(1.1));
        var again = law.Next(LoopRun.Image(4, sample), Balance, LoopRun.FiveKilowatts);

        Assert.Equal(Power.FromWatts(970), first.Wanted);
        Assert.Null(again.Wanted);
        Assert.Equal(first.NetLoad, again.NetLoad);
    }

    [Fact]
    public void Next_ChangeBelowTheThreshold_IsNotWritten()
    {
        var law = Driven(0);

        Assert.Null(law.Next(LoopRun.Image(1, LoopRun.Sample(49, 1)), Balance, LoopRun.FiveKilowatts).Wanted);
        Assert.Equal(Power.FromWatts(-20), law.Next(LoopRun.Image(2, LoopRun.Sample(-29, 2)), Balance, LoopRun.FiveKilowatts).Wanted);
    }

    [Fact]
    public void Next_LargeStep_RisesByHalfTheRatedPowerPerSecond()
    {
        var law = Driven(0);

        Assert.Equal(Power.FromWatts(2500), law.Next(LoopRun.Image(1, LoopRun.Sample(4000, 1)), Balance, LoopRun.FiveKilowatts).Wanted);
    }

    [Fact]
    public void Next_RangeShrinksBetweenSamples_ObeysAtOnceAndWithoutRamp()
    {
        var law = Driven(4000);

        var step = law.Next(LoopRun.Image(1.2, null), Balance, new PowerRange(Power.FromWatts(-5000), Power.FromWatts(250)));

        Assert.Equal(Power.FromWatts(250), step.Wanted);
    }

    [Fact]
    public void Next_SurplusWhileOnlyDischargeIsWished_RestsAtExactlyZero()
    {
        var law = Driven(12);
        var wish = Balance with { Mode = BatteryMode.FollowDeficit, Bounds = new(Power.Zero, Power.FromWatts(5000)) };

        Assert.Equal(Power.Zero, law.Next(LoopRun.Image(1, LoopRun.Sample(-900, 1)), wish, LoopRun.FiveKilowatts).Wanted);
    }

    [Theory]
    [InlineData(7000, -60000, 4200, 2500)]
    [InlineData(-3500, -2000, 60000, -1500)]
    [InlineData(900, 1500, 60000, -600)]
    [InlineData(3000, -2000, 4200, 0)]
    public void Next_IdleButTheConnectionIsBounded_DoesWhatTheConnectionNeeds(int load, int least, int most, int expected)
    {
        var law = Driven(0);
        var grid = new PowerRange(Power.FromWatts(least), Power.FromWatts(most));

        var step = law.Next(LoopRun.Image(1, LoopRun.Sample(load, 1)), Pinned(0), LoopRun.FiveKilowatts, grid);

        // 7 kW would need 2.8 kW, of which the ramp admits 2.5 kW in the first second.
        Assert.Equal(Power.FromWatts(expected), step.Wanted ?? Power.Zero);
    }

    [Fact]
    public void Next_ZeroExportTarget_KeepsMoreDistance()
    {
        var law = Driven(0);

        Assert.Equal(Power.FromWatts(950), law.Next(LoopRun.Image(1, LoopRun.Sample(1000, 1)), Balance with { GridTarget = GridTargets.ZeroExport }, LoopRun.FiveKilowatts).Wanted);
    }

    [Fact]
    public void Next_BatteryNotDriven_CountsAsNetLoad()
    {
        var law = new BalancingLaw(new BalancingSettings([new(LoopRun.First, LoopRun.FiveKilowatts), new(new("battery-2"), LoopRun.FiveKilowatts)]));
        law.Confirm(LoopRun.First, Power.FromWatts(1000), Duration.FromSeconds(-60));
        law.Confirm(new("battery-2"), Power.FromWatts(2000), Duration.FromSeconds(-60));

        Assert.Equal(Power.FromWatts(3030), law.Next(LoopRun.Image(1, LoopRun.Sample(30, 1)), Balance, LoopRun.FiveKilowatts).NetLoad);
        Assert.Equal(Power.FromWatts(1030), law.Next(LoopRun.Image(2, LoopRun.Sample(30, 2)), Balance, LoopRun.FiveKilowatts, without: new HashSet<DeviceId> { new("battery-2") }).NetLoad);
    }

    [Fact]
    public void AtMeter_WhileTheBatteryMoves_IsWhatTheSampleContains()
    {
        var law = Driven(0);
        law.Confirm(LoopRun.First, Power.FromWatts(2000), Duration.FromSeconds(0));

        law.Observe(LoopRun.Image(3, LoopRun.Sample(1000, 3)));

        // 3 s after the write: 1 s of delay, then one time constant.
        Assert.InRange(law.AtMeter(LoopRun.First)!.Value.Watts, 1250, 1280);
        Assert.Null(law.AtMeter(new("another")));
    }

    [Fact]
    public void Memory_RoundTrip_KeepsWhatWasLearned()
    {
        var law = new BalancingLaw(new BalancingSettings([new(LoopRun.First, LoopRun.FiveKilowatts)]));
        law.Use(LoopRun.First, new BatteryDynamics(Duration.FromSeconds(1.35), Duration.FromSeconds(2.4), Duration.FromSeconds(0.8), Power.FromWatts(400)));
        string json = System.Text.Json.JsonSerializer.Serialize(law.Memory);

        var restored = new BalancingLaw(new BalancingSettings([new(LoopRun.First, LoopRun.FiveKilowatts)]), System.Text.Json.JsonSerializer.Deserialize<BalancingMemory>(json));

        Assert.Equal(json, System.Text.Json.JsonSerializer.Serialize(restored.Memory));
        Assert.Equal(BalancingState.Following, restored.Next(LoopRun.Image(1, null), Balance, LoopRun.FiveKilowatts).State);
    }

    [Theory]
    [InlineData(-1, 2, 2, null)]
    [InlineData(1, 2, double.NaN, null)]
    [InlineData(1, 2, 2, 0.0)]
    public void Memory_Damaged_IsAsIfNothingWasLearned(double meter, double reading, double tau, double? ramp)
    {
        var law = Loop.Law(null, memory: new BalancingMemory([new LearnedResponse("battery-1", meter, reading, tau, ramp), new LearnedResponse("gone", 1, 1, 1, null)], false));

        Assert.Equal(BalancingState.Cautious, law.Next(LoopRun.Image(1, null), Balance, LoopRun.FiveKilowatts).State);
    }

    private static BalancingLaw Driven(int watts)
    {
        var law = Loop.Law(1);
        law.Confirm(LoopRun.First, Power.FromWatts(watts), Duration.FromSeconds(-60));
        return law;
    }

    private static BatteryWish Pinned(int watts) => new(BatteryMode.ForcedPower, PowerRange.Pin(Power.FromWatts(watts)), GridTargets.Normal);
}
