namespace CoMaKo.Edge.Control.Forecasting;

/// <summary>Possible courses of the coming hours with their weights: joint paths of load and PV, kW, one value per slot from the running one on. Memory is reused.</summary>
public sealed class ScenarioSet
{
    private double[] loads = [];
    private double[] pvs = [];
    private double[] weights = [];

    /// <summary>Slots of each path.</summary>
    public int Steps { get; private set; }

    public int Count { get; private set; }

    /// <summary>Sum to 1.</summary>
    public ReadOnlySpan<double> Weights => weights.AsSpan(0, Count);

    public ReadOnlySpan<double> Load(int scenario) => loads.AsSpan(scenario * Steps, Steps);

    public ReadOnlySpan<double> Pv(int scenario) => pvs.AsSpan(scenario * Steps, Steps);

    /// <summary>Weighted mean of the loads, kW.</summary>
    public double[] MeanLoad() => Mean(loads);

    /// <summary>Weighted mean of PV, kW.</summary>
    public double[] MeanPv() => Mean(pvs);

    /// <summary>10 %, 50 % and 90 % quantile of the load of a slot, kW.</summary>
    public PowerBand LoadBand(int slot) => Band(loads, slot);

    /// <summary>The same for PV.</summary>
    public PowerBand PvBand(int slot) => Band(pvs, slot);

    /// <summary>Greatest and least factor by which a path follows another forecast: the weather may be wrong too.</summary>
    private const double MostLed = 3, LeastLed = 0.2;

    /// <summary>kW of PV below which there is nothing to scale.</summary>
    private const double LeastPv = 0.02;

    /// <summary>Leads the PV of all paths to another forecast: their mean becomes it as far as scaling can, their spread stays in proportion.</summary>
    /// <param name="expected">kW in each slot; absent values leave the slot as it is.</param>
    public void LeadPv(ReadOnlySpan<double?> expected)
    {
        for (int k = 0; k < Math.Min(Steps, expected.Length); k++)
        {
            if (expected[k] is not { } power) continue;
            double mean = 0;
            for (int s = 0; s < Count; s++) mean += weights[s] * pvs[s * Steps + k];
            if (mean < LeastPv) continue;
            double factor = Math.Clamp(power / mean, LeastLed, MostLed);
            for (int s = 0; s < Count; s++) pvs[s * Steps + k] *= factor;
        }
    }

    internal void Clear(int steps, int most)
    {
        (Steps, Count) = (steps, 0);
        if (weights.Length < most) weights = new double[most];
        if (loads.Length < steps * most) (loads, pvs) = (new double[steps * most], new double[steps * most]);
    }

    /// <summary>Room for one more path, to be filled at once.</summary>
    internal void Add(double weight, out Span<double> load, out Span<double> pv)
    {
        weights[Count] = weight;
        load = loads.AsSpan(Count * Steps, Steps);
        pv = pvs.AsSpan(Count * Steps, Steps);
        Count++;
    }

    internal void Normalise()
    {
        double sum = 0;
        foreach (double weight in Weights) sum += weight;
        for (int i = 0; i < Count; i++) weights[i] = sum > 0 ? weights[i] / sum : 1.0 / Count;
    }

    private PowerBand Band(double[] paths, int slot)
    {
        Span<(double Power, double Weight)> sorted = stackalloc (double, double)[Count];
        for (int s = 0; s < Count; s++) sorted[s] = (paths[s * Steps + slot], weights[s]);
        sorted.Sort((a, b) => a.Power.CompareTo(b.Power));
        return new(Quantile(sorted, 0.1), Quantile(sorted, 0.5), Quantile(sorted, 0.9));
    }

    /// <summary>The least power that at least this share of the weight does not exceed.</summary>
    private static double Quantile(ReadOnlySpan<(double Power, double Weight)> sorted, double share)
    {
        double sum = 0;
        foreach (var (power, weight) in sorted)
        {
            sum += weight;
            if (sum >= share - 1e-9) return power;
        }

        return sorted[^1].Power;
    }

    private double[] Mean(double[] paths)
    {
        var mean = new double[Steps];
        for (int s = 0; s < Count; s++)
            for (int k = 0; k < Steps; k++) mean[k] += weights[s] * paths[s * Steps + k];
        return mean;
    }
}

/// <summary>10 %, 50 % and 90 % quantile of a slot's mean power, kW.</summary>
public readonly record struct PowerBand(double Low, double Median, double High);
