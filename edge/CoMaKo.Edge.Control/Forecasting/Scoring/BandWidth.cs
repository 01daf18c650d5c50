namespace CoMaKo.Edge.Control.Forecasting.Scoring;

/// <summary>
/// How much wider or narrower a band must be so that four of five slots lie inside: learned from the slots that were measured (forecasting §2, split conformal). For each slot the stretch
/// at which it would just have been inside; the 80 % quantile of these is the width.
/// </summary>
public sealed class BandWidth
{
    /// <summary>Fewer slots say nothing; the band then stays as it is.</summary>
    private const int Least = 96;

    private const double Share = 0.8, Narrowest = 0.25, Widest = 4;

    private readonly List<double> needed = [];

    /// <summary>Factor for <see cref="PowerQuantiles.Stretched"/>.</summary>
    public double Value
    {
        get
        {
            if (needed.Count < Least) return 1;
            needed.Sort();
            return Math.Clamp(needed[(int)Math.Ceiling(Share * needed.Count) - 1], Narrowest, Widest);
        }
    }

    public void Clear() => needed.Clear();

    /// <param name="forecast">Not stretched.</param>
    public void Add(double actual, PowerQuantiles forecast)
    {
        double distance = actual - forecast.Median, side = distance >= 0 ? forecast.High - forecast.Median : forecast.Low - forecast.Median;
        needed.Add(distance == 0 ? 0 : side == 0 ? double.PositiveInfinity : distance / side);
    }
}
