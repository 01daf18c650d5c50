namespace CoMaKo.Edge.Control.Forecasting.Scoring;

/// <summary>Quantiles of the past days as scenarios: the same paths that the planner uses, so that the score judges what drives.</summary>
public sealed class PastDaysForecast(ScenarioSettings settings)
{
    private readonly DayScenarios days = new(settings);
    private readonly ScenarioSet scenarios = new();
    private (double Power, double Weight)[] sorted = [];

    /// <summary>Writes quantiles for the coming slots, from the running one on.</summary>
    /// <returns>False without a whole day of history: nothing was written.</returns>
    public bool Write(RecentPast past, Span<PowerQuantiles> load, Span<PowerQuantiles> pv)
    {
        days.Write(past, load.Length, scenarios);
        if (scenarios.Count == 0) return false;
        if (sorted.Length < scenarios.Count) sorted = new (double, double)[scenarios.Count];
        for (int k = 0; k < load.Length; k++)
        {
            for (int s = 0; s < scenarios.Count; s++) sorted[s] = (scenarios.Load(s)[k], scenarios.Weights[s]);
            load[k] = Of(sorted.AsSpan(0, scenarios.Count));
            for (int s = 0; s < scenarios.Count; s++) sorted[s] = (scenarios.Pv(s)[k], scenarios.Weights[s]);
            pv[k] = Of(sorted.AsSpan(0, scenarios.Count));
        }

        return true;
    }

    private static PowerQuantiles Of(Span<(double Power, double Weight)> values)
    {
        values.Sort((a, b) => a.Power.CompareTo(b.Power));
        return new(Quantile(values, 0.1), Quantile(values, 0.5), Quantile(values, 0.9));
    }

    /// <summary>The value at which the weight below reaches the share, between neighbours in proportion: each value stands in the middle of its own weight.</summary>
    private static double Quantile(ReadOnlySpan<(double Power, double Weight)> values, double share)
    {
        double below = 0, place = 0, power = values[0].Power;
        foreach (var (next, weight) in values)
        {
            double middle = below + weight / 2;
            if (middle >= share) return middle > place && below > 0 ? power + (next - power) * (share - place) / (middle - place) : next;
            (power, place, below) = (next, middle, below + weight);
        }

        return power;
    }
}
