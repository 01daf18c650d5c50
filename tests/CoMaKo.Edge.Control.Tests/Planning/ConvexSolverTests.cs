using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Tests.Planning;

public sealed class ConvexSolverTests
{
    /// <summary>dispatch-optimisation §3, checked there with GLPK.</summary>
    internal static readonly PlanningProblem WorkedExample = new()
    {
        StepHours = [1, 1, 1, 1, 1, 1],
        Load = [1, 1, 1.5, 2, 4, 3],
        Pv = [0, 0, 4, 5, 0, 0],
        ImportPrice = [0.20, 0.18, 0.30, 0.30, 0.42, 0.38],
        ExportPrice = [0.07, 0.07, 0.07, 0.07, 0.07, 0.07],
        Battery = new(0, 10, 2, 5, 5, 0.95, 0.95, 0.02, 0.20),
    };

    [Fact]
    public void Plan_WorkedExample_IsTheOptimum()
    {
        var plan = new ConvexSolver().Plan(WorkedExample);

        Assert.Equal(0.519474, plan.Cost, 1e-6);
        AssertNear([0, 2.9211, 2.5, 3, 0, 0], plan.Charge);
        AssertNear([0, 0, 0, 0, 4, 3], plan.Discharge);
        AssertNear([1, 3.9211, 0, 0, 0, 0], plan.GridImport);
        AssertNear([2, 4.775, 7.15, 10, 5.7895, 2.6316], plan.Stored);
        Assert.True(plan.KeepsLimits);
    }

    [Fact]
    public void Solve_InTwoParts_IsTheWhole()
    {
        int compared = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            var whole = new RandomProblems(seed).Convex(24) with { Demand = null };
            var solver = new ConvexSolver();
            // Penalties are a multiple of the greatest price, which the parts need not share.
            if (whole.StepHours.Length < 2 || !solver.Plan(whole).KeepsLimits) continue;
            compared++;
            double cost = solver.Solve(whole);
            var reach = whole.Battery with { E0 = Math.Max(whole.Battery.E0, whole.Battery.EMax) };
            int cut = whole.StepHours.Length / 2;
            solver.Solve(Part(whole, cut..) with { Battery = reach });
            var after = new ValueFunction();
            after.Set(solver.ValueAt(0));

            Assert.Equal(cost, solver.Solve(Part(whole, ..cut), after), 1e-9 * Math.Max(1, Math.Abs(cost)));
        }

        Assert.InRange(compared, 20, 100);
    }

    [Fact]
    public void Solve_Repeated_AllocatesNothing()
    {
        var solver = new ConvexSolver();
        var problem = new RandomProblems(10).Convex(192);
        var buffers = new ScheduleBuffers(problem.StepHours.Length);
        var kept = new ValueFunction();
        var average = new ValueAverage(0, problem.Battery.EMax, 200);
        double power = Run();
        long before = GC.GetAllocatedBytesForCurrentThread();

        for (int i = 0; i < 20; i++) power += Run();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(double.IsFinite(power));

        double Run()
        {
            solver.Solve(problem);
            solver.Schedule(buffers);
            average.Clear();
            average.Add(solver.ValueAt(1), 1);
            average.Write(kept);
            return ForwardStep.BatteryPower(PlanningStep.Of(problem, 0), problem.Battery, solver.Penalties, kept.View, problem.Battery.E0, 0.005);
        }
    }

    [Theory]
    [InlineData(-3, 3)]
    [InlineData(2, -2)]
    [InlineData(9, -5)]
    public void BatteryPower_InfiniteTolerance_IsSelfConsumption(double netLoad, double expectedCharge)
    {
        var solver = new ConvexSolver();
        solver.Solve(WorkedExample);
        var step = PlanningStep.Of(WorkedExample, 0) with { NetLoad = netLoad, Hours = 0.25 };

        double power = ForwardStep.BatteryPower(in step, WorkedExample.Battery, solver.Penalties, solver.ValueAt(1), 5, double.PositiveInfinity);

        Assert.Equal(-expectedCharge, power, 1e-9);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.05, 1)]
    public void BatteryPower_LoadAtALowPriceBeforeAHighOne_KeepsTheEnergyUnlessTheDifferenceIsWithinTheTolerance(double tolerance, double expected)
    {
        var solver = new ConvexSolver();
        solver.Solve(WorkedExample);

        double power = ForwardStep.BatteryPower(PlanningStep.Of(WorkedExample, 0), WorkedExample.Battery, solver.Penalties, solver.ValueAt(1), 2, tolerance);

        Assert.Equal(expected, power, 1e-9);
    }

    private static void AssertNear(double[] expected, double[] actual)
    {
        for (int t = 0; t < expected.Length; t++) Assert.True(Math.Abs(expected[t] - actual[t]) < 5e-5, $"Step {t}: {actual[t]}, expected {expected[t]}.");
    }

    private static PlanningProblem Part(PlanningProblem whole, Range steps) => whole with
    {
        StepHours = whole.StepHours[steps], Load = whole.Load[steps], Pv = whole.Pv[steps], ImportPrice = whole.ImportPrice[steps], ExportPrice = whole.ExportPrice[steps],
        CoopImport = Part(whole.CoopImport, steps), CoopExport = Part(whole.CoopExport, steps),
        GridImportMax = whole.GridImportMax?[steps], GridExportMax = whole.GridExportMax?[steps], CurtailableMax = whole.CurtailableMax?[steps],
        ChargeMax = whole.ChargeMax?[steps], DischargeMax = whole.DischargeMax?[steps], StoredMin = whole.StoredMin?[steps], StoredMax = whole.StoredMax?[steps],
    };

    private static PriceBlock? Part(PriceBlock? block, Range steps) => block is null ? null : new(block.Price[steps], block.Power[steps]);
}
