using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Curves;

public sealed class MarketCalendarTests
{
    private static readonly MarketCalendar Country = new(GermanStates.None);

    [Theory]
    [InlineData(2019, 4, 21)]
    [InlineData(2024, 3, 31)]
    [InlineData(2025, 4, 20)]
    [InlineData(2026, 4, 5)]
    [InlineData(2027, 3, 28)]
    [InlineData(2038, 4, 25)]
    public void Easter_MovesItsHolidays(int year, int month, int day)
    {
        var easter = new LocalDate(year, month, day);
        foreach (int offset in new[] { -2, 1, 39, 50 }) Assert.True(Country.IsHoliday(easter.PlusDays(offset)), $"{easter} {offset}");
        foreach (int offset in new[] { -3, -1, 2, 38, 40, 51, 60 }) Assert.False(Country.IsHoliday(easter.PlusDays(offset)), $"{easter} {offset}");
    }

    /// <summary>Gauss' rule against Meeus' over the years in which hubs will run.</summary>
    [Fact]
    public void Easter_FollowsGauss()
    {
        for (int year = 2000; year < 2100; year++)
        {
            int a = year % 19, d = (19 * a + 24) % 30, e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + 5) % 7;
            int day = 22 + d + e;
            if (d == 29 && e == 6) day -= 7;
            if (d == 28 && e == 6 && a > 10) day -= 7;
            Assert.True(Country.IsHoliday(new LocalDate(year, 3, 1).PlusDays(day - 1 + 1)), $"Easter Monday of {year}");
        }
    }

    [Theory]
    [InlineData(2026, 1, 6, GermanStates.Bayern, true)]
    [InlineData(2026, 1, 6, GermanStates.Hessen, false)]
    [InlineData(2026, 6, 4, GermanStates.NordrheinWestfalen, true)]
    [InlineData(2026, 6, 4, GermanStates.Berlin, false)]
    [InlineData(2026, 11, 18, GermanStates.Sachsen, true)]
    [InlineData(2027, 11, 17, GermanStates.Sachsen, true)]
    [InlineData(2026, 11, 18, GermanStates.Bayern, false)]
    [InlineData(2026, 10, 31, GermanStates.Niedersachsen, true)]
    [InlineData(2022, 3, 8, GermanStates.MecklenburgVorpommern, false)]
    [InlineData(2023, 3, 8, GermanStates.MecklenburgVorpommern, true)]
    [InlineData(2025, 5, 8, GermanStates.Berlin, true)]
    public void Holidays_OfAState_CountForIt(int year, int month, int day, GermanStates state, bool expected) =>
        Assert.Equal(expected, new MarketCalendar(state).IsHoliday(new LocalDate(year, month, day)));

    [Theory]
    [InlineData(2026, 12, 24, DayType.Saturday)]
    [InlineData(2023, 12, 24, DayType.Sunday)]
    [InlineData(2026, 12, 31, DayType.Saturday)]
    [InlineData(2026, 12, 25, DayType.Sunday)]
    [InlineData(2026, 12, 28, DayType.WorkingDay)]
    [InlineData(2026, 11, 28, DayType.Saturday)]
    public void Days_HaveTheTypeOfTheirProfile(int year, int month, int day, DayType expected) =>
        Assert.Equal(expected, Country.TypeOf(new LocalDate(year, month, day)));

    /// <summary>January 2026: holidays on Thursday the 1st and, in Bayern, on Tuesday the 6th.</summary>
    [Theory]
    [InlineData(GermanStates.None, 13)]
    [InlineData(GermanStates.Bayern, 14)]
    public void Month_ClosesOnTheEighthWorkingDay(GermanStates states, int day) =>
        Assert.Equal(Instant.FromUtc(2026, 1, day, 2, 0), new MarketCalendar(states).CloseOf(new YearMonth(2025, 12)));

    [Fact]
    public void WorkingDays_SkipEves()
    {
        Assert.Equal(new LocalDate(2026, 12, 23), Country.WorkingDay(new YearMonth(2026, 12), 17));
        Assert.Equal(new LocalDate(2026, 12, 28), Country.WorkingDay(new YearMonth(2026, 12), 18));
        Assert.False(Country.IsWorkingDay(new LocalDate(2026, 12, 31)));
    }
}
