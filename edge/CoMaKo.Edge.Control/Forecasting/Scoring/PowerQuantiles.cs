namespace CoMaKo.Edge.Control.Forecasting.Scoring;

/// <summary>What is expected of a slot's mean power, kW: 10 %, 50 % and 90 % quantile, in this order of size.</summary>
public readonly record struct PowerQuantiles(double Low, double Median, double High)
{
    /// <summary>A forecast that says nothing about its uncertainty.</summary>
    public static PowerQuantiles Exactly(double power) => new(power, power, power);

    /// <summary>The band around the median made wider or narrower.</summary>
    /// <param name="width">1 leaves it as it is; at least 0.</param>
    public PowerQuantiles Stretched(double width) => new(Math.Max(0, Median - width * (Median - Low)), Median, Median + width * (High - Median));
}
