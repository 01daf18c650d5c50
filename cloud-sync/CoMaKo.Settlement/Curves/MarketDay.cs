using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Settlement.Curves;

/// <summary>Market days are Berlin dates, kept as days since 1970-01-01; they have 92, 96 or 100 slots.</summary>
public static class MarketDay
{
    public static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    private const int Kept = 1024;

    /// <summary>The zone's usual largest offset, in seconds: a first guess.</summary>
    private const long SummerTime = 7200;

    /// <summary>The end of the year 2200; nothing that is kept lies behind it.</summary>
    private const long LastKnown = 7_289_654_400;

    private static readonly LocalDate First = new(1970, 1, 1);

    /// <summary>Days asked for last, by their number modulo the length: a month of ten thousand points asks for the same 31 days again and again.</summary>
    private static readonly DaySlots?[] Known = new DaySlots?[Kept];

    /// <summary>The day's number.</summary>
    public static int Number(LocalDate day) => Period.DaysBetween(First, day);

    /// <summary>The day with this number.</summary>
    public static LocalDate Date(int number) => First.PlusDays(number);

    /// <summary>Number of the day that contains an instant, given as Unix seconds. Asked for each quarter hour of whole months, so it looks at days that are known and not into the zone.</summary>
    public static int Containing(long unixSeconds)
    {
        if (unixSeconds is < 0 or > LastKnown) return Number(Instant.FromUnixTimeSeconds(unixSeconds).InZone(Zone).Date);
        int number = (int)((unixSeconds + SummerTime) / 86_400);
        while (Slots(number)[0].StartUnixSeconds > unixSeconds) number--;
        while (Slots(number)[^1].EndUnixSeconds <= unixSeconds) number++;
        return number;
    }

    /// <summary>The day's slots in order.</summary>
    public static IReadOnlyList<QuarterHour> Slots(int number)
    {
        ref var place = ref Known[(uint)number % Kept];
        if (place is { } known && known.Number == number) return known.Slots;
        var slots = QuarterHour.OfDay(Date(number), Zone);
        place = new DaySlots(number, slots);
        return slots;
    }

    private sealed record DaySlots(int Number, IReadOnlyList<QuarterHour> Slots);
}
