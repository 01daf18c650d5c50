using CoMaKo.Testing;

namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>The figures of the 3 kW step against a plant written in another language; worst of ten sampling phases and four steps.</summary>
public sealed class ForeignPlantTests
{
    private const int Phases = 10;

    [RequiresTheory(Peer.SciPy)]
    [InlineData(1, 11)]
    [InlineData(4, 15)]
    public void Step_ResponseKnown_IsTakenInTime(double delay, double seconds) => AssertWithin(delay, delay, seconds, 0.02);

    [RequiresTheory(Peer.SciPy)]
    [InlineData(1, 0.5)]
    [InlineData(1, -0.5)]
    [InlineData(4, 0.5)]
    [InlineData(4, -0.5)]
    public void Step_DelayMisjudgedByHalfASecond_IsStillTaken(double delay, double error) => AssertWithin(delay, delay + error, 18, 0.08);

    [RequiresTheory(Peer.SciPy)]
    [InlineData(0.5)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void Step_NothingLearned_ComesToRest(double delay)
    {
        using var plant = new ForeignPlant();
        foreach (double phase in new[] { 0.1, 0.6 })
        {
            var description = new ForeignPlant.Description(delay * 0.6, delay * 0.4, phase) { Apart = 120, Levels = [500, 3500, -1500] };
            Assert.All(plant.Run(description, Loop.Law(null)), step => Assert.True(step is { Settling: < 60, Overshoot: < 0.15, Reversals: <= 1 }, $"{phase}: {step}"));
        }
    }

    [RequiresFact(Peer.SciPy)]
    public void Step_BothPlants_AgreeOnTheFigures()
    {
        // The plants share no line of code: if they agree, neither flatters the law.
        using var foreign = new ForeignPlant();
        foreach (double delay in new[] { 1.0, 4 })
        {
            var theirs = foreign.Run(new(delay, 0, 0.25), Loop.Law(delay)).Aggregate((a, b) => a.Worst(b));
            var ours = new LoadSteps(delay) { Apart = 45 }.Run(0.25);

            Assert.InRange(theirs.Settling, ours.Settling - 0.1, ours.Settling + 0.1);
            Assert.InRange(theirs.Overshoot, ours.Overshoot - 0.005, ours.Overshoot + 0.005);
        }
    }

    private static void AssertWithin(double delay, double believed, double seconds, double overshoot)
    {
        using var plant = new ForeignPlant();
        double inMeter = delay * 0.4;
        for (int n = 0; n < Phases; n++)
        {
            var steps = plant.Run(new(delay - inMeter, inMeter, (n + 0.5) / Phases), Loop.Law(believed, believed - inMeter));
            Assert.All(steps, step => Assert.True(step.Settling <= seconds && step.Overshoot <= overshoot && step.Reversals == 0, $"Phase {n}: {step}"));
        }
    }
}
