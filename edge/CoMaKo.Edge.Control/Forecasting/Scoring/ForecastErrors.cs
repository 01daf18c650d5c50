namespace CoMaKo.Edge.Control.Forecasting.Scoring;

/// <summary>
/// The measures of forecasting §5 over the slots that were measured, kW. Sums, so that days add up: a table over 14 days is the sum of 14 records.
/// </summary>
/// <param name="Count">Slots scored.</param>
/// <param name="Absolute">Σ |ŷ − y|, ŷ the median.</param>
/// <param name="Square">Σ (ŷ − y)².</param>
/// <param name="Signed">Σ (ŷ − y).</param>
/// <param name="Actual">Σ y.</param>
/// <param name="Pinball">Σ of the mean pinball loss over the three quantiles.</param>
/// <param name="Inside">Slots with y inside [q10, q90].</param>
public readonly record struct ForecastErrors(int Count, double Absolute, double Square, double Signed, double Actual, double Pinball, int Inside)
{
    /// <summary>Scores one slot.</summary>
    public ForecastErrors With(double actual, PowerQuantiles forecast)
    {
        double error = forecast.Median - actual;
        double pinball = (Loss(0.1, actual, forecast.Low) + Loss(0.5, actual, forecast.Median) + Loss(0.9, actual, forecast.High)) / 3;
        bool isInside = actual >= forecast.Low && actual <= forecast.High;
        return new(Count + 1, Absolute + Math.Abs(error), Square + error * error, Signed + error, Actual + actual, Pinball + pinball, Inside + (isInside ? 1 : 0));
    }

    /// <summary>Mean absolute error, kW; absent without a slot, as all below.</summary>
    public double? MeanAbsolute => Count == 0 ? null : Absolute / Count;

    /// <summary>Root of the mean square error, kW.</summary>
    public double? RootMeanSquare => Count == 0 ? null : Math.Sqrt(Square / Count);

    /// <summary>Mean of forecast less actual, kW; + means too much was expected.</summary>
    public double? Bias => Count == 0 ? null : Signed / Count;

    /// <summary>Mean absolute error as share of the mean of what was measured; absent where nothing flowed.</summary>
    public double? Normalised => Actual > 0 ? Absolute / Actual : null;

    /// <summary>Mean pinball loss over slots and quantiles, kW.</summary>
    public double? MeanPinball => Count == 0 ? null : Pinball / Count;

    /// <summary>Share of the slots inside the band; 0.8 is right.</summary>
    public double? Coverage => Count == 0 ? null : (double)Inside / Count;

    /// <summary>1 − error ÷ error of a reference over the same slots; + is better than it. Absent where the reference made no error.</summary>
    public double? SkillAgainst(ForecastErrors reference) => reference.Absolute > 0 ? 1 - Absolute / reference.Absolute : null;

    public static ForecastErrors operator +(ForecastErrors a, ForecastErrors b) => a.Plus(b);

    public ForecastErrors Plus(ForecastErrors other) => new(
        Count + other.Count, Absolute + other.Absolute, Square + other.Square, Signed + other.Signed, Actual + other.Actual, Pinball + other.Pinball, Inside + other.Inside);

    private static double Loss(double quantile, double actual, double forecast) => Math.Max(quantile * (actual - forecast), (quantile - 1) * (actual - forecast));
}
