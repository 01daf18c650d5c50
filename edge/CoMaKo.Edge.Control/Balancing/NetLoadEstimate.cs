namespace CoMaKo.Edge.Control.Balancing;

/// <summary>House without batteries, smoothed (local-control §2.2 step 2). Watts, + towards the building.</summary>
internal sealed class NetLoadEstimate(BalancingSettings settings)
{
    private readonly double jump = settings.Jump.ToWatts();

    /// <summary>Absent before the first sample.</summary>
    public double? Value { get; private set; }

    /// <summary>Takes a new sample.</summary>
    /// <param name="doubt">How far the model of the batteries may be off because of time alone; what deviates less is mostly the model's error.</param>
    public void Take(double sample, double doubt, bool isCautious)
    {
        double away = Math.Abs(sample - Value.GetValueOrDefault());
        double weight = isCautious ? settings.CautiousSmoothing
            : away > jump + doubt ? 1
            : away > doubt ? settings.Smoothing
            : settings.DoubtfulSmoothing;
        Value = Value is { } known ? known + weight * (sample - known) : sample;
    }

    /// <summary>The next sample is taken as it is.</summary>
    public void Restart() => Value = null;
}
