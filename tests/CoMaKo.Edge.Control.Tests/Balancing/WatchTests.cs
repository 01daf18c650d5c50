using CoMaKo.Edge.Control.Balancing;

namespace CoMaKo.Edge.Control.Tests.Balancing;

public sealed class WatchTests
{
    [Theory]
    [InlineData(800, 1.0)]
    [InlineData(800, 4.0)]
    [InlineData(-1500, 1.0)]
    [InlineData(300, 6.0)]
    public void InvertedMeter_Learned_StopsWithinAMinute(double load, double delay) => AssertStops(Inverted(load, delay, delay));

    [Theory]
    [InlineData(800, 0.5)]
    [InlineData(-1500, 4.0)]
    [InlineData(800, 6.0)]
    public void InvertedMeter_NothingLearned_StopsWithinAMinute(double load, double delay) => AssertStops(Inverted(load, delay, null));

    [Fact]
    public void InvertedMeter_RestlessLoad_StopsWithinAMinute()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            var load = Loads.Restless(seed, 20, 2500);
            AssertStops(Run(load, 1, 1, isInverted: true, noise: 15));
        }
    }

    [Fact]
    public void InvertedMeter_StoppedBefore_StaysStoppedAfterARestartUntilTrustedAgain()
    {
        var law = Loop.Law(1, memory: new BalancingMemory([], IsMeterInverted: true));
        var image = LoopRun.Image(1, LoopRun.Sample(2000, 1));
        var wish = new BatteryWish(BatteryMode.Balance, LoopRun.FiveKilowatts, GridTargets.Normal);

        Assert.Equal(BalancingState.Stopped, law.Next(image, wish, LoopRun.FiveKilowatts).State);
        law.TrustMeterAgain();
        Assert.Equal(BalancingState.Following, law.Next(image, wish, LoopRun.FiveKilowatts).State);
        Assert.False(law.Memory.IsMeterInverted);
    }

    [Fact]
    public void Doubt_TheMeterIsRight_GoesOnWithoutStopping()
    {
        // The load runs away exactly as the battery follows it: for some seconds both move the same way.
        static double Load(double time) => time < 40 ? 300 : Math.Min(4800, 300 + 40 * Math.Pow(time - 40, 2.3));
        var run = Run(Load, 1, 1, isInverted: false);

        Assert.DoesNotContain(BalancingCodes.MeterSignInverted, run.Codes());
        Assert.True(run.From(110).Worst() < 100);
    }

    /// <summary>A wallbox of 11 kW that is dimmed again and again, a heat pump, an oven: what the load does must never pass for the battery's own movement.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(20)]
    public void LargeLoadsSwitching_TheMeterIsRight_NeverStops(double meanHold)
    {
        var stopped = new List<string>();
        for (int seed = 1; seed <= 40; seed++)
        {
            foreach (double delay in new[] { 0.5, 2 })
            {
                var run = Run(Loads.Restless(seed, meanHold, 16_000), delay, delay, isInverted: false, noise: 15, until: 900);
                if (run.Codes().Contains(BalancingCodes.MeterSignInverted)) stopped.Add($"{seed}/{delay} s");
            }
        }

        Assert.True(stopped.Count == 0, $"Stopped {stopped.Count} of 80: {string.Join(", ", stopped)}");
    }

    [Fact]
    public void OrdinaryLoads_RaiseNoAlarm()
    {
        foreach (var (name, load) in Loads.Ordinary)
        {
            foreach (double delay in new[] { 1.0, 4.0 })
            {
                foreach (double? believed in new double?[] { delay, delay - 0.5, delay + 0.5, null })
                {
                    var run = Run(load, delay, believed, isInverted: false, noise: 15, until: 900);
                    Assert.True(!run.Codes().Any(c => c is BalancingCodes.Oscillation or BalancingCodes.MeterSignInverted), $"{name}, {delay} s, {believed} s: {string.Join(' ', run.Codes())}");
                }
            }
        }
    }

    [Fact]
    public void Oscillation_FrozenBatteryReading_IsSeenAndEnds()
    {
        // A reading that is stuck looks like a battery that does not follow; believing it makes the loop swing.
        var battery = new PlantBattery { DeadTime = 2, FrozenReading = 0 };
        var run = new LoopRun(new Plant(new PlantSettings(t => t < 40 ? 400 : 3400), battery), Loop.Law(2));

        run.Until(900);

        Assert.True(run.From(600).Worst() < 100, $"{run.From(600).Worst():0} W; {string.Join(' ', run.Events.Select(e => $"{e.Time:0} {e.Event.Code}"))}");
    }

    private static LoopRun Inverted(double load, double delay, double? believed) => Run(_ => load, delay, believed, isInverted: true);

    private static LoopRun Run(Func<double, double> load, double delay, double? believed, bool isInverted, double noise = 0, double until = 120)
    {
        var plant = new Plant(new PlantSettings(load) { IsInverted = isInverted, MeterNoise = noise, MeterPhase = 0.4 }, new PlantBattery { DeadTime = delay });
        var run = new LoopRun(plant, Loop.Law(believed));
        run.Until(until);
        return run;
    }

    private static void AssertStops(LoopRun run)
    {
        var stop = run.Events.Find(e => e.Event.Code == BalancingCodes.MeterSignInverted);
        Assert.True(stop.Event is not null && stop.Time < 60, $"{stop.Time:0} s; {string.Join(' ', run.Codes())}");
        Assert.Equal(BalancingState.Stopped, run.LastStep.State);
        Assert.True(run.From(stop.Time + 20).All(t => Math.Abs(t.Battery) < 100));
    }
}
