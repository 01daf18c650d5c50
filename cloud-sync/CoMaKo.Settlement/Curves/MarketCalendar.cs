using NodaTime;

namespace CoMaKo.Settlement.Curves;

/// <summary>Federal states, for their holidays.</summary>
[Flags]
public enum GermanStates
{
    None = 0,
    BadenWuerttemberg = 1 << 0,
    Bayern = 1 << 1,
    Berlin = 1 << 2,
    Brandenburg = 1 << 3,
    Bremen = 1 << 4,
    Hamburg = 1 << 5,
    Hessen = 1 << 6,
    MecklenburgVorpommern = 1 << 7,
    Niedersachsen = 1 << 8,
    NordrheinWestfalen = 1 << 9,
    RheinlandPfalz = 1 << 10,
    Saarland = 1 << 11,
    Sachsen = 1 << 12,
    SachsenAnhalt = 1 << 13,
    SchleswigHolstein = 1 << 14,
    Thueringen = 1 << 15,

    /// <summary>Market communication counts a holiday of any state.</summary>
    All = (1 << 16) - 1,
}

/// <summary>Days that look alike in a load curve.</summary>
public enum DayType
{
    WorkingDay = 1,
    Saturday = 2,

    /// <summary>Sunday or holiday.</summary>
    Sunday = 3,
}

/// <summary>
/// German holidays from 2019 on, day types and working days. Holidays that hold in parts of a state only (Fronleichnam in Sachsen and Thüringen,
/// Mariä Himmelfahrt in Bayern, the Augsburg day) are left out.
/// </summary>
public sealed class MarketCalendar(GermanStates states)
{
    private const GermanStates AllSaints = GermanStates.BadenWuerttemberg | GermanStates.Bayern | GermanStates.NordrheinWestfalen | GermanStates.RheinlandPfalz | GermanStates.Saarland;

    private const GermanStates Reformation = GermanStates.Brandenburg | GermanStates.Bremen | GermanStates.Hamburg | GermanStates.MecklenburgVorpommern | GermanStates.Niedersachsen
        | GermanStates.Sachsen | GermanStates.SachsenAnhalt | GermanStates.SchleswigHolstein | GermanStates.Thueringen;

    /// <summary>Whose holidays count besides those of the whole country.</summary>
    public GermanStates States => states;

    /// <summary>Whether the day is a holiday in the whole country or in one of the states.</summary>
    public bool IsHoliday(LocalDate day)
    {
        int fromEaster = Period.DaysBetween(Easter(day.Year), day);
        return (day.Month, day.Day) is (1, 1) or (5, 1) or (10, 3) or (12, 25) or (12, 26)
            || fromEaster is -2 or 0 or 1 or 39 or 49 or 50
            || (States & StatesOf(day, fromEaster)) != GermanStates.None;
    }

    /// <summary>Which days serve as comparison, and which column of a profile holds: 24 and 31 December count as Saturdays unless they are Sundays.</summary>
    public DayType TypeOf(LocalDate day)
    {
        if (day.DayOfWeek == IsoDayOfWeek.Sunday || IsHoliday(day)) return DayType.Sunday;
        return day.DayOfWeek == IsoDayOfWeek.Saturday || IsEve(day) ? DayType.Saturday : DayType.WorkingDay;
    }

    /// <summary>Monday to Friday, no holiday, not 24 or 31 December.</summary>
    public bool IsWorkingDay(LocalDate day) => TypeOf(day) == DayType.WorkingDay;

    /// <summary>The n-th working day of a month, from 1.</summary>
    public LocalDate WorkingDay(YearMonth month, int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(number);
        var day = month.OnDayOfMonth(1);
        while (!IsWorkingDay(day) || --number > 0) day = day.PlusDays(1);
        return day;
    }

    /// <summary>When a month is closed: at an hour (Berlin) on a working day of the next month, unless the setting says otherwise at 03:00 on the eighth.</summary>
    public Instant CloseOf(YearMonth month, int workingDay = 8, int hour = 3) =>
        WorkingDay(month.PlusMonths(1), workingDay).At(new LocalTime(hour, 0)).InZoneLeniently(MarketDay.Zone).ToInstant();

    private static bool IsEve(LocalDate day) => day is { Month: 12, Day: 24 or 31 };

    private static GermanStates StatesOf(LocalDate day, int fromEaster) => (day.Month, day.Day) switch
    {
        (1, 6) => GermanStates.BadenWuerttemberg | GermanStates.Bayern | GermanStates.SachsenAnhalt,
        (3, 8) => GermanStates.Berlin | (day.Year >= 2023 ? GermanStates.MecklenburgVorpommern : GermanStates.None),
        (5, 8) when day.Year is 2020 or 2025 => GermanStates.Berlin,
        (6, 17) when day.Year == 2028 => GermanStates.Berlin,
        (8, 15) => GermanStates.Saarland,
        (9, 20) => GermanStates.Thueringen,
        (10, 31) => Reformation,
        (11, 1) => AllSaints,
        _ when fromEaster == 60 => GermanStates.BadenWuerttemberg | GermanStates.Bayern | GermanStates.Hessen | GermanStates.NordrheinWestfalen | GermanStates.RheinlandPfalz | GermanStates.Saarland,
        _ when day is { Month: 11, Day: >= 16 and <= 22, DayOfWeek: IsoDayOfWeek.Wednesday } => GermanStates.Sachsen, // Buß- und Bettag: the Wednesday before 23 November
        _ => GermanStates.None,
    };

    /// <summary>Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8).</summary>
    private static LocalDate Easter(int year)
    {
        int a = year % 19, b = year / 100, c = year % 100;
        int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
        int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
        int m = (a + 11 * h + 22 * l) / 451;
        int n = h + l - 7 * m + 114;
        return new LocalDate(year, n / 31, n % 31 + 1);
    }
}
