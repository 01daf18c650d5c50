using CoMaKo.Edge.Control.Planning;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Control.Tests.Planning;

public sealed class StrictPlannerTests
{
    /// <summary>HiGHS stops its search at an absolute gap of a millionth.</summary>
    private const double HighsGap = 5e-6;

    [RequiresFact(Peer.SciPy)]
    public void Plan_RandomProblemsWithCaps_KeepsThemReturnsFastestAndIsCheapest()
    {
        var planner = new StrictPlanner();
        var problems = Enumerable.Range(0, 240).Select(seed => seed % 2 == 0 ? new RandomProblems(seed).Convex(24) : new RandomProblems(seed).Any(24)).Select(WithoutGoals).ToList();
        var plans = problems.Select(planner.Plan).ToList();

        var answers = DispatchOracle.Ask(problems.Select(problem => new DispatchOracle.Question(problem, default, IsStrict: true)));

        int refused = 0;
        for (int i = 0; i < problems.Count; i++)
        {
            var (problem, plan, answer) = (problems[i], plans[i].Plan, answers[i]);
            bool startsInside = problem.Battery.E0 >= problem.Battery.EMin && problem.Battery.E0 <= problem.Battery.EMax && problem.Battery.SelfDischarge == 0;
            if (plan is null)
            {
                refused++;
                Assert.True(!startsInside || answer.Outside is null or > 1e-7, $"Problem {i} was refused, but can be kept: {string.Join(' ', plans[i].Findings)}");
                continue;
            }

            Assert.True(answer.Outside is not null, $"Problem {i} has a plan, but no plan keeps its caps.");
            Assert.True(Math.Abs(Outside(problem, plan) - answer.Outside.Value) <= 1e-5, $"Problem {i} is outside by {Outside(problem, plan)}, least {answer.Outside}");
            Assert.True(Math.Abs(plan.Cost - answer.Milp!.Value) <= HighsGap * Math.Max(1, Math.Abs(plan.Cost)), $"Problem {i} costs {plan.Cost:R}, least {answer.Milp:R}");
        }

        Assert.InRange(refused, 10, 160);
    }

    [Fact]
    public void Plan_StartBelowTheWindow_ChargesAtOnceWithAllThatTheCapLeaves()
    {
        var problem = Flat(load: 1, pv: 0, import: 0.3, steps: 4) with { Battery = new(4, 10, 1, 5, 5, 0.9, 0.9, 0.02, 0), GridImportMax = [3, 3, 3, 3] };

        var plan = new StrictPlanner().Plan(problem).Plan!;

        Assert.Equal(2, plan.Charge[0], 1e-9);
        Assert.Equal(1 / 0.9 * (4 - 1 - 1.8), plan.Charge[1], 1e-9);
        Assert.Equal(4, plan.Stored[1], 1e-9);
    }

    [Fact]
    public void Plan_StartAboveTheWindow_DischargesAtOnceWithAllThatTheCapLeaves()
    {
        var problem = Flat(load: 1, pv: 0, import: 0.3, steps: 4) with { Battery = new(0, 5, 9, 5, 5, 1, 1, 0, 10), GridExportMax = [1, 1, 1, 1] };

        var plan = new StrictPlanner().Plan(problem).Plan!;

        Assert.Equal([7, 5], plan.Stored[..2].Select(stored => Math.Round(stored, 9)));
    }

    [Fact]
    public void Plan_LoadAboveCapAndBattery_NamesTheSteps()
    {
        var problem = Flat(load: 12, pv: 0, import: 0.3, steps: 3) with { GridImportMax = [20, 5, 5] };

        var strict = new StrictPlanner().Plan(problem);

        Assert.Null(strict.Plan);
        var finding = Assert.Single(strict.Findings);
        Assert.Equal((PlanningCodes.CapCannotBeKept, "gridImportMax[1]"), (finding.Code, finding.Path));
        Assert.Contains("in step 1, 2:", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_SurplusAboveTheExportCapAndAFullBattery_IsRefusedUnlessItCanBeCurtailed()
    {
        var problem = Flat(load: 0, pv: 8, import: 0.3, steps: 3) with { Battery = new(0, 5, 5, 5, 5, 1, 1, 0, 0.1), GridExportMax = [4, 4, 4] };

        Assert.Equal("gridExportMax[0]", Assert.Single(new StrictPlanner().Plan(problem).Findings).Path);
        var plan = new StrictPlanner().Plan(problem with { CurtailableMax = problem.Pv }).Plan!;
        Assert.Equal([4, 4, 4], plan.GridExport.Select(power => Math.Round(power, 9)));
        Assert.Equal([4, 4, 4], plan.Curtailed.Select(power => Math.Round(power, 9)));
    }

    [Fact]
    public void Plan_LoadPeakThatTheBatteryMustServe_IsPreparedHoweverDearTheEnergyIs()
    {
        var problem = Flat(load: 1, pv: 0, import: 0.3, steps: 3) with
        {
            Load = [1, 1, 8], ImportPrice = [5, 9, 0.01], GridImportMax = [3, 3, 3], Battery = new(0, 10, 0, 5, 5, 0.05, 0.5, 1, 0),
        };

        var strict = new StrictPlanner().Plan(problem);

        // 5 kW for an hour need 10 kWh stored; two hours of 2 kW at 5 % give 0.2.
        Assert.NotEmpty(strict.Findings);
        var kept = new StrictPlanner().Plan(problem with { Battery = problem.Battery with { E0 = 9.9 } }).Plan!;
        Assert.Equal(5, kept.Discharge[2], 1e-9);
        Assert.Equal(2, kept.Charge[0], 1e-9);
    }

    [Fact]
    public void Plan_ImportCheaperThanExportWithoutCaps_IsBoundedByTheBattery()
    {
        var problem = Flat(load: 1, pv: 0, import: 0.1, steps: 4) with { ExportPrice = [0.3, 0.3, 0.3, 0.3], Battery = new(0, 4, 4, 4, 4, 1, 1, 0, 0) };

        var plan = new StrictPlanner().Plan(problem).Plan!;

        // One hour sells 3 kWh beyond the load; then buying 4 and selling 3 again repeats it: 2 × (−3 · 0.3) + 2 × 0.1 · 5 with the first discharge and the last.
        Assert.Equal(-0.3 * 3 + 0.1 * 5 - 0.3 * 3 + 0.1 * 1, plan.Cost, 1e-9);
    }

    internal static PlanningProblem Flat(double load, double pv, double import, int steps)
    {
        double[] All(double value) => [.. Enumerable.Repeat(value, steps)];
        return new()
        {
            StepHours = All(1), Load = All(load), Pv = All(pv), ImportPrice = All(import), ExportPrice = All(0.07), Battery = new(0, 10, 5, 5, 5, 0.95, 0.95, 0.02, 0.1),
        };
    }

    private static PlanningProblem WithoutGoals(PlanningProblem problem) => problem with { StoredMin = null, StoredMax = null };

    private static double Outside(PlanningProblem problem, Plan plan) =>
        plan.Stored.Sum(stored => Math.Max(0, problem.Battery.EMin - stored) + Math.Max(0, stored - problem.Battery.EMax));
}
