using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Curves;

public sealed class SubstituteRulesTests
{
    private static readonly MarketCalendar Calendar = new(GermanStates.None);

    [Fact]
    public void ShortGap_BetweenNeighbours_IsAStraightLine()
    {
        var filled = SubstituteRules.Fill(Gap(new(2026, 6, 10), 40, 3) with { Before = 100, After = 200 });

        Assert.Equal([125, 150, 175], filled.Wh);
        Assert.Equal((SubstituteMethod.Interpolation, false, "Z92", false), (filled.Method, filled.IsSumExact, filled.MarketCode, filled.NeedsConfirmation));
    }

    /// <summary>0.75, 0.5, 0.25: rounded by themselves 1, 1, 0; with the error carried 1, 0, 1 (half away from zero).</summary>
    [Theory]
    [InlineData(1, 0, "1 0 1")]
    [InlineData(0, 1, "0 1 1")]
    [InlineData(0, 0, "0 0 0")]
    [InlineData(10, 11, "10 11 11")]
    public void Interpolation_CarriesItsRounding(long before, long after, string expected) =>
        Assert.Equal(expected, string.Join(' ', SubstituteRules.Fill(Gap(new(2026, 6, 10), 40, 3) with { Before = before, After = after }).Wh));

    [Fact]
    public void KnownSum_IsKeptToTheWattHour()
    {
        var filled = SubstituteRules.Fill(Gap(new(2026, 6, 10), 40, 3) with { Before = 100, After = 200, SumWh = 1000 });

        Assert.Equal([278, 333, 389], filled.Wh); // 277.8, 333.3, 388.9
        Assert.True(filled.IsSumExact);
    }

    [Fact]
    public void LongGap_TakesTheWeekBefore_ElseTheLatestDayOfTheType()
    {
        var day = new LocalDate(2026, 6, 17); // Wednesday
        var history = History((date, slot) => date == day.PlusDays(-7) ? 700 + slot : date == day.PlusDays(-1) ? 100 + slot : null);
        Assert.Equal([740, 741, 742, 743], SubstituteRules.Fill(Gap(day, 40, 4) with { History = history }).Wh);

        var holey = History((date, slot) => Period.DaysBetween(date, day) switch
        {
            7 => slot == 3 ? null : 700 + slot, // one slot is missing
            2 => 200 + slot,
            1 => slot < 90 ? 1 : null,
            _ => null,
        });
        var filled = SubstituteRules.Fill(Gap(day, 40, 4) with { History = holey });
        Assert.Equal([240, 241, 242, 243], filled.Wh);
        Assert.Equal((SubstituteMethod.ComparisonDay, "ZJ2"), (filled.Method, filled.MarketCode));
        Assert.Contains("2026-06-15 for 2026-06-17", filled.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ComparisonDay_OfAHoliday_IsASunday()
    {
        var monday = new LocalDate(2026, 5, 25); // Whit Monday
        var filled = SubstituteRules.Fill(Gap(monday, 0, 5) with { History = History((date, _) => date.DayOfWeek == IsoDayOfWeek.Sunday ? date.Day : 1000) });

        Assert.Equal([24, 24, 24, 24, 24], filled.Wh);
    }

    /// <summary>02:00 to 03:00 comes twice on 25 October 2026: both take the same hour of the Sunday before.</summary>
    [Fact]
    public void RepeatedHour_UsesTheSameSourceTwice()
    {
        var filled = SubstituteRules.Fill(Gap(new(2026, 10, 25), 0, 100) with { History = History((date, slot) => date == new LocalDate(2026, 10, 18) ? slot : null) });

        Assert.Equal([.. Range(0, 12), .. Range(8, 96)], filled.Wh);
    }

    /// <summary>A source day on which the hour came twice: its first counts.</summary>
    [Fact]
    public void RepeatedHour_OfTheSource_IsTheFirst()
    {
        var filled = SubstituteRules.Fill(Gap(new(2026, 11, 1), 7, 6) with { History = History((date, slot) => date == new LocalDate(2026, 10, 25) ? slot : null) });

        Assert.Equal([7, 8, 9, 10, 11, 16], filled.Wh);
    }

    /// <summary>The lost hour of 28 March 2027 is not in its Sunday before, and not asked for.</summary>
    [Fact]
    public void LostHour_IsLeftOut()
    {
        var filled = SubstituteRules.Fill(Gap(new(2027, 3, 28), 0, 92) with { History = History((date, slot) => date == new LocalDate(2027, 3, 21) ? slot : null) });

        Assert.Equal([.. Range(0, 8), .. Range(12, 96)], filled.Wh);
    }

    [Theory]
    [InlineData(8, "800 800 800 800")] // 02:00 to 03:00: the change day a week before lacks it
    [InlineData(40, "700 700 700 700")]
    public void ComparisonDay_ThatLacksTheHour_IsPassedOver(int slot, string expected)
    {
        var sunday = new LocalDate(2027, 4, 4);
        var history = History((date, _) => date == new LocalDate(2027, 3, 28) ? 700 : date == new LocalDate(2027, 3, 21) ? 800 : null);

        Assert.Equal(expected, string.Join(' ', SubstituteRules.Fill(Gap(sunday, slot, 4) with { History = history }).Wh));
    }

    [Fact]
    public void Generation_IsNeverAPastDay()
    {
        var gap = Gap(new(2026, 6, 17), 40, 4) with { Direction = EnergyDirection.Generation, History = History((_, _) => 500) };
        Assert.Equal(SubstituteMethod.Zero, SubstituteRules.Fill(gap).Method);

        var sister = SubstituteRules.Fill(gap with { SisterPlant = (_ => 101, 10_000), OwnPeakWatts = 5_000 });
        Assert.Equal([51, 50, 51, 50], sister.Wh); // 50.5 each
        Assert.Equal(SubstituteMethod.Profile, sister.Method);

        Assert.Equal([7, 7, 7, 7], SubstituteRules.Fill(gap with { WeatherModel = _ => 7 }).Wh);
    }

    [Fact]
    public void ComparisonMeter_ComesFirst()
    {
        var gap = Gap(new(2026, 6, 10), 40, 2) with { Before = 1, After = 1, ComparisonMeter = slot => slot.StartUnixSeconds / 900 % 10 };
        var filled = SubstituteRules.Fill(gap with { IsComparisonCalibrated = true });

        Assert.Equal((SubstituteMethod.ComparisonMeter, "Z88"), (filled.Method, filled.MarketCode));
        Assert.Equal("Z89", SubstituteRules.Fill(gap).MarketCode);
    }

    [Fact]
    public void NothingKnown_IsZeroToConfirm_AndASumAloneIsSplitEvenly()
    {
        var nothing = SubstituteRules.Fill(Gap(new(2026, 6, 10), 40, 5));
        Assert.Equal([0, 0, 0, 0, 0], nothing.Wh);
        Assert.Equal((SubstituteMethod.Zero, true), (nothing.Method, nothing.NeedsConfirmation));

        var even = SubstituteRules.Fill(Gap(new(2026, 6, 10), 40, 5) with { SumWh = 12 });
        Assert.Equal([3, 3, 2, 2, 2], even.Wh);
        Assert.Equal((SubstituteMethod.RegisterSum, true, true), (even.Method, even.IsSumExact, even.NeedsConfirmation));
    }

    [Fact]
    public void Shape_ThatIsFlatZero_DoesNotCarryASum()
    {
        var filled = SubstituteRules.Fill(Gap(new(2026, 6, 10), 40, 2) with { Before = 0, After = 0, SumWh = 10 });

        Assert.Equal([5, 5], filled.Wh);
        Assert.Equal(SubstituteMethod.RegisterSum, filled.Method);
    }

    private static SubstituteInput Gap(LocalDate day, int first, int count)
    {
        var slots = MarketDay.Slots(MarketDay.Number(day));
        return new SubstituteInput(slots[first], slots[first + count - 1].Next, EnergyDirection.Consumption, Calendar);
    }

    /// <summary>Values by Berlin day and number of the slot in it.</summary>
    private static Func<QuarterHour, long?> History(Func<LocalDate, int, long?> values) => slot =>
    {
        int day = MarketDay.Containing(slot.StartUnixSeconds);
        return values(MarketDay.Date(day), (int)((slot.StartUnixSeconds - MarketDay.Slots(day)[0].StartUnixSeconds) / 900));
    };

    private static IEnumerable<long> Range(int from, int to) => Enumerable.Range(from, to - from).Select(i => (long)i);
}
