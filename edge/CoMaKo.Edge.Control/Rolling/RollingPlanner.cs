using System.Collections.Immutable;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>
/// Plans the coming hours from the building's own past (dispatch-optimisation §6, §6.1): scenarios, averaged values of stored energy, and the path that the control law
/// takes with them. Pure: all that it knows comes in with the call.
/// </summary>
/// <remarks>Not safe for several threads; one instance reuses its memory from one plan to the next.</remarks>
/// <param name="scenarios">How past days become scenarios.</param>
/// <param name="coldStart">What is assumed without a day of history; absent: then there is no plan.</param>
public sealed class RollingPlanner(ScenarioSettings scenarios, ColdStart? coldStart = null)
{
    /// <summary>Share of the mean import price that energy is worth behind the horizon, before losses (dispatch-optimisation §6.1).</summary>
    private const double TerminalShare = 0.8;

    /// <summary>What is left of a slot is never less, h: powers are energies over it.</summary>
    private const double LeastHours = 10 / 3600.0;

    private readonly RecentPast past = new();
    private readonly DayScenarios days = new(scenarios);
    private readonly ScenarioSet courses = new();
    private readonly AveragedValues averaged = new(scenarios);

    /// <summary>EUR per stored kWh behind a horizon with these import prices.</summary>
    public static double TerminalValue(BatteryModel battery, double[] import)
    {
        ArgumentNullException.ThrowIfNull(battery);
        return TerminalShare * battery.EtaDischarge * import.Average();
    }

    /// <summary>Writes only the cost to go at the end of the first slots: all that control needs.</summary>
    /// <param name="known">What is known; the running slot is not.</param>
    /// <param name="horizon">Begins with the running slot.</param>
    /// <param name="into">One function for each slot wanted.</param>
    /// <returns>False where there is no history and nothing is assumed either: nothing was written.</returns>
    public bool Value(HistoryView known, PlanHorizon horizon, IReadOnlyList<ValueFunction> into)
    {
        ArgumentNullException.ThrowIfNull(horizon);
        if (Imagine(known, horizon) is null) return false;
        averaged.Write(courses, horizon, into);
        return true;
    }

    /// <summary>The plan from now on.</summary>
    /// <param name="stored">kWh now, as <see cref="PlanHorizon"/> counts them.</param>
    /// <param name="tolerance">EUR/kWh that a decision must be worth against self-consumption; of the driver.</param>
    /// <returns>Absent where there is no history and nothing is assumed either.</returns>
    /// <exception cref="PlanTooLargeException">More memory than allowed.</exception>
    public RollingPlan? Plan(HistoryView known, PlanHorizon horizon, double stored, double tolerance)
    {
        ArgumentNullException.ThrowIfNull(horizon);
        if (Imagine(known, horizon) is not { } isCold) return null;
        ImmutableArray<ValueFunction> values = [.. Enumerable.Range(0, horizon.Count).Select(_ => new ValueFunction())];
        averaged.Write(courses, horizon, values);
        var now = known.IssuedAt;
        double first = Math.Max(LeastHours, (horizon.StartOf(1) - now).TotalHours);
        var walk = new PlanWalk(horizon, values, first, tolerance);
        double cost = 0;
        for (int s = 0; s < courses.Count; s++) cost += courses.Weights[s] * walk.Cost(courses.Load(s), courses.Pv(s), stored);
        return new(now, horizon, values, walk.Slots(courses, stored), stored, cost, isCold);
    }

    /// <returns>Whether nothing but assumptions is there; absent: not even these.</returns>
    private bool? Imagine(HistoryView known, PlanHorizon horizon)
    {
        past.Read(known, scenarios.HistoryDays);
        days.Write(past, horizon.Count, courses);
        if (courses.Count > 0)
        {
            courses.LeadPv(horizon.PvExpected);
            return false;
        }

        if (coldStart is null) return null;
        StandardProfile.Write(coldStart, horizon.Start, horizon.StepSeconds, horizon.Count, courses);
        return true;
    }
}
