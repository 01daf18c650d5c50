using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Tests.Planning;

public sealed class PlanPropertyTests
{
    private const int Problems = 200;

    [Fact]
    public void Solve_LargerBattery_NeverCostsMore()
    {
        var planner = new Planner();
        for (int seed = 0; seed < Problems; seed++)
        {
            var problem = seed % 2 == 0 ? new RandomProblems(seed).Convex(96) : new RandomProblems(seed).Any(96);
            var battery = problem.Battery;
            double cost = planner.Solve(problem);
            foreach (var larger in new[] { battery with { EMax = battery.EMax + 2 }, battery with { PCharge = battery.PCharge * 1.5 }, battery with { PDischarge = battery.PDischarge * 1.5 }, battery with { EMin = battery.EMin / 2 } })
            {
                double with = planner.Solve(problem with { Battery = larger });
                Assert.True(with <= cost + 1e-8 * Math.Max(1, Math.Abs(cost)), $"Problem {seed}: {cost:R} becomes {with:R} with {larger}");
            }
        }
    }

    [Fact]
    public void ValueAt_ConvexProblem_MarginalValueFallsWithTheStoredEnergy()
    {
        var solver = new ConvexSolver();
        for (int seed = 0; seed < Problems; seed++)
        {
            var problem = new RandomProblems(seed).Convex(96);
            solver.Solve(problem);
            for (int t = 0; t <= problem.StepHours.Length; t++)
            {
                var value = solver.ValueAt(t);
                Assert.True(value.IsConvex, $"Problem {seed}, step {t}");
                Assert.Equal(Math.Max(problem.Battery.EMax, problem.Battery.E0), value.End, 1e-9);
                for (double stored = 0.1; stored < value.End; stored += 0.5) Assert.True(value.SlopeAt(stored) >= value.SlopeAt(stored - 0.1) - 1e-9);
            }
        }
    }

    [Fact]
    public void Schedule_AnyProblem_KeepsEnergyPowerAndDirection()
    {
        var planner = new Planner();
        for (int seed = 0; seed < Problems; seed++)
        {
            var problem = seed % 2 == 0 ? new RandomProblems(seed).Convex(96) : new RandomProblems(seed).Any(96);
            var plan = planner.Plan(problem);
            double stored = problem.Battery.E0;
            for (int t = 0; t < problem.StepHours.Length; t++)
            {
                double h = problem.StepHours[t];
                stored = stored * (1 - problem.Battery.SelfDischarge * h) + h * (problem.Battery.EtaCharge * plan.Charge[t] - plan.Discharge[t] / problem.Battery.EtaDischarge);
                Assert.Equal(stored, plan.Stored[t], 1e-9);
                Assert.Equal(problem.Load[t], plan.GridImport[t] - plan.GridExport[t] + problem.Pv[t] - plan.Curtailed[t] + plan.Discharge[t] - plan.Charge[t], 1e-9);
                Assert.True(plan.Charge[t] == 0 || plan.Discharge[t] == 0);
                Assert.True(plan.GridImport[t] == 0 || plan.GridExport[t] == 0);
                Assert.InRange(plan.Charge[t], 0, Math.Min(problem.Battery.PCharge, problem.ChargeMax?[t] ?? double.MaxValue));
                Assert.InRange(plan.Discharge[t], 0, Math.Min(problem.Battery.PDischarge, problem.DischargeMax?[t] ?? double.MaxValue));
            }
        }
    }

    [Theory]
    [InlineData(92)]
    [InlineData(96)]
    [InlineData(100)]
    public void Plan_DayOfAnyLength_HasOneValueForEachSlot(int slots)
    {
        var problem = new RandomProblems(7).Any(slots);

        var plan = new Planner().Plan(problem);

        Assert.All(new[] { plan.Charge, plan.Discharge, plan.GridImport, plan.GridExport, plan.Curtailed, plan.Stored, plan.Value }, series => Assert.Equal(slots, series.Length));
    }

    [Fact]
    public void Schedule_FlatPricesAndTolerance_IsSelfConsumption()
    {
        var problem = ConvexSolverTests.WorkedExample with
        {
            Load = [1, 1, 0, 0, 1, 1], Pv = [0, 0, 2, 2, 0, 0], ImportPrice = [.3, .3, .3, .3, .3, .3], Battery = new(0, 10, 2, 5, 5, 0.95, 0.95, 0.02, 0.25),
        };
        var planner = new Planner();
        planner.Solve(problem);
        var schedule = new ScheduleBuffers(6);

        planner.Schedule(schedule, tolerance: 0.005);

        Assert.Equal([0, 0, 2, 2, 0, 0], schedule.Charge.Select(power => Math.Round(power, 9)));
        Assert.Equal([1, 0.9, 0, 0, 1, 1], schedule.Discharge.Select(power => Math.Round(power, 9)));
    }

    /// <summary>The forward step on a stage with gain at both ends must find the better one: buying for a negative price, or selling.</summary>
    [Theory]
    [InlineData(-0.3, 0.1, -5)]
    [InlineData(-0.05, 0.9, 5)]
    public void BatteryPower_StepThatIsNotConvex_TakesTheBetterEnd(double import, double export, double expected)
    {
        var problem = ConvexSolverTests.WorkedExample with { ImportPrice = [import, .3, .3, .3, .3, .3], ExportPrice = [export, .07, .07, .07, .07, .07], Battery = ConvexSolverTests.WorkedExample.Battery with { E0 = 6 } };
        var planner = new Planner();
        planner.Solve(problem);
        Assert.False(planner.IsConvex);
        var step = PlanningStep.Of(problem, 0) with { Hours = 0.25 };

        double power = ForwardStep.BatteryPower(in step, problem.Battery, planner.Penalties, planner.ValueAt(1), 6, 0.005);

        Assert.Equal(expected, power, 1e-9);
    }
}
