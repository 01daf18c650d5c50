using CoMaKo.Edge.Control.Planning;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Control.Tests.Planning;

public sealed class NonConvexSolverTests
{
    /// <summary>The bound of the product is 0.5 %; the method is exact, so the tests ask for that.</summary>
    private const double Exact = 1e-9;

    /// <summary>HiGHS stops its search at this absolute gap.</summary>
    private const double HighsGap = 2e-6;

    [RequiresFact(Peer.Glpsol, Peer.SciPy)]
    public void Plan_RandomNonConvexProblems_CostsWhatTheMixedIntegerProgrammeCosts()
    {
        var planner = new Planner();
        var questions = new List<DispatchOracle.Question>();
        var costs = new List<double>();
        for (int seed = 0; questions.Count < 200; seed++)
        {
            var problem = new RandomProblems(seed).Any(48);
            double cost = planner.Solve(problem);
            if (planner.IsConvex) continue;
            costs.Add(cost);
            questions.Add(new(problem, planner.Penalties, planner.Plan(problem), IsExact: true));
        }

        var proven = questions.AsParallel().AsOrdered().Select(question => Glpsol.Solve(question.Problem, question.Penalties, seconds: 60)).ToList();
        var answers = DispatchOracle.Ask(questions);

        int optimal = 0;
        for (int i = 0; i < costs.Count; i++)
        {
            double scale = Math.Max(1, Math.Abs(costs[i])), gap = costs[i] - proven[i].Objective;
            // A solution that was not proven within the time is an upper bound for ours.
            Assert.True(gap <= Exact * scale && (gap >= -Exact * scale || !proven[i].IsOptimal), $"Problem {i}: {costs[i]:R}, glpsol {proven[i]}");
            AssertSchedule(i, costs[i], answers[i]);
            if (proven[i].IsOptimal) optimal++;
        }

        Assert.True(optimal >= 195, $"glpsol proved only {optimal} optima.");
    }

    [RequiresFact(Peer.SciPy)]
    public void Plan_LadderWithPricesInAnyOrder_CostsWhatTheMixedIntegerProgrammeCosts()
    {
        var planner = new Planner();
        var questions = new List<DispatchOracle.Question>();
        var costs = new List<double>();
        for (int seed = 0; seed < 100; seed++)
        {
            var problem = new RandomProblems(seed).AnyWithLadder(24);
            costs.Add(planner.Solve(problem));
            questions.Add(new(problem, planner.Penalties, planner.Plan(problem), IsExact: true));
        }

        var answers = DispatchOracle.Ask(questions);

        for (int i = 0; i < costs.Count; i++)
        {
            Assert.True(Math.Abs(costs[i] - answers[i].Milp!.Value) <= HighsGap * Math.Max(1, Math.Abs(costs[i])), $"Problem {i}: {costs[i]:R}, HiGHS {answers[i].Milp:R}");
            AssertSchedule(i, costs[i], answers[i]);
        }
    }

    [Fact]
    public void Solve_ConvexProblems_AgreesWithTheConvexSolver()
    {
        var convex = new ConvexSolver();
        var general = new NonConvexSolver();
        for (int seed = 0; seed < 300; seed++)
        {
            var problem = new RandomProblems(seed).Convex(96);
            double cost = convex.Solve(problem), other = general.Solve(problem);
            Assert.True(other >= cost - 1e-8 * Math.Max(1, Math.Abs(cost)), $"Problem {seed}: relaxed {cost:R}, exact {other:R}");
            if (convex.IsExact) Assert.True(Math.Abs(cost - other) <= 1e-8 * Math.Max(1, Math.Abs(cost)), $"Problem {seed}: {cost:R} and {other:R}");
        }
    }

    private static void AssertSchedule(int i, double cost, DispatchOracle.Answer answer)
    {
        double scale = Math.Max(1, Math.Abs(cost));
        Assert.True(Math.Abs(answer.Cost + answer.Penalty - cost) <= Exact * scale, $"Problem {i}: V0 {cost:R}, schedule {answer.Cost + answer.Penalty:R}");
        Assert.True(answer.Violation <= Exact, $"Problem {i} breaks its equations by {answer.Violation}");
    }
}
