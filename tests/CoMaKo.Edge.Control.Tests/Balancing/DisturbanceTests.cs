using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>The loop under faults and changes of the plant (local-control §8 items 2, 3, 5 and 9).</summary>
public sealed class DisturbanceTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 0)]
    [InlineData(1, 3)]
    public void Battery_BlockedForAMinuteAndReleased_HardlyExports(double delay, double readingAge)
    {
        var battery = new PlantBattery { DeadTime = delay, ReadingAge = readingAge, IsBlocked = t => t is > 60 and < 120 };
        var run = Run(_ => 2500, battery, Loop.Law(delay, delay + readingAge), 240);

        Assert.Equal([BalancingCodes.NotFollowing, BalancingCodes.FollowsAgain], run.Codes());
        Assert.True(run.From(120).Min(t => t.Grid) > -200, $"{run.From(120).Min(t => t.Grid):0} W");
        Assert.True(run.From(150).Worst() < 100);
    }

    [Fact]
    public void Battery_DeliversFivePercentLess_GridStillReachesItsTarget()
    {
        var run = Run(_ => 4000, new PlantBattery { Gain = 0.95 }, Loop.Law(1), 120);

        Assert.InRange(run.From(60).Mean(), 10, 50);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public void Reading_OldAndRare_ChangesNothing(double age)
    {
        var battery = new PlantBattery { ReadingAge = age, ReadingPeriod = Math.Max(1, age) };
        var run = Run(t => t < 60 ? 500 : 3500, battery, Loop.Law(1, 1 + age), 180);

        Assert.True(StepResponse.Of(run.Trace, 60, 180, 3000) is { Settling: <= 11, Overshoot: <= 0.02 });
        Assert.Empty(run.Codes());
    }

    [Fact]
    public void Reading_FrozenWithFreshTimestamps_IsNotBelievedAgainstTheMeter()
    {
        foreach (double delay in new[] { 1.0, 2, 4 })
        {
            var run = Run(t => t < 40 ? 400 : t < 300 ? 3400 : -1500, new PlantBattery { DeadTime = delay, FrozenReading = 0 }, Loop.Law(delay), 500);
            Assert.True(run.From(70, 299).Worst() < 100 && run.From(330).Worst() < 100, $"{delay} s: {string.Join(' ', run.Codes())}");
        }
    }

    [Fact]
    public void Write_FailsForAWhile_DoesNotEnterTheHistory()
    {
        var plant = new Plant(new PlantSettings(t => t < 60 ? 500 : 3500), new PlantBattery());
        var run = new LoopRun(plant, Loop.Law(1)) { WriteFails = t => t is > 59 and < 75 };
        run.Until(150);

        Assert.True(StepResponse.Of(run.From(75).ToList(), 75, 150, 3000) is { Settling: <= 11, Overshoot: <= 0.02 });
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(4, 0)]
    [InlineData(1, 4)]
    public void TakeOver_FromTheInvertersOwnLoop_IsSmooth(double delay, double readingAge)
    {
        static double Load(double time) => 1500 + 400 * Math.Sin(time / 20);
        var battery = new PlantBattery { DeadTime = delay, ReadingAge = readingAge, Power = 1500, OwnMode = Load };
        var plant = new Plant(new PlantSettings(Load) { MeterPhase = 0.3 }, battery);
        var run = new LoopRun(plant, Loop.Law(delay, delay + readingAge)) { IsLookingOn = true };
        foreach (double start in new[] { 60.0, 180 })
        {
            // The gateway looks on while the inverter balances by itself.
            run.IsLookingOn = true;
            battery.Release(plant.Time);
            run.Law.Released(LoopRun.First, Duration.FromSeconds(plant.Time));
            run.Until(start);
            double worstBefore = run.From(start - 30).Worst();
            run.IsLookingOn = false;
            run.Until(start + 60);
            Assert.True(run.From(start).Worst() < worstBefore + 150, $"{worstBefore:0} W before, {run.From(start).Worst():0} W after");
        }
    }

    [Fact]
    public void TwoBatteries_UnlikeInverters_StepIsTakenWithoutOvershoot()
    {
        var run = Pair(t => t < 60 ? 1000 : 7000, out _);
        run.Until(180);

        var step = StepResponse.Of(run.Trace, 60, 180, 6000);
        Assert.True(step is { Settling: <= 17, Overshoot: <= 0.02, Reversals: 0 }, $"{step}");
    }

    [Fact]
    public void TwoBatteries_OneDropsOutAndComesBack_TheOtherTakesOver()
    {
        var run = Pair(_ => 3500, out var second);
        run.Until(60);
        second.IsGone = true;
        run.Without.Add(new("battery-2"));
        run.Law.Released(new("battery-2"), Duration.FromSeconds(60));
        run.Allowed = LoopRun.FiveKilowatts;
        run.Until(120);
        Assert.True(run.From(80, 120).Worst() < 100, $"{run.From(80, 120).Worst():0} W");

        second.IsGone = false;
        run.Without.Clear();
        run.Allowed = TenKilowatts;
        run.Until(180);
        Assert.True(run.From(145).Worst() < 100, $"{run.From(145).Worst():0} W");
    }

    private static readonly PowerRange TenKilowatts = new(Power.FromWatts(-10_000), Power.FromWatts(10_000));

    private sealed class Switch
    {
        public bool IsGone { get; set; }
    }

    /// <summary>A quick inverter and a slow one.</summary>
    private static LoopRun Pair(Func<double, double> load, out Switch second)
    {
        var gone = second = new Switch();
        var plant = new Plant(new PlantSettings(load), new PlantBattery { DeadTime = 1, Tau = 1 }, new PlantBattery { DeadTime = 4, Tau = 2.5, IsBlocked = _ => gone.IsGone });
        var law = new BalancingLaw(new BalancingSettings([new(new("battery-1"), LoopRun.FiveKilowatts), new(new("battery-2"), LoopRun.FiveKilowatts)]));
        law.Use(new("battery-1"), Loop.Dynamics(1, 1, 1));
        law.Use(new("battery-2"), Loop.Dynamics(4, 4, 2.5));
        var split = new BatterySplit(
        [
            new(new("battery-1"), LoopRun.FiveKilowatts, new Energy(10_000), 5, 95), new(new("battery-2"), LoopRun.FiveKilowatts, new Energy(8_000), 5, 95),
        ]);
        return new LoopRun(plant, law) { Split = split, Allowed = TenKilowatts, Wish = new(BatteryMode.Balance, TenKilowatts, GridTargets.Normal) };
    }

    private static LoopRun Run(Func<double, double> load, PlantBattery battery, BalancingLaw law, double until)
    {
        var run = new LoopRun(new Plant(new PlantSettings(load) { MeterPhase = 0.3 }, battery), law);
        run.Until(until);
        return run;
    }
}
