using CoMaKo.Edge.Control.Balancing;

namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>
/// No limit cycle: after a load step and with constant load from then on, the grid must come to rest at its target.
/// A cycle would show as an error that is still large minutes later.
/// </summary>
public sealed class StabilityTests
{
    private const double StepAt = 40;
    private static readonly double[] Phases = [0.05, 0.38, 0.71];

    public static TheoryData<double> Delays => new(Enumerable.Range(1, 12).Select(n => n * 0.5));

    [Theory]
    [MemberData(nameof(Delays))]
    public void Step_NothingLearned_ComesToRest(double delay)
    {
        foreach (double tau in new[] { 1.0, 2, 3 })
        {
            foreach (double phase in Phases) AssertRests(Run(delay, tau, null, phase), 180, 50);
        }
    }

    [Theory]
    [MemberData(nameof(Delays))]
    public void Step_Learned_ComesToRest(double delay)
    {
        foreach (double phase in Phases) AssertRests(Run(delay, 2, delay, phase), 60, 50);
    }

    [Theory]
    [InlineData(0.5, 6)]
    [InlineData(1, 5)]
    [InlineData(1, 4)]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 0.5)]
    [InlineData(6, 2)]
    public void Step_LearnedAltogetherWrong_ComesToRest(double delay, double believed)
    {
        foreach (double tau in new[] { 1.0, 2, 3 })
        {
            foreach (double phase in Phases) AssertRests(Run(delay, tau, believed, phase), 240, 50);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Idle_NoisyMeterAndSlowlyMovingLoad_StaysAtTargetWithoutExport(double delay)
    {
        var plant = new Plant(new PlantSettings(t => 800 + 300 * Math.Sin(t / 150)) { MeterNoise = 15 }, new PlantBattery { DeadTime = delay });
        var run = new LoopRun(plant, Loop.Law(delay));

        run.Until(900);

        Assert.InRange(run.From(60).Mean(), 20, 40);
        Assert.True(run.From(60).Min(t => t.Grid) > -10, $"{run.From(60).Min(t => t.Grid):0} W");
        Assert.Empty(run.Events);
    }

    private static LoopRun Run(double delay, double tau, double? believed, double phase)
    {
        static double Load(double time) => time < StepAt ? 400 : time < StepAt + 150 ? 3400 : time < StepAt + 300 ? -2000 : 1500;
        var plant = new Plant(
            new PlantSettings(Load) { MeterPhase = phase, MeterLatency = delay / 2 }, new PlantBattery { DeadTime = delay / 2, Tau = tau });
        var run = new LoopRun(plant, Loop.Law(believed, believed / 2));
        run.Until(StepAt + 600);
        return run;
    }

    private static void AssertRests(LoopRun run, double within, double watts)
    {
        double last = StepAt + 300;
        Assert.True(run.From(last + within).Worst() < watts, $"Still {run.From(last + within).Worst():0} W away; {string.Join(' ', run.Codes())}");
        // Whatever was misjudged, it was not the meter's sign.
        Assert.DoesNotContain(BalancingCodes.MeterSignInverted, run.Codes());
    }
}
