using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>
/// What one more stored kWh is worth at the end of the running slot, averaged over past days as scenarios (dispatch-optimisation §6.1). A day's path is trusted for a few
/// hours only: at certain times of day every scenario goes on with the mean of all, because by then nobody can know any more which of the days this one is like.
/// </summary>
/// <remarks>Not safe for several threads; one instance reuses its memory from one issue to the next.</remarks>
public sealed class AveragedValues
{
    /// <summary>Intervals of the mean between two mixings, and of the result.</summary>
    private const int Coarse = 50, Fine = 200;

    private readonly ScenarioSettings settings;
    private readonly BatteryModel battery;
    private readonly DayScenarios days;
    private readonly ConvexSolver solver = new();
    private readonly RecentPast past = new();
    private readonly ScenarioSet scenarios = new();
    private readonly ValueAverage mixed, result;
    private readonly ValueFunction mean = new();
    private ValueFunction[] after = [];

    /// <param name="battery">The aggregated battery; its stored energy and terminal value are not used.</param>
    public AveragedValues(ScenarioSettings settings, BatteryModel battery)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(battery);
        (this.settings, this.battery) = (settings, battery with { E0 = battery.EMax, TerminalValue = 0 });
        days = new DayScenarios(settings);
        (mixed, result) = (new(0, battery.EMax, Coarse), new(0, battery.EMax, Fine));
    }

    /// <summary>The scenarios of the last <see cref="Write"/>.</summary>
    public ScenarioSet Scenarios => scenarios;

    /// <summary>Writes the mean cost to go at the end of the running slot.</summary>
    /// <param name="now">What is known; the running slot is not.</param>
    /// <param name="prices">One value for each slot of the horizon, from the running one on.</param>
    /// <param name="terminal">EUR per stored kWh at the end of the horizon.</param>
    /// <returns>False without a whole day of history: there is then no scenario, and nothing was written.</returns>
    public bool Write(HistoryView now, PlanPrices prices, double terminal, ValueFunction into)
    {
        ArgumentNullException.ThrowIfNull(prices);
        past.Read(now, settings.HistoryDays);
        int steps = prices.Import.Length;
        days.Write(past, steps, scenarios);
        if (scenarios.Count == 0) return false;
        Begin(terminal);
        for (int to = steps; to > 1;)
        {
            int from = to - 1;
            while (from > 1 && !IsMixing(now.StartOf(now.Running + from).ToUnixTimeSeconds())) from--;
            for (int s = 0; s < scenarios.Count; s++) Solve(s, from, to, prices, now.StepSeconds / 3600.0);
            to = from;
            if (to > 1) Mix();
        }

        result.Clear();
        for (int s = 0; s < scenarios.Count; s++) result.Add(after[s].View, scenarios.Weights[s]);
        result.Write(into);
        return true;
    }

    private void Begin(double terminal)
    {
        if (after.Length < scenarios.Count) after = [.. Enumerable.Range(0, scenarios.Count).Select(_ => new ValueFunction())];
        ReadOnlySpan<double> slope = [-terminal], length = [battery.EMax];
        for (int s = 0; s < scenarios.Count; s++) after[s].Set(new ValueView(0, 0, slope, length));
    }

    private void Solve(int scenario, int from, int to, PlanPrices prices, double hours)
    {
        int steps = to - from;
        double[] stepHours = new double[steps];
        Array.Fill(stepHours, hours);
        solver.Solve(
            new PlanningProblem
            {
                StepHours = stepHours, Load = scenarios.Load(scenario)[from..to].ToArray(), Pv = scenarios.Pv(scenario)[from..to].ToArray(),
                ImportPrice = prices.Import[from..to], ExportPrice = prices.Export[from..to], Battery = battery,
            },
            after[scenario]);
        after[scenario].Set(solver.ValueAt(0));
    }

    /// <summary>Every scenario goes on with the mean of all.</summary>
    private void Mix()
    {
        mixed.Clear();
        for (int s = 0; s < scenarios.Count; s++) mixed.Add(after[s].View, scenarios.Weights[s]);
        mixed.Write(mean);
        for (int s = 0; s < scenarios.Count; s++) after[s].Set(mean.View);
    }

    private bool IsMixing(long unixSeconds) => (unixSeconds - (long)(settings.MixingOffsetHours * 3600)) % (long)(settings.MixingHours * 3600) == 0;
}

/// <summary>Prices of the coming slots, EUR/kWh.</summary>
public sealed record PlanPrices(double[] Import, double[] Export);
