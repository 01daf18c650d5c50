using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;

namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>
/// What one more stored kWh is worth at the end of the coming slots, averaged over scenarios (dispatch-optimisation §6.1). A scenario's path is trusted for a few
/// hours only: at certain times of day every scenario goes on with the mean of all, because by then nobody can know any more which of the days this one is like.
/// </summary>
/// <remarks>Not safe for several threads; one instance reuses its memory from one issue to the next.</remarks>
public sealed class AveragedValues(ScenarioSettings settings)
{
    /// <summary>Of the grid on which functions are averaged.</summary>
    private const int Intervals = 200;

    private readonly Planner planner = new();
    private readonly ValueFunction mean = new();
    private readonly List<ValueAverage> results = [];
    private ValueFunction[] after = [];
    private double capacity = double.NaN;
    private ValueAverage? mixed;

    /// <summary>Writes the mean cost to go at the end of the first slots, from the running one on.</summary>
    /// <param name="scenarios">At least one, with as many steps as the horizon has slots.</param>
    /// <param name="into">One function for each slot wanted, at most one per slot of the horizon.</param>
    public void Write(ScenarioSet scenarios, PlanHorizon horizon, IReadOnlyList<ValueFunction> into)
    {
        ArgumentNullException.ThrowIfNull(scenarios);
        ArgumentNullException.ThrowIfNull(horizon);
        ArgumentNullException.ThrowIfNull(into);
        Begin(scenarios.Count, horizon, into.Count);
        for (int to = horizon.Count; to > 0;)
        {
            int from = to - 1;
            while (from > 0 && (from == 1 || !IsMixing(horizon.StartOf(from).ToUnixTimeSeconds()))) from--;
            for (int s = 0; s < scenarios.Count; s++) Solve(scenarios, s, from, to, horizon, into.Count);
            to = from;
            if (to > 0) Mix(scenarios);
        }

        for (int t = 0; t < into.Count; t++) results[t].Write(into[t]);
    }

    private void Begin(int scenarios, PlanHorizon horizon, int slots)
    {
        if (capacity != horizon.Battery.EMax) results.Clear();
        capacity = horizon.Battery.EMax;
        mixed = new(0, capacity, Intervals);
        while (results.Count < slots) results.Add(new(0, capacity, Intervals));
        for (int t = 0; t < slots; t++) results[t].Clear();
        if (after.Length < scenarios) after = [.. Enumerable.Range(0, scenarios).Select(_ => new ValueFunction())];
        ReadOnlySpan<double> slope = [-horizon.TerminalValue], length = [capacity];
        for (int s = 0; s < scenarios; s++) after[s].Set(new ValueView(0, 0, slope, length));
    }

    private void Solve(ScenarioSet scenarios, int scenario, int from, int to, PlanHorizon horizon, int slots)
    {
        planner.Solve(horizon.Problem(from, to, scenarios.Load(scenario)[from..to].ToArray(), scenarios.Pv(scenario)[from..to].ToArray()), after[scenario]);
        for (int t = from; t < Math.Min(to, slots); t++) results[t].Add(planner.ValueAt(t + 1 - from), scenarios.Weights[scenario]);
        after[scenario].Set(planner.ValueAt(0));
    }

    /// <summary>Every scenario goes on with the mean of all.</summary>
    private void Mix(ScenarioSet scenarios)
    {
        mixed!.Clear();
        for (int s = 0; s < scenarios.Count; s++) mixed.Add(after[s].View, scenarios.Weights[s]);
        mixed.Write(mean);
        for (int s = 0; s < scenarios.Count; s++) after[s].Set(mean.View);
    }

    private bool IsMixing(long unixSeconds) => (unixSeconds - (long)(settings.MixingOffsetHours * 3600)) % (long)(settings.MixingHours * 3600) == 0;
}
