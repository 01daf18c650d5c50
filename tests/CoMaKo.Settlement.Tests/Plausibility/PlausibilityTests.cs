using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Plausibility;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Plausibility;

/// <summary>Each rule at its limit: the last value that passes and the first that does not.</summary>
public sealed class PlausibilityTests
{
    private static readonly QuarterHour Start = QuarterHour.Containing(Instant.FromUtc(2026, 6, 10, 10, 0));

    [Fact]
    public void P01_Gaps_AreRunsWithTheirLength()
    {
        var findings = CurveRules.Gaps(Slots(1, null, null, 2, null)).ToList();

        Assert.Equal([(1, 2m), (4, 1m)], findings.Select(each => (Index(each), each.Value)));
        Assert.All(findings, each => Assert.Equal(("P01", "CMH-3101", FindingClass.Error), (each.RuleId, each.Code, each.Class)));
        Assert.Empty(CurveRules.Gaps(Slots(0, 0)));
    }

    [Fact]
    public void P02_Overlap_AndP03_Duplicate_AreToldApart()
    {
        var (a, b, c) = (At(0), At(1), At(2));
        Assert.Empty(IntakeRules.Overlaps([new(a, b, 5), new(b, c, 6), new(a, b, 5)]));

        var duplicate = Assert.Single(IntakeRules.Overlaps([new(b, c, 6), new(a, b, 5), new(b, c, 7)]));
        Assert.Equal(("P03", 1, 7m, 6m), (duplicate.RuleId, Index(duplicate), duplicate.Value, duplicate.Limit));

        var overlap = Assert.Single(IntakeRules.Overlaps([new(a, b + Duration.FromSeconds(60), 5), new(b, c, 7)]));
        Assert.Equal(("P02", 1, 60m), (overlap.RuleId, Index(overlap), overlap.Value));
    }

    [Fact]
    public void P04_Negative_IsAnError() => Assert.Equal(("P04", -1m, 1), Only(CurveRules.Negatives(Slots(0, -1, 5))));

    [Fact]
    public void P05_Connection_Of63Amperes_Lets10868WhThrough()
    {
        Assert.Equal(10_868, CurveRules.ConnectionLimit(63));
        Assert.Equal(("P05", 10_869m, 1), Only(CurveRules.BeyondConnection(Slots(10_868, 10_869), CurveRules.ConnectionLimit(63))));
    }

    [Fact]
    public void P06_Generation_AtNight_IsSeen_ButNotAtDusk()
    {
        CheckedSlot[] slots = [.. MarketDay.Slots(MarketDay.Number(new LocalDate(2026, 12, 10))).Select(slot => new CheckedSlot(slot, 6))];
        var findings = CurveRules.GenerationAtNight(slots, 52.5, 13.4).ToList();

        // Berlin, 10 December: sunrise 8:03, sunset 15:53; the sun is above −6° from about 7:22 to 16:33.
        Assert.Equal(new LocalTime(7, 0), findings.Where(each => Local(each).Hour < 12).Max(Local));
        Assert.Equal(new LocalTime(16, 45), findings.Where(each => Local(each).Hour > 12).Min(Local));
        Assert.Empty(CurveRules.GenerationAtNight([.. slots.Select(slot => slot with { Wh = 5 })], 52.5, 13.4));

        static LocalTime Local(PlausibilityFinding finding) => finding.Slot.Start.InZone(MarketDay.Zone).TimeOfDay;
    }

    /// <summary>Values 100 to 127: median 113.5, median deviation 7, limit 113.5 + 5.9304 × 7 = 155.0128.</summary>
    [Theory]
    [InlineData(155, false)]
    [InlineData(156, true)]
    [InlineData(72, false)]
    [InlineData(71, true)]
    public void P07_Outlier_IsFarFromTheMedian(long wh, bool expected)
    {
        var finding = CurveRules.Outlier(new CheckedSlot(Start, wh), [.. Enumerable.Range(100, 28).Select(i => (long)i)]);

        Assert.Equal(expected, finding is not null);
        if (finding is not null) Assert.Equal(wh > 113 ? 155.0128m : 71.9872m, finding.Limit);
    }

    [Fact]
    public void P07_Outlier_HasAFloor_AndNeedsHistory()
    {
        long[] flat = [.. Enumerable.Repeat(50L, 28)];
        Assert.Null(CurveRules.Outlier(new CheckedSlot(Start, 79), flat)); // 5.9304 × 5 Wh = 29.652
        Assert.NotNull(CurveRules.Outlier(new CheckedSlot(Start, 80), flat));
        Assert.Null(CurveRules.Outlier(new CheckedSlot(Start, 800), flat[..6]));
        Assert.Null(CurveRules.Outlier(new CheckedSlot(Start, null), flat));
    }

    [Fact]
    public void P08_Zeros_OfMoreThanADay_AreSeen()
    {
        Assert.Empty(CurveRules.ZeroRuns(Slots([.. Enumerable.Repeat((long?)0, 96)])));
        Assert.Equal(("P08", 97m, 0), Only(CurveRules.ZeroRuns(Slots([.. Enumerable.Repeat((long?)0, 97)]))));
        Assert.Empty(CurveRules.ZeroRuns(Slots([.. Enumerable.Repeat((long?)0, 50), null, .. Enumerable.Repeat((long?)0, 50)])));
    }

    [Theory]
    [InlineData(2026, 10, 25, 96, 100)]
    [InlineData(2027, 3, 28, 96, 92)]
    [InlineData(2026, 10, 25, 100, null)]
    [InlineData(2027, 3, 28, 92, null)]
    [InlineData(2026, 10, 24, 96, null)]
    public void P09_ChangeDay_With96Values_LostOrInventedAnHour(int year, int month, int day, int count, int? limit) =>
        Assert.Equal(limit, IntakeRules.ChangeDayCount(new LocalDate(year, month, day), count)?.Limit);

    [Fact]
    public void P10_Future_IsAfterArrival_OrAfterTheDocument()
    {
        var period = new DeliveredEnergy(At(0), At(1), 5);
        Assert.Null(IntakeRules.Future(period, At(1)));
        Assert.Equal(1m, IntakeRules.Future(period, At(1) - Duration.FromSeconds(1))!.Value);
        Assert.Equal(("P10", 900m), (IntakeRules.Future(period, At(5), At(0))!.RuleId, IntakeRules.Future(period, At(5), At(0))!.Value));
    }

    [Theory]
    [InlineData(1000, 1000, null, false)]
    [InlineData(1000, 999, null, true)]
    [InlineData(999_990_000, 800, 1_000_000_000L, false)] // 10 800 Wh in one quarter hour
    [InlineData(999_990_000, 869, 1_000_000_000L, true)]
    public void P11_Backwards_UnlessItRolledOver(long last, long next, long? capacity, bool expected) =>
        Assert.Equal(expected, RegisterRules.Backwards(Start, last, next, capacity, 1, 10_868) is not null);

    [Fact]
    public void P12_Sums_MayDifferByAWattHourEach_OrAThousandth()
    {
        Assert.Null(RegisterRules.SumDiffers(Start, [10, 10, 10], 33));
        Assert.Equal(("P12", 4m, 3m), (RegisterRules.SumDiffers(Start, [10, 10, 10], 34)!.RuleId, RegisterRules.SumDiffers(Start, [10, 10, 10], 34)!.Value, RegisterRules.SumDiffers(Start, [10, 10, 10], 34)!.Limit));
        Assert.Null(RegisterRules.SumDiffers(Start, [100_000], 100_100));
        Assert.NotNull(RegisterRules.SumDiffers(Start, [100_000], 100_101));
    }

    [Fact]
    public void P13_Building_MayLoseTwoPercent()
    {
        Assert.Null(RegisterRules.BuildingBalance(Start, 100_000, 97_000, 1_000));
        Assert.Equal(("P13", 2_001m, 2_000m), (RegisterRules.BuildingBalance(Start, 100_000, 96_999, 1_000)!.RuleId, RegisterRules.BuildingBalance(Start, 100_000, 96_999, 1_000)!.Value, RegisterRules.BuildingBalance(Start, 100_000, 96_999, 1_000)!.Limit));
    }

    [Fact]
    public void P14_Community_NeverAllocatesMoreThanThereIs()
    {
        Assert.Null(RegisterRules.CommunityBalance(Start, [5, 5], [5, 6], 10));
        Assert.Equal("P14", RegisterRules.CommunityBalance(Start, [6, 4], [5, 6], 10)!.RuleId);
        Assert.Equal((11m, 10m), (RegisterRules.CommunityBalance(Start, [5, 6], [5, 6], 10)!.Value, RegisterRules.CommunityBalance(Start, [5, 6], [5, 6], 10)!.Limit));
    }

    [Fact]
    public void P15_Constant_OfEightSlots_IsSeen()
    {
        Assert.Empty(CurveRules.Constants(Slots(7, 7, 7, 7, 7, 7, 7, 8, 7)));
        Assert.Equal(("P15", 8m, 1), Only(CurveRules.Constants(Slots(6, 7, 7, 7, 7, 7, 7, 7, 7, 8))));
        Assert.Empty(CurveRules.Constants(Slots([.. Enumerable.Repeat((long?)0, 20)])));
    }

    private static (string, decimal, int) Only(IEnumerable<PlausibilityFinding> findings)
    {
        var finding = Assert.Single(findings);
        return (finding.RuleId, finding.Value, Index(finding));
    }

    private static int Index(PlausibilityFinding finding) => (int)((finding.Slot.StartUnixSeconds - Start.StartUnixSeconds) / 900);

    private static Instant At(int slot) => Start.Start + Duration.FromMinutes(15 * slot);

    private static CheckedSlot[] Slots(params long?[] wh) => [.. wh.Select((value, i) => new CheckedSlot(QuarterHour.Containing(At(i)), value))];
}
