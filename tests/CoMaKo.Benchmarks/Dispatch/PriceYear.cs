namespace CoMaKo.Benchmarks.Dispatch;

/// <summary>Synthetic day-ahead prices with the seasons, wind, sunshine and weekends of the reference's curve (dispatch-optimisation §7, "syn"), drawn from a seed.</summary>
internal static class PriceYear
{
    private const double Mean = 88, LeastRetail = 0.08, Levies = 0.18;

    /// <param name="begin">Unix seconds of the first slot.</param>
    /// <param name="spread">Factor of the deviation from the mean.</param>
    /// <returns>EUR/kWh.</returns>
    public static double[] Import(long begin, int slots, int slotSeconds, double spread, int seed)
    {
        var chance = new Chance(seed);
        (double wind, double level, double sun, long day) = (0, 0, 1, long.MinValue);
        double[] import = new double[slots];
        for (int i = 0; i < slots; i++)
        {
            var at = DateTimeOffset.FromUnixTimeSeconds(begin + (long)i * slotSeconds).AddHours(1);
            if (at.ToUnixTimeSeconds() / 86_400 is var today && today != day)
            {
                day = today;
                wind = 0.6 * wind + Math.Sqrt(1 - 0.6 * 0.6) * 20 * chance.Gauss();
                level = 0.8 * level + Math.Sqrt(1 - 0.8 * 0.8) * 6 * chance.Gauss();
                sun = Math.Clamp(1 + 0.4 * chance.Gauss(), 0.2, 1.6);
            }

            double spot = Curve(at, sun) + level - wind;
            import[i] = Math.Max(LeastRetail, Levies + (Mean + (spot - Mean) * spread) / 1000);
        }

        return import;
    }

    private static double Curve(DateTimeOffset at, double sun)
    {
        double h = at.TimeOfDay.TotalHours, season = Season(at);
        return Mean - (at.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 12 : 0) + (25 + 10 * season) * Hump(h, 7.5, 1.5) + 55 * Hump(h, 18.75 - 0.75 * season, 2)
            - (47 - 33 * season) * sun * Math.Pow(Math.Max(0, Math.Sin(Math.PI * (h - 6) / 14)), 1.5) - 12 * Hump(h, 3, 2.5);
    }

    /// <summary>1 in January, −1 in July.</summary>
    public static double Season(DateTimeOffset at) => Math.Cos(2 * Math.PI * (at.DayOfYear - 10) / 365);

    public static double Hump(double hour, double centre, double width) => Math.Exp(-Math.Pow((hour - centre) / width, 2));
}

/// <summary>Random numbers from a seed.</summary>
internal sealed class Chance(int seed)
{
    private readonly Random random = new(seed);

    public double Next() => random.NextDouble();

    public double Gauss() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
