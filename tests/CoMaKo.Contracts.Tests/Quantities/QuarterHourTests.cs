using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Contracts.Tests.Quantities;

public sealed class QuarterHourTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];

    [Fact]
    public void OfDay_AllChangeDays2020To2035_Have92Or100Slots()
    {
        for (int year = 2020; year <= 2035; year++)
        {
            Assert.Equal(92, QuarterHour.OfDay(LastSunday(year, 3), Berlin).Count);
            Assert.Equal(100, QuarterHour.OfDay(LastSunday(year, 10), Berlin).Count);
            Assert.Equal(96, QuarterHour.OfDay(LastSunday(year, 3).PlusDays(1), Berlin).Count);
        }
    }

    [Fact]
    public void OfDay_Year_JoinsWithoutGapOrOverlap()
    {
        var previous = QuarterHour.OfDay(new LocalDate(2023, 12, 31), Berlin)[^1];
        for (var day = new LocalDate(2024, 1, 1); day.Year == 2024; day = day.PlusDays(1))
        {
            foreach (var slot in QuarterHour.OfDay(day, Berlin))
            {
                Assert.Equal(previous.Next, slot);
                previous = slot;
            }
        }

        Assert.Equal(Instant.FromUtc(2024, 12, 31, 23, 0), previous.End);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(899, 0)]
    [InlineData(900, 900)]
    [InlineData(-1, -900)]
    [InlineData(-900, -900)]
    public void Containing_Instant_GivesStart(long unix, long start) =>
        Assert.Equal(start, QuarterHour.Containing(Instant.FromUnixTimeSeconds(unix)).StartUnixSeconds);

    [Fact]
    public void Containing_LastNanosecond_StaysInSlot() =>
        Assert.Equal(0, QuarterHour.Containing(Instant.FromUnixTimeSeconds(900) - Duration.Epsilon).StartUnixSeconds);

    [Fact]
    public void StartingAt_OffTheGrid_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => QuarterHour.StartingAt(901));

    private static LocalDate LastSunday(int year, int month)
    {
        var last = new LocalDate(year, month, 31);
        while (last.DayOfWeek != IsoDayOfWeek.Sunday) last = last.PlusDays(-1);
        return last;
    }
}
