namespace CoMaKo.Edge.Control.Forecasting.Scoring;

/// <summary>The forecasts that cost nothing and every other must beat: the same slot a day or a week ago (forecasting §2).</summary>
public static class NaiveForecast
{
    /// <summary>Writes what was measured so many days before each coming slot, over as many more days as lie between.</summary>
    /// <returns>False without so many whole days of history: nothing was written.</returns>
    public static bool Write(RecentPast past, int daysBack, Span<PowerQuantiles> load, Span<PowerQuantiles> pv)
    {
        ArgumentNullException.ThrowIfNull(past);
        int shift = daysBack * past.SlotsPerDay;
        if (!past.HasLoad || past.Count < shift || shift == 0) return false;
        for (int k = 0; k < load.Length; k++)
        {
            int from = past.Count + k - shift;
            while (from >= past.Count) from -= shift;
            (load[k], pv[k]) = (PowerQuantiles.Exactly(past.Load[from]), PowerQuantiles.Exactly(past.Pv[from]));
        }

        return true;
    }
}
