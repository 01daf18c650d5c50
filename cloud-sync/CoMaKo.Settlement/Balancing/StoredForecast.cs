using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Settlement.Balancing;

/// <summary>A forecast of one series for one Berlin day, as it was stored.</summary>
/// <param name="Wh">Energy per slot: 92, 96 or 100 values.</param>
public sealed record StoredForecast(LocalDate Day, Instant IssuedAt, string Model, IReadOnlyList<long> Wh)
{
    /// <summary>Whether it was made before the day began: one that knows the day proves nothing.</summary>
    public bool IsBeforeDay => IssuedAt < MarketDay.Slots(MarketDay.Number(Day))[0].Start;

    /// <summary>The latest forecast that was made before the day began; of equal instants the first model by name.</summary>
    public static StoredForecast? LatestOf(IEnumerable<StoredForecast> forecasts, LocalDate day) => forecasts
        .Where(each => each.Day == day && each.IsBeforeDay)
        .OrderByDescending(each => each.IssuedAt).ThenBy(each => each.Model, StringComparer.Ordinal).FirstOrDefault();
}

/// <summary>How far forecasts were off, over the slots that have both values.</summary>
/// <param name="Mae">Mean absolute error in Wh per slot.</param>
/// <param name="Bias">Mean of actual minus forecast in Wh per slot.</param>
/// <param name="Nmae">MAE divided by the mean actual value; absent if that is zero.</param>
public sealed record ForecastErrors(int Slots, decimal Mae, decimal Bias, decimal? Nmae)
{
    /// <summary>Absent without a slot that has both values.</summary>
    public static ForecastErrors? Of(IReadOnlyList<long?> actual, IReadOnlyList<long?> forecast)
    {
        ArgumentNullException.ThrowIfNull(actual);
        ArgumentNullException.ThrowIfNull(forecast);
        if (actual.Count != forecast.Count) throw new ArgumentException("Actual and forecast cover different slots.", nameof(forecast));
        long absolute = 0, signed = 0, sum = 0;
        int slots = 0;
        for (int i = 0; i < actual.Count; i++)
        {
            if (actual[i] is not { } was || forecast[i] is not { } expected) continue;
            absolute += Math.Abs(was - expected);
            signed += was - expected;
            sum += was;
            slots++;
        }

        return slots == 0 ? null : new ForecastErrors(slots, (decimal)absolute / slots, (decimal)signed / slots, sum == 0 ? null : (decimal)absolute / sum);
    }
}
