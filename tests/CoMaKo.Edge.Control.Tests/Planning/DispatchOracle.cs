using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Control.Tests.Planning;

/// <summary>HiGHS through SciPy as a foreign judge of plans: one Python process for many problems.</summary>
internal static class DispatchOracle
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>One question; a schedule is checked by the equations of the model.</summary>
    /// <param name="IsStrict">Caps are kept, then the way back into the window is the shortest, then the cost is the least.</param>
    /// <param name="Repeats">Solves the linear programme so often with the solver's own settings; the time is that of the fastest.</param>
    /// <param name="IsExact">Asks for the mixed-integer optimum at once, without the linear programme.</param>
    public sealed record Question(PlanningProblem Problem, Penalties Penalties, Plan? Schedule = null, bool IsExact = false, bool IsStrict = false, int Repeats = 0);

    /// <param name="Lp">Optimum of the linear programme.</param>
    /// <param name="Burn">kW charged and discharged at once in it.</param>
    /// <param name="Milp">Optimum with one direction in each step, if it was asked for or the linear programme burns.</param>
    /// <param name="Outside">Of a strict question: least sum of the energies outside the window; absent if the caps cannot be kept.</param>
    /// <param name="Violation">Largest breach of an equation or hard limit by the schedule.</param>
    /// <param name="Cost">The schedule's money, EUR.</param>
    /// <param name="Penalty">Its penalties, EUR.</param>
    /// <param name="Seconds">Time inside the solver.</param>
    public sealed record Answer(double? Lp, double Burn, double? Milp, double Violation, double Cost, double Penalty, double Seconds, double? Outside)
    {
        public double Optimum => Milp ?? Lp!.Value;
    }

    public static List<Answer> Ask(IEnumerable<Question> questions)
    {
        string script = Repository.At("tests", "CoMaKo.Edge.Control.Tests", "peers", "dispatch_oracle.py");
        var start = new ProcessStartInfo(Peers.Python, [script]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync();
        var writing = Task.Run(() =>
        {
            using var input = python.StandardInput;
            foreach (var question in questions) input.WriteLine(LineOf(question));
        });
        var answers = new List<Answer>();
        while (python.StandardOutput.ReadLine() is { } line) answers.Add(JsonSerializer.Deserialize<Answer>(line, Format)!);
        python.WaitForExit();
        if (python.ExitCode != 0) throw new InvalidOperationException(errors.Result);
        writing.Wait();
        return answers;
    }

    private static string LineOf(Question question)
    {
        var line = JsonSerializer.SerializeToNode(question.Problem, Format)!;
        line["penalties"] = JsonSerializer.SerializeToNode(question.Penalties, Format);
        line["exact"] = question.IsExact;
        line["strict"] = question.IsStrict;
        line["repeats"] = question.Repeats;
        if (question.Schedule is { } plan)
        {
            line["schedule"] = JsonSerializer.SerializeToNode(plan, Format);
            line["schedule"]!["soc"] = JsonSerializer.SerializeToNode(plan.Stored, Format);
        }

        return line.ToJsonString();
    }
}
