using CoMaKo.Edge.Control.Planning;
using NodaTime;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>A reason for each step of a plan that was made for a given problem, as the pages give it for the plan that is followed.</summary>
public static class ScheduleReasons
{
    /// <summary>Steps of a problem have no time of day: each counts as an hour from the epoch on, and comes back as a number.</summary>
    private const int StepSeconds = 3600;

    /// <returns>For each step why, and the step whose price is avoided or whose goal is meant; absent where the reason has none. Only a charge below the least that must be kept is told from prices: a problem has no owner.</returns>
    public static IReadOnlyList<(PlanReason Reason, int? Step)> Of(PlanningProblem problem, Plan plan)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(plan);
        var battery = problem.Battery;
        var horizon = new PlanHorizon
        {
            Start = NodaConstants.UnixEpoch, StepSeconds = StepSeconds, Battery = battery with { EMin = 0, EMax = battery.EMax - battery.EMin },
            Prices = new(problem.ImportPrice, problem.ExportPrice, null, null, new PriceSource[problem.StepHours.Length]), TerminalValue = 0,
        };
        double[] powers = [.. plan.Discharge.Zip(plan.Charge, (discharge, charge) => discharge - charge)];
        return [.. powers.Select((power, t) =>
        {
            double stored = t == 0 ? battery.E0 : plan.Stored[t - 1], least = Math.Max(battery.EMin, problem.StoredMin?[t] ?? 0);
            if (power < 0 && stored < least) return (new(ReasonCase.Reserve) { Power = -power, Stored = least }, null);
            var reason = SlotReasons.Of(horizon, t, new(problem.Load[t] - problem.Pv[t], power, stored - battery.EMin, plan.Value[t], plan.Curtailed[t]), powers);
            return (reason, reason.At is { } at ? horizon.SlotAt(at) : (int?)null);
        })];
    }
}
