using System.Diagnostics;
using System.Globalization;
using System.Text;
using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Tests.Planning;

/// <summary>GLPK's solver as a foreign judge: the problem is written as a CPLEX LP file with one binary for each direction of battery and grid.</summary>
internal static class Glpsol
{
    /// <summary>What the solver proved.</summary>
    /// <param name="Objective">Best solution found.</param>
    /// <param name="IsOptimal">No better one exists, within its tolerances.</param>
    public sealed record Outcome(double Objective, bool IsOptimal);

    public static Outcome Solve(PlanningProblem problem, Penalties penalties, int seconds)
    {
        string folder = Directory.CreateTempSubdirectory("glpsol").FullName;
        try
        {
            string file = Path.Combine(folder, "problem.lp");
            File.WriteAllText(file, Write(problem, penalties));
            return SolveFile(file, seconds);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public static Outcome SolveFile(string file, int seconds)
    {
        string written = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("glpsol", ["--lp", file, "--cuts", "--tmlim", seconds.ToString(CultureInfo.InvariantCulture), "--write", written])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
            };
            using var solver = Process.Start(start)!;
            string said = solver.StandardOutput.ReadToEnd();
            solver.WaitForExit();
            string summary = File.ReadLines(written).FirstOrDefault(line => line.StartsWith("s ", StringComparison.Ordinal)) ?? throw new InvalidOperationException(said);
            string[] words = summary.Split(' ');
            return new(double.Parse(words[^1], CultureInfo.InvariantCulture), words.Contains("o") || (words[1] == "bas" && words.Count(word => word == "f") == 2));
        }
        finally
        {
            File.Delete(written);
        }
    }

    private static string Write(PlanningProblem p, Penalties penalties)
    {
        var (objective, rows, bounds, binaries) = (new StringBuilder(), new StringBuilder(), new StringBuilder(), new StringBuilder());
        double capacity = Math.Max(p.Battery.EMax, p.Battery.E0);
        for (int t = 0; t < p.StepHours.Length; t++)
        {
            double h = p.StepHours[t], net = p.Load[t] - p.Pv[t], kept = 1 - p.Battery.SelfDischarge * h;
            double most = Math.Abs(net) + p.Battery.PCharge + p.Battery.PDischarge + p.Pv[t] + 1;
            Add(objective, $" {Signed(h * p.ImportPrice[t])} gi{t} {Signed(-h * p.ExportPrice[t])} ge{t} {Signed(h * p.Battery.Wear)} d{t}");
            Add(objective, $" {Signed(h * penalties.Grid)} oi{t} {Signed(h * penalties.Grid)} oe{t} {Signed(penalties.Window)} lo{t} {Signed(penalties.Window)} hi{t}\n");
            Add(rows, $" gi{t} - ge{t} - k{t} - c{t} + d{t} = {net:R}\n");
            string before = t == 0 ? "" : $" {Signed(-kept)} s{t - 1}";
            Add(rows, $" s{t}{before} {Signed(-p.Battery.EtaCharge * h)} c{t} {Signed(h / p.Battery.EtaDischarge)} d{t} = {(t == 0 ? kept * p.Battery.E0 : 0):R}\n");
            Add(rows, $" s{t} + lo{t} >= {p.Battery.EMin:R}\n s{t} - hi{t} <= {p.Battery.EMax:R}\n");
            if (p.GridImportMax is { } bought) Add(rows, $" gi{t} - oi{t} <= {bought[t]:R}\n");
            if (p.GridExportMax is { } sold) Add(rows, $" ge{t} - oe{t} <= {sold[t]:R}\n");
            Add(rows, $" c{t} {Signed(-p.Battery.PCharge)} zb{t} <= 0\n d{t} {Signed(p.Battery.PDischarge)} zb{t} <= {p.Battery.PDischarge:R}\n");
            Add(rows, $" gi{t} {Signed(-most)} zg{t} <= 0\n ge{t} {Signed(most)} zg{t} <= {most:R}\n");
            Add(bounds, $" 0 <= s{t} <= {capacity:R}\n c{t} <= {p.Battery.PCharge:R}\n d{t} <= {p.Battery.PDischarge:R}\n k{t} <= {p.CurtailableMax?[t] ?? 0:R}\n");
            Add(binaries, $" zb{t}\n zg{t}\n");
        }

        Add(objective, $" {Signed(-p.Battery.TerminalValue)} s{p.StepHours.Length - 1}\n");
        return $"Minimize\n obj:\n{objective}Subject To\n{rows}Bounds\n{bounds}Binary\n{binaries}End\n";
    }

    private static void Add(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture));

    private static string Signed(double value) => value.ToString("+ 0.##################;- 0.##################;+ 0", CultureInfo.InvariantCulture);
}
