using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Hub.Market;

/// <summary>Days of versions. Day 0 stands for "from ever": no energy is older.</summary>
public static class MarketDays
{
    public const int Ever = 0;

    /// <summary>The day; absent for "from ever".</summary>
    public static LocalDate? DateOf(long day) => day == Ever ? null : MarketDay.Date((int)day);

    /// <summary>Today in Berlin.</summary>
    public static int Today(this TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return MarketDay.Containing(clock.UnixMicroseconds() / 1_000_000);
    }

    /// <summary>As written in the REST interface; absent for "from ever".</summary>
    internal static string? TextOf(long day) => DateOf(day)?.ToString("uuuu-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
