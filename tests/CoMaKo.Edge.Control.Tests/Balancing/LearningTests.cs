using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Commissioning;
using CoMaKo.Edge.Control.Tests.Commissioning;

namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>What was learned must be good enough for the loop: the figures of a known response hold with a learned one.</summary>
public sealed class LearningTests
{
    [Theory]
    [InlineData(1, 0.4, 11)]
    [InlineData(4, 1.5, 15)]
    public void WriteTest_NoisyHouse_LearnsWellEnoughForTheStep(double delay, double inMeter, double seconds)
    {
        for (int seed = 1; seed <= 5; seed++)
        {
            // Noise of the meter, a refrigerator, and a load that switches now and then.
            var house = Loads.Restless(seed, 45, 250);
            var bench = new TestBench(
                new PlantSettings(house) { MeterLatency = inMeter, MeterNoise = 15, MeterPhase = seed * 0.19 % 1, Seed = seed },
                new PlantBattery { DeadTime = delay - inMeter }, WriteTestPlan.Learning(LoopRun.FiveKilowatts, WriteTestPlan.Usual)!);
            var learned = bench.UntilOver().Evidence!.Response!;

            var steps = new LoadSteps(delay) { InMeter = inMeter, ModelDelay = learned.MeterDelay, ModelTau = learned.TimeConstant, Phases = 12 };
            var worst = steps.Worst();

            Assert.True(worst.Settling <= seconds && worst.Overshoot <= 0.02, $"Seed {seed}: {learned}, {worst}");
        }
    }

    [Theory]
    [InlineData(0.5, 1.0)]
    [InlineData(1.0, 2.0)]
    [InlineData(4.0, 2.0)]
    [InlineData(6.0, 3.0)]
    public void Operation_NothingLearnedBefore_LearnsFromLargeChanges(double delay, double tau)
    {
        var run = Operate(Loop.Law(null), new PlantBattery { DeadTime = delay, Tau = tau });

        var learned = Assert.Single(run.Law.Memory.Batteries);
        Assert.InRange(learned.MeterDelay, delay - 0.3, delay + 0.3);
        Assert.InRange(learned.TimeConstant, tau * 0.8, tau * 1.2);
        Assert.Equal([BalancingCodes.ResponseLearned], run.Codes());
        Assert.Equal(BalancingState.Following, run.LastStep.State);
    }

    [Fact]
    public void Operation_DelayGrewByTwoSeconds_WarnsAndLearnsTheNewOne()
    {
        var run = Operate(Loop.Law(1.5), new PlantBattery { DeadTime = 3.5 });

        Assert.Contains(BalancingCodes.DelayMoved, run.Codes());
        Assert.InRange(run.Law.Memory.Batteries[0].MeterDelay, 3.2, 3.8);
    }

    [Fact]
    public void Operation_RampThatSmallStepsDoNotShow_IsFound()
    {
        var run = Operate(Loop.Law(2), new PlantBattery { DeadTime = 2, Ramp = 400 });

        Assert.InRange(run.Law.Memory.Batteries[0].Ramp ?? 0, 370, 430);
    }

    [Fact]
    public void Operation_OnlyRestlessLoads_LearnNothingWrong()
    {
        for (int seed = 1; seed <= 4; seed++)
        {
            var plant = new Plant(new PlantSettings(Loads.Restless(seed, 6, 4000)) { MeterNoise = 15 }, new PlantBattery { DeadTime = 2 });
            var run = new LoopRun(plant, Loop.Law(null));
            run.Until(1500);
            Assert.All(run.Law.Memory.Batteries, learned => Assert.InRange(learned.MeterDelay, 1.4, 2.6));
        }
    }

    /// <summary>A quarter hour with a change of about 3 kW each 60 s.</summary>
    private static LoopRun Operate(BalancingLaw law, PlantBattery battery)
    {
        var plant = new Plant(new PlantSettings(t => (int)(t / 60) % 2 == 0 ? 600 : 3700) { MeterNoise = 15, MeterPhase = 0.3 }, battery);
        var run = new LoopRun(plant, law);
        run.Until(900);
        return run;
    }
}
