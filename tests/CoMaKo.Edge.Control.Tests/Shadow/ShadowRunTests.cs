using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Shadow;
using CoMaKo.Edge.Control.Tests.Planning;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Control.Tests.Shadow;

public sealed class ShadowRunTests
{
    private const double Worth = 0.2;
    private static readonly BatteryModel Battery = new(0, 10, 4, 5, 5, 0.95, 0.95, 0.02, Worth);

    /// <summary>With values that know the day, the optimiser must pay what a foreign solver finds, and nobody less.</summary>
    [RequiresTheory(Peer.SciPy)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Score_ValuesThatKnowTheDay_CostWhatAForeignSolverFinds(int seed)
    {
        var problem = Day(seed);
        var slots = Measured(problem, power: 0);
        double[] stored = [4, 4];
        var costs = new ShadowRun(Battery, [1e-9, double.PositiveInfinity]).Score(slots, new Known(problem), stored, 0, Worth);

        // The optimum counts the energy left at its worth; the comparison counts what the day has changed.
        double optimum = Assert.Single(DispatchOracle.Ask([new(problem, Penalties.Of(problem, PenaltyFactors.Default), IsExact: true)])).Optimum;
        Assert.Equal(optimum + Worth * 4, costs.Drivers[0], 1e-7);
        Assert.True(costs.Drivers[1] > costs.Drivers[0]);
        Assert.True(costs.Without > costs.Drivers[0]);
    }

    [Fact]
    public void Score_Rule_PaysWhatItsOwnReckoningSays()
    {
        // Two hours: 3 kW of surplus, then 2 kW of deficit. 3 · 0.95 kWh come in, 2 kWh go out.
        var problem = Problem([0, 2], [3, 0], [0.4, 0.4]);
        double[] stored = [0];
        var costs = new ShadowRun(Battery, [double.PositiveInfinity]).Score(Measured(problem, 0), new Known(problem), stored, 0, Worth);

        Assert.Equal(3 * 0.95 - 2 / 0.95, stored[0], 1e-12);
        Assert.Equal(2 * 0.02 - Worth * stored[0], costs.Drivers[0], 1e-12);
        Assert.Equal(-3 * 0.07 + 2 * 0.4, costs.Without, 1e-12);
        Assert.Equal(costs.Without, costs.Money, 1e-12);
    }

    [Fact]
    public void Score_RealBattery_CountsMoneyWearAndWhatItHolds()
    {
        var problem = Problem([0, 2], [3, 0], [0.4, 0.4]);
        ShadowSlot[] slots = [new(-3, -1, -2), new(2, 0.5, 1.5)];
        double[] stored = [0];
        var run = new ShadowRun(Battery, [double.PositiveInfinity]);

        var reckoned = run.Score(slots, new Known(problem), stored, null, Worth);
        Assert.Equal(-1 * 0.07 + 0.5 * 0.4, reckoned.Money, 1e-12);
        Assert.Equal(reckoned.Money + 1.5 * 0.02 - Worth * (2 * 0.95 - 1.5 / 0.95), reckoned.Driven, 1e-12);

        var measured = run.Score(slots, new Known(problem), stored, 0.1, Worth);
        Assert.Equal(measured.Money + 1.5 * 0.02 - Worth * 0.1, measured.Driven, 1e-12);
    }

    [Fact]
    public void Score_SlotWithoutMeasurement_CostsNobodyAnything()
    {
        var problem = Problem([0, 2, 2], [3, 0, 0], [0.4, 9, 0.4]);
        var whole = Measured(problem, 0);
        ShadowSlot[] gap = [whole[0], whole[1] with { Battery = null }, whole[2]];
        double[] with = [0], without = [0];
        var costs = new ShadowRun(Battery, [double.PositiveInfinity]).Score(gap, new Known(problem), with, null, Worth);
        var shorter = new ShadowRun(Battery, [double.PositiveInfinity]).Score([whole[0], whole[2]], new Known(Problem([0, 2], [3, 0], [0.4, 0.4])), without, null, Worth);

        Assert.Equal((shorter.Without, shorter.Money, shorter.Driven), (costs.Without, costs.Money, costs.Driven));
        Assert.Equal(shorter.Drivers, costs.Drivers);
    }

    [Fact]
    public void Score_NothingPlanned_EveryDriverFollowsTheRule()
    {
        var problem = Day(4);
        double[] stored = [4, 4, 4];
        var costs = new ShadowRun(Battery, [1e-9, 0.01, double.PositiveInfinity]).Score(Measured(problem, 0), new Known(problem) { IsBlind = true }, stored, null, Worth);

        Assert.All(costs.Drivers, cost => Assert.Equal(costs.Drivers[2], cost));
        Assert.True(costs.Drivers[2] < costs.Without);
    }

    private static PlanningProblem Day(int seed)
    {
        var random = new Random(20261121 + seed);
        double[] load = new double[96], pv = new double[96], price = new double[96];
        for (int t = 0; t < 96; t++)
        {
            load[t] = 0.3 + 2 * Math.Pow(random.NextDouble(), 3) + Math.Exp(-Math.Pow((t - 76) / 8.0, 2));
            pv[t] = Math.Max(0, 6 * Math.Sin(Math.PI * (t - 24) / 56)) * random.NextDouble();
            price[t] = 0.25 + 0.12 * Math.Sin(t / 7.0) + 0.05 * random.NextDouble();
        }

        return Problem(load, pv, price) with { StepHours = [.. Enumerable.Repeat(0.25, 96)] };
    }

    private static PlanningProblem Problem(double[] load, double[] pv, double[] price) => new()
    {
        StepHours = [.. load.Select(_ => 1.0)], Load = load, Pv = pv, ImportPrice = price, ExportPrice = [.. load.Select(_ => 0.07)], Battery = Battery,
    };

    private static ShadowSlot[] Measured(PlanningProblem problem, double power) =>
        [.. problem.Load.Zip(problem.Pv, (load, pv) => new ShadowSlot(load - pv, load - pv - power, power))];

    /// <summary>Values of a plan that knows the whole day.</summary>
    private sealed class Known : IPastSlots
    {
        private readonly PlanningProblem problem;
        private readonly Planner planner = new();

        public Known(PlanningProblem problem)
        {
            this.problem = problem;
            planner.Plan(problem);
        }

        public bool IsBlind { get; init; }

        public Penalties Penalties => Penalties.Of(problem, PenaltyFactors.Default);

        public PlanningStep Step(int slot, double stored) => PlanningStep.Of(problem, slot);

        public ValueFunction? After(int slot)
        {
            if (IsBlind) return null;
            var after = new ValueFunction();
            after.Set(planner.ValueAt(slot + 1));
            return after;
        }
    }
}
