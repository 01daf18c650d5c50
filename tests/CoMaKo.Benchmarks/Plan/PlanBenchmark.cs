using System.Diagnostics;
using System.Globalization;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Tests.Planning;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Plan;

/// <summary>
/// Times plans of two days in quarter hours, warm and on one thread, and the same problems in HiGHS through SciPy (sparse matrices; only the time inside the solver counts) in the same run.
/// Prints a table; exit code 1 if a bound is missed.
/// </summary>
internal static class PlanBenchmark
{
    private const int Rounds = 2000;
    private const int HighsRepeats = 3;
    private const int Scenarios = 28;
    private const int ScenarioSteps = 144;

    public static int Run(string[] arguments)
    {
        if (Peers.WhyNot(Peer.SciPy) is { } reason)
        {
            Console.Error.WriteLine(reason);
            return 1;
        }

        var problems = Enumerable.Range(0, 10).Select(HouseProblems.TwoDays).ToList();
        string real = Path.Combine(Repository.Shared, "data", "timeseries", "dispatch_192_real_prices.lp");
        PlanningProblem? realDays = File.Exists(real) ? LpProblem.Read(File.ReadAllText(real), 0.25) : null;
        if (realDays is not null) problems.Add(realDays);
        var solver = new ConvexSolver();
        var (solve, schedule, allocated, pieces) = Measure(solver, problems);
        var (solveReal, scheduleReal, _, piecesReal) = realDays is null ? ([], [], 0, 0) : Measure(solver, [realDays]);
        double scenarios = MeasureScenarios();
        double highs = Highs(solver, problems), median = At(solve, 0.5);

        Console.WriteLine("| figure | value | bound |");
        Console.WriteLine("| --- | --- | --- |");
        bool isKept = Row("solve of 192 steps, median", median, 0.1, "ms");
        isKept &= Row("solve of 192 steps, p99", At(solve, 0.99), null, "ms");
        isKept &= Row("solve and schedule, median", At(schedule, 0.5), 0.2, "ms");
        isKept &= Row("solve and schedule, p99", At(schedule, 0.99), null, "ms");
        isKept &= Row("allocated per solve and schedule", allocated, 0, "B");
        isKept &= Row("pieces of a cost function, mean", pieces, null, "");
        if (realDays is not null)
        {
            isKept &= Row("the two days with real prices alone: solve, median", At(solveReal, 0.5), 0.1, "ms");
            isKept &= Row("solve and schedule, median", At(scheduleReal, 0.5), 0.2, "ms");
            isKept &= Row("pieces, mean", piecesReal, null, "");
        }

        isKept &= Row($"{Scenarios} scenarios of {ScenarioSteps} steps, mean of value functions, one action; median", scenarios, 2, "ms");
        var (rolling, rollingBytes) = RollingPlans.Measure();
        isKept &= Row("the gateway's plan of 36 h from 29 days of its past, with path, bands and reasons; median", rolling, 50, "ms");
        isKept &= Row("allocated by it", rollingBytes / 1e6, null, "MB");
        isKept &= Row("HiGHS on the same problems, mean of the fastest", highs, null, "ms");
        isKept &= Row("times faster than HiGHS", highs / median, 60, "", isFloor: true);
        return isKept ? 0 : 1;
    }

    private static (List<double> Solve, List<double> Schedule, double Allocated, double Pieces) Measure(ConvexSolver solver, List<PlanningProblem> problems)
    {
        var buffers = new ScheduleBuffers(192);
        var (solve, schedule) = (new List<double>(Rounds * problems.Count), new List<double>(Rounds * problems.Count));
        long allocated = 0, pieces = 0;
        for (int round = -Rounds / 2; round < Rounds; round++)
        {
            foreach (var problem in problems)
            {
                long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
                solver.Solve(problem);
                long solved = Stopwatch.GetTimestamp();
                solver.Schedule(buffers);
                long scheduled = Stopwatch.GetTimestamp(), used = GC.GetAllocatedBytesForCurrentThread() - before;
                if (round < 0) continue; // not compiled to its final form yet
                allocated += used;
                pieces += solver.ValueAt(round % 192).Slopes.Length;
                solve.Add(Stopwatch.GetElapsedTime(start, solved).TotalMilliseconds);
                schedule.Add(Stopwatch.GetElapsedTime(start, scheduled).TotalMilliseconds);
            }
        }

        return (solve, schedule, (double)allocated / solve.Count, (double)pieces / solve.Count);
    }

    private static double MeasureScenarios()
    {
        var solver = new ConvexSolver();
        var problems = Enumerable.Range(0, Scenarios).Select(day => HouseProblems.Shortened(HouseProblems.TwoDays(day), ScenarioSteps)).ToList();
        var average = new ValueAverage(0, problems[0].Battery.EMax, 200);
        var mean = new ValueFunction();
        var times = new List<double>();
        double power = 0;
        for (int round = -200; round < 400; round++)
        {
            long start = Stopwatch.GetTimestamp();
            average.Clear();
            for (int day = 0; day < Scenarios; day++)
            {
                solver.Solve(problems[day]);
                average.Add(solver.ValueAt(1), Math.Exp(-day / 10.0));
            }

            average.Write(mean);
            power += ForwardStep.BatteryPower(PlanningStep.Of(problems[0], 0), problems[0].Battery, solver.Penalties, mean.View, 5, 0.005);
            if (round >= 0) times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return double.IsFinite(power) ? At(times, 0.5) : throw new InvalidOperationException("The action is no number.");
    }

    private static double Highs(ConvexSolver solver, List<PlanningProblem> problems)
    {
        var costs = problems.Select(solver.Solve).ToList();
        var answers = DispatchOracle.Ask(problems.Select(problem => new DispatchOracle.Question(problem, Penalties.Of(problem, PenaltyFactors.Default), Repeats: HighsRepeats)));
        for (int i = 0; i < costs.Count; i++)
        {
            if (Math.Abs(costs[i] - answers[i].Lp!.Value) > 1e-6 * Math.Max(1, Math.Abs(costs[i])))
                throw new InvalidOperationException(FormattableString.Invariant($"The solvers disagree on problem {i}: {costs[i]} and {answers[i].Lp}."));
        }

        return 1000 * answers.Average(answer => answer.Seconds);
    }

    private static double At(List<double> times, double share)
    {
        times.Sort();
        return times[(int)(share * (times.Count - 1))];
    }

    private static bool Row(string name, double value, double? bound, string unit, bool isFloor = false)
    {
        string limit = bound is { } number ? string.Create(CultureInfo.InvariantCulture, $"{(isFloor ? "≥" : "≤")} {number} {unit}").TrimEnd() : "";
        bool isKept = bound is null || (isFloor ? value >= bound : value <= bound);
        string measured = string.Create(CultureInfo.InvariantCulture, $"{value:0.####} {unit}").TrimEnd();
        Console.WriteLine($"| {name} | {measured} | {limit}{(isKept ? "" : " MISSED")} |");
        return isKept;
    }
}
