using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Settlement.Curves;

/// <summary>Market days are Berlin dates, kept as days since 1970-01-01; they have 92, 96 or 100 slots.</summary>
public static class MarketDay
{
    public static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    private static readonly LocalDate First = new(1970, 1, 1);

    /// <summary>The day's number.</summary>
    public static int Number(LocalDate day) => Period.DaysBetween(First, day);

    /// <summary>The day with this number.</summary>
    public static LocalDate Date(int number) => First.PlusDays(number);

    /// <summary>Number of the day that contains an instant, given as Unix seconds.</summary>
    public static int Containing(long unixSeconds) => Number(Instant.FromUnixTimeSeconds(unixSeconds).InZone(Zone).Date);

    /// <summary>The day's slots in order.</summary>
    public static IReadOnlyList<QuarterHour> Slots(int number) => QuarterHour.OfDay(Date(number), Zone);
}
