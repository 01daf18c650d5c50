using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Curves;

/// <summary>Market days against the zone itself.</summary>
public sealed class MarketDayTests
{
    /// <summary>Both sides of each midnight, and each hour of the days on which the clock changes.</summary>
    [Fact]
    public void Containing_AnyInstant_IsTheZonesDay()
    {
        foreach (int year in (int[])[1972, 1980, 1981, 2000, 2015, 2026, 2027, 2199])
            for (var day = new LocalDate(year, 1, 1); day.Year == year; day = day.PlusDays(1))
            {
                long midnight = MarketDay.Zone.AtStartOfDay(day).ToInstant().ToUnixTimeSeconds();
                foreach (long at in (long[])[midnight - 1, midnight, midnight + 3600, midnight + 7200, midnight + 79_199, midnight + 82_800])
                    Assert.Equal(Period.DaysBetween(new LocalDate(1970, 1, 1), Instant.FromUnixTimeSeconds(at).InZone(MarketDay.Zone).Date), MarketDay.Containing(at));
            }
    }
}
