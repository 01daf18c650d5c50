using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Tests.Planning;

/// <summary>Reads the planning problems that lie in <c>data/timeseries</c> as linear programmes (CPLEX LP).</summary>
internal static class LpProblem
{
    private const RegexOptions Options = RegexOptions.CultureInvariant;

    /// <param name="hours">Length of each step; the variables are energies per step.</param>
    public static PlanningProblem Read(string text, double hours)
    {
        double[] Numbers(string pattern) => [.. Regex.Matches(text, pattern, Options, TimeSpan.FromSeconds(5)).Select(match => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        double[] net = Numbers(@"gi\d+ - ge\d+ - c\d+ \+ d\d+ = (-?[\d.]+)"), floor = Numbers(@"(?m)^ ([\d.]+) <= s\d+");
        return new()
        {
            StepHours = [.. net.Select(_ => hours)],
            Load = [.. net.Select(energy => Math.Max(0, energy) / hours)], Pv = [.. net.Select(energy => Math.Max(0, -energy) / hours)],
            ImportPrice = Numbers(@"\+ ([\d.]+) gi\d+ - [\d.]+ ge"), ExportPrice = Numbers(@"- ([\d.]+) ge\d+ \+ [\d.]+ d"),
            Battery = new(
                floor[^1], Numbers(@"<= s\d+ <= ([\d.]+)")[^1], Numbers(@"(?m)^ s0 - [\d.]+ c0 \+ [\d.]+ d0 = ([\d.]+)")[0],
                Numbers(@"(?m)^ c\d+ <= ([\d.]+)")[0] / hours, Numbers(@"(?m)^ d\d+ <= ([\d.]+)")[0] / hours, Numbers(@"(?m)^ s0 - ([\d.]+) c0")[0],
                1 / Numbers(@"(?m)^ s0 - [\d.]+ c0 \+ ([\d.]+) d0")[0], Numbers(@"ge\d+ \+ ([\d.]+) d")[0], Numbers(@"(?m)^ - ([\d.]+) s\d+\s*$")[^1]),
        };
    }
}
