using System.Globalization;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>Which stored energies a plan that keeps all limits can pass through, and the steps in which there is none. One forward pass over intervals.</summary>
/// <param name="Bounds">The window at each border of steps; narrower while the battery returns into it.</param>
internal sealed record ReachableStates(StoredBounds Bounds, IReadOnlyList<Finding> Findings)
{
    /// <summary>Of powers and energies, above 1 relative to them: rounding.</summary>
    public const double Tolerance = 1e-9;

    /// <summary>Steps named in a finding's text.</summary>
    private const int NamedSteps = 10;

    public static ReachableStates Of(PlanningProblem problem)
    {
        int steps = problem.StepHours.Length;
        var (low, high) = (new double[steps + 1], new double[steps + 1]);
        var (imports, exports) = (new List<int>(), new List<int>());
        (low[0], high[0]) = (problem.Battery.E0, problem.Battery.E0);
        double least = problem.Battery.E0, most = problem.Battery.E0;
        for (int t = 0; t < steps; t++)
        {
            var step = PlanningStep.Of(problem, t);
            var (from, to) = RangeOf(in step, t, imports, exports);
            double retention = ForwardStep.Retention(problem.Battery, step.Hours);
            least = least * retention + ChangeOf(from * step.Hours, problem.Battery);
            most = most * retention + ChangeOf(to * step.Hours, problem.Battery);
            (low[t + 1], high[t + 1]) = (problem.Battery.EMin, problem.Battery.EMax);
            // Without a forced discharge the battery may stay below its window for as long as it takes; with one the cap is what cannot be kept.
            if (most < problem.Battery.EMin && (to >= 0 || Note(imports, t, most, problem.Battery.EMin))) low[t + 1] = most;
            if (least > problem.Battery.EMax && (from <= 0 || Note(exports, t, least, problem.Battery.EMax))) high[t + 1] = least;
            least = Math.Clamp(least, low[t + 1], high[t + 1]);
            most = Math.Clamp(most, low[t + 1], high[t + 1]);
        }

        return new(new(low, high), [.. Describe("gridImportMax", "import", imports), .. Describe("gridExportMax", "export", exports)]);
    }

    /// <summary>Charging power, kW, that keeps the caps: from the strongest discharge to the strongest charge.</summary>
    private static (double From, double To) RangeOf(in PlanningStep step, int t, List<int> imports, List<int> exports)
    {
        double from = Math.Max(-step.DischargeMax, -step.GridExportMax - step.CurtailableMax - step.NetLoad), to = Math.Min(step.ChargeMax, step.GridImportMax - step.NetLoad);
        if (to < -step.DischargeMax - Tolerance * Math.Max(1, -to)) imports.Add(t);
        if (from > step.ChargeMax + Tolerance * Math.Max(1, from)) exports.Add(t);
        // Where no power keeps the caps, the nearest one goes on, so that later steps are judged too.
        to = Math.Clamp(to, -step.DischargeMax, step.ChargeMax);
        return (Math.Clamp(from, -step.DischargeMax, to), to);
    }

    private static double ChangeOf(double grid, BatteryModel battery) => grid >= 0 ? grid * battery.EtaCharge : grid / battery.EtaDischarge;

    /// <summary>Returns false if something was noted: the bound then stays.</summary>
    private static bool Note(List<int> steps, int t, double energy, double bound)
    {
        if (Math.Abs(energy - bound) <= Tolerance * Math.Max(1, bound)) return true;
        if (steps.Count == 0 || steps[^1] != t) steps.Add(t);
        return false;
    }

    private static IEnumerable<Finding> Describe(string key, string direction, List<int> steps)
    {
        if (steps.Count == 0) yield break;
        string named = string.Join(", ", steps.Take(NamedSteps).Select(step => step.ToString(CultureInfo.InvariantCulture)));
        string more = steps.Count > NamedSteps ? FormattableString.Invariant($" and {steps.Count - NamedSteps} more") : "";
        string cause = direction == "import" ? "the load is higher and the battery cannot cover the rest" : "the surplus is higher, and the battery cannot take the rest nor PV be curtailed";
        yield return new(PlanningCodes.CapCannotBeKept, $"{key}[{steps[0].ToString(CultureInfo.InvariantCulture)}]", null,
            $"The {direction} cannot be kept below the cap in step {named}{more}: {cause}. Raise the cap or the battery's power, or change its energy at the start.");
    }
}
