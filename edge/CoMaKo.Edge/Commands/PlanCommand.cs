using System.CommandLine;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Commands;

/// <summary><c>comako-edge plan --problem FILE [--json]</c>: the cheapest schedule of one battery. Exit codes: 0 planned, 1 findings about the problem, 2 usage.</summary>
public static class PlanCommand
{
    private const int Planned = 0;
    private const int HasFindings = 1;
    private const int UsageError = 2;

    public static Command Create()
    {
        var problem = new Option<string>("--problem") { Description = "The problem (contracts/schemas/planning-problem.schema.json).", Required = true };
        var json = new Option<bool>("--json") { Description = "Write JSON (contracts/schemas/plan.schema.json)." };
        var command = new Command("plan", "Plan a battery: loads, PV and prices in, the cheapest schedule out.") { problem, json };
        command.SetAction(result => Run(result.GetValue(problem)!, result.GetValue(json), result.InvocationConfiguration.Output, result.InvocationConfiguration.Error));
        return command;
    }

    private static int Run(string path, bool asJson, TextWriter output, TextWriter error)
    {
        byte[] bytes;
        try
        {
            bytes = ReadAtMost(path, PlanningFile.MaxBytes + 1);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error.WriteLine($"{PlanningCodes.Unreadable} {path}: cannot be read: {e.Message} Give the path of a planning problem that you may read.");
            return UsageError;
        }

        var file = PlanningFile.Read(bytes);
        if (file.Problem is null) return Refuse(file.Findings, asJson, output, error);
        var strict = new StrictPlanner().Plan(file.Problem);
        if (strict.Plan is null) return Refuse(strict.Findings, asJson, output, error);
        if (asJson) PlanOutput.WriteJson(file.Problem, strict.Plan, output);
        else PlanOutput.WriteTable(file.Problem, strict.Plan, output);
        return Planned;
    }

    private static int Refuse(IReadOnlyList<Finding> findings, bool asJson, TextWriter output, TextWriter error)
    {
        if (asJson) PlanOutput.WriteFindings(findings, output);
        else foreach (var finding in findings) error.WriteLine(finding.ToString());
        return HasFindings;
    }

    /// <summary>Pipes and devices have no length, so the reading itself stops.</summary>
    private static byte[] ReadAtMost(string path, int most)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var read = new MemoryStream();
        Span<byte> part = new byte[64 * 1024];
        for (int count; read.Length < most && (count = stream.Read(part)) > 0;) read.Write(part[..count]);
        return read.ToArray();
    }
}
