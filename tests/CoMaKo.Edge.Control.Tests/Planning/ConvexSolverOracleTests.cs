using CoMaKo.Edge.Control.Planning;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Control.Tests.Planning;

public sealed class ConvexSolverOracleTests
{
    private const int Problems = 1000;

    [RequiresFact(Peer.SciPy)]
    public void Plan_RandomConvexProblems_CostsWhatTheLinearProgrammeCosts()
    {
        var solver = new ConvexSolver();
        var questions = new List<DispatchOracle.Question>();
        var costs = new List<double>();
        for (int seed = 0; questions.Count < Problems; seed++)
        {
            var problem = new RandomProblems(seed).Convex(seed % 10 == 0 ? 192 : 64);
            double cost = solver.Solve(problem);
            // Surplus beyond an export cap that cannot be curtailed is not convex whatever the prices; such problems belong to the other solver.
            if (!solver.IsExact) continue;
            var buffers = new ScheduleBuffers(problem.StepHours.Length);
            costs.Add(cost);
            questions.Add(new(problem, solver.Penalties, buffers.ToPlan(solver.Schedule(buffers))));
        }

        var answers = DispatchOracle.Ask(questions);

        Assert.Equal(Problems, answers.Count);
        for (int seed = 0; seed < Problems; seed++)
        {
            var answer = answers[seed];
            double scale = Math.Max(1, Math.Abs(answer.Optimum));
            Assert.True(Math.Abs(costs[seed] - answer.Optimum) <= (answer.Milp is null ? 1e-9 : 1e-8) * scale, $"Problem {seed}: V0 {costs[seed]:R}, reference {answer.Optimum:R} {answer}");
            Assert.True(Math.Abs(answer.Cost + answer.Penalty - costs[seed]) <= 1e-9 * scale, $"Problem {seed}: V0 {costs[seed]:R}, schedule {answer.Cost + answer.Penalty:R}");
            Assert.True(Math.Abs(answer.Cost - questions[seed].Schedule!.Cost) <= 1e-9 * scale, $"Problem {seed}: cost {questions[seed].Schedule!.Cost:R}, recomputed {answer.Cost:R}");
            Assert.True(answer.Violation <= 1e-9, $"Problem {seed} breaks its equations by {answer.Violation}");
        }
    }
}
