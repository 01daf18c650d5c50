using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;

namespace CoMaKo.Settlement.Tests.Curves;

/// <summary>Borders of segments, gaps and conflicts as the sync protocol states them. Times are slots from 1 000 × 900 s on.</summary>
public sealed class CurveDerivationTests
{
    private const long Start = 900_000;

    [Fact]
    public void Totals_Consecutive_GiveTheirDifferences()
    {
        var curve = Derive(0, 3, [Segment(1, 0, 50)], [Total(0, 1, 100), Total(1, 1, 130), Total(2, 1, 130), Total(3, 1, 1000)]);

        Assert.Equal([30, 0, 870], curve.Slots.Select(slot => slot.Wh));
        Assert.Empty(curve.Gaps);
    }

    [Fact]
    public void Slot_TakesTheWorseQualityOfItsBorders()
    {
        var curve = Derive(0, 2, [Segment(1, 0, 50)], [Total(0, 1, 1), Total(1, 1, 2, Quality.Derived), Total(2, 1, 3, Quality.InterpolatedInStep)]);

        Assert.Equal([SlotQuality.Derived, SlotQuality.Derived], curve.Slots.Select(slot => slot.Quality));
    }

    [Fact]
    public void MissingTotals_AreAGapWithItsSum()
    {
        var curve = Derive(0, 5, [Segment(1, 0, 50)], [Total(0, 1, 100), Total(1, 1, 110), Total(4, 1, 200), Total(5, 1, 205)]);

        Assert.Equal([10, null, null, null, 5], curve.Slots.Select(slot => slot.Wh));
        Assert.Equal([new CurveGap(At(1), At(4), 90, SlotQuality.Missing)], curve.Gaps);
    }

    [Fact]
    public void MissingTotals_AtTheEnd_AreAGapWithoutSum()
    {
        var curve = Derive(0, 3, [Segment(1, 0, 50)], [Total(0, 1, 100), Total(1, 1, 110)]);

        Assert.Equal([new CurveGap(At(1), At(3), null, SlotQuality.Missing)], curve.Gaps);
    }

    [Theory]
    [InlineData(130, 30)] // the meter went on while the service started
    [InlineData(95, 0)] // one step of 10 Wh below: read more coarsely, no energy
    public void Resumed_GoesOnFromTheLastTotal(long first, int expected)
    {
        var curve = Derive(0, 1, [Segment(1, 0, 50, step: 10, last: 100), Segment(2, 0, first, SegmentReason.Resumed, step: 10)], [Total(0, 1, 100), Total(1, 2, first)]);

        Assert.Equal([expected], curve.Slots.Select(slot => slot.Wh));
    }

    [Fact]
    public void Resumed_OneStepBelow_CountsFromTheRunningMaximum()
    {
        var curve = Derive(
            0, 3, [Segment(1, 0, 50, step: 10, last: 100), Segment(2, 0, 95, SegmentReason.Resumed, step: 10)],
            [Total(0, 1, 100), Total(1, 2, 95), Total(2, 2, 98), Total(3, 2, 140)]);

        Assert.Equal([0, 0, 40], curve.Slots.Select(slot => slot.Wh));
    }

    [Fact]
    public void Resumed_OneStepBelowBeforeTheWindow_StillCountsFromTheRunningMaximum()
    {
        var curve = Derive(
            2, 3, [Segment(1, 0, 50, step: 10, last: 100), Segment(2, 0, 95, SegmentReason.Resumed, step: 10)],
            [Total(2, 2, 98), Total(3, 2, 140)]);

        Assert.Equal([40], curve.Slots.Select(slot => slot.Wh));
    }

    [Fact]
    public void Resumed_FarBelow_IsAFaultAndNeverNegative()
    {
        var curve = Derive(
            0, 2, [Segment(1, 0, 50, step: 10, last: 100), Segment(2, 0, 40, SegmentReason.Resumed, step: 10)],
            [Total(0, 1, 100), Total(1, 2, 40), Total(2, 2, 60)]);

        Assert.Equal([null, 20], curve.Slots.Select(slot => slot.Wh));
        Assert.Equal(SlotQuality.Fault, curve.Slots[0].Quality);
    }

    [Theory]
    [InlineData(2_000_000, 10_000)] // another CT factor
    [InlineData(1_000_000, 20_000)] // another resolution
    public void Resumed_WithOtherSettings_IsNotBridged(long ctFactorMicro, long resolution)
    {
        var next = Segment(2, 0, 130, SegmentReason.Resumed, step: 10) with { CtFactorMicro = ctFactorMicro, ResolutionMilliwattHours = resolution };
        var curve = Derive(0, 1, [Segment(1, 0, 50, step: 10, last: 100), next], [Total(0, 1, 100), Total(1, 2, 130)]);

        Assert.Equal([null], curve.Slots.Select(slot => slot.Wh));
        Assert.Equal(SlotQuality.Fault, curve.Slots[0].Quality);
    }

    [Theory]
    [InlineData(SegmentReason.RolledOver, 999_999, 0, 7, 999_900, 106)]
    [InlineData(SegmentReason.Reset, 1_010, 3, 8, 1_000, 15)]
    [InlineData(SegmentReason.SettingsChanged, 1_010, 5_050, 5_060, 1_000, 20)]
    public void OtherBorders_CountToTheClosingAndFromTheOpening(SegmentReason reason, long closing, long opening, long first, long last, int expected)
    {
        var curve = Derive(
            0, 1, [Segment(1, 0, 50, closed: 0.5, closing: closing, last: last), Segment(2, 0.5, opening, reason)], [Total(0, 1, last), Total(1, 2, first)]);

        Assert.Equal([expected], curve.Slots.Select(slot => slot.Wh));
    }

    [Fact]
    public void OtherBorders_WithoutAnEnd_AreNotKnown()
    {
        var curve = Derive(0, 1, [Segment(1, 0, 50, last: 100), Segment(2, 0.5, 3, SegmentReason.Reset)], [Total(0, 1, 100), Total(1, 2, 8)]);

        Assert.Null(curve.Slots[0].Wh);
    }

    [Fact]
    public void SegmentsWithoutTotals_BetweenTwoTotals_AreWalkedThrough()
    {
        var curve = Derive(
            0, 1,
            [Segment(1, 0, 50, closed: 0.2, closing: 104, last: 100), Segment(2, 0.3, 0, SegmentReason.Reset), Segment(3, 0.4, 2, SegmentReason.Resumed), Segment(4, 0.5, 3, SegmentReason.Resumed)],
            [Total(0, 1, 100), Total(1, 4, 9)]);

        Assert.Equal([13], curve.Slots.Select(slot => slot.Wh)); // 4 to the closing, then 9 from the reset on
    }

    [Fact]
    public void MeterSwap_OldAndNewRegister_ShareTheSlotExactly()
    {
        var old = Derive(0, 2, [Segment(1, -9, 0, closed: 0.6, closing: 108, last: 100)], [Total(0, 1, 100)]);
        var next = Derive(0, 2, [Segment(2, 0.7, 20, SegmentReason.MeterSwapped)], [Total(1, 2, 27), Total(2, 2, 30)]);

        Assert.Equal([8, null], old.Slots.Select(slot => slot.Wh));
        Assert.Equal([7, 3], next.Slots.Select(slot => slot.Wh));
    }

    /// <summary>40 to the end of the first run, 30 of the second, 7 of the third: all borders lie between two totals.</summary>
    [Fact]
    public void SeveralSegments_BetweenTwoTotals_AddUp()
    {
        var curve = Derive(
            0, 4, [Segment(1, -9, 0, closed: 1.2, closing: 140, last: 100), Segment(2, 1.3, 20, SegmentReason.Reset, closed: 2.5, closing: 50), Segment(3, 2.6, 3, SegmentReason.Reset)],
            [Total(0, 1, 100), Total(4, 3, 10)]);

        Assert.Equal([new CurveGap(At(0), At(4), 77, SlotQuality.Missing)], curve.Gaps);
    }

    [Fact]
    public void FirstSegment_ThatOnlyResumed_DoesNotClaimTheSlotOfItsOpening()
    {
        var curve = Derive(0, 1, [Segment(1, 0.5, 20, SegmentReason.Resumed)], [Total(1, 1, 27)]);

        Assert.Null(curve.Slots[0].Wh);
    }

    [Fact]
    public void UnknownSegment_Waits()
    {
        var curve = Derive(0, 1, [], [Total(0, 1, 100), Total(1, 1, 130)]);

        Assert.Equal([new CurveSlot(QuarterHour.StartingAt(At(0)), null, SlotQuality.Missing)], curve.Slots);
    }

    [Fact]
    public void DisputedTotal_TakesBothSlotsBesideItAndKeepsTheSum()
    {
        var curve = Derive(0, 4, [Segment(1, 0, 50)], [Total(0, 1, 100), Total(1, 1, 110), Total(2, 1, 120, disputed: true), Total(3, 1, 130), Total(4, 1, 140)]);

        Assert.Equal([10, null, null, 10], curve.Slots.Select(slot => slot.Wh));
        Assert.Equal([SlotQuality.Measured, SlotQuality.Conflict, SlotQuality.Conflict, SlotQuality.Measured], curve.Slots.Select(slot => slot.Quality));
        Assert.Equal([new CurveGap(At(1), At(3), 20, SlotQuality.Conflict)], curve.Gaps);
    }

    [Fact]
    public void DisputedBorder_IsNotKnown()
    {
        var curve = Derive(
            0, 1, [Segment(1, 0, 50, closed: 0.5, closing: 104, last: 100) with { IsDisputed = true }, Segment(2, 0.5, 0, SegmentReason.Reset)],
            [Total(0, 1, 100), Total(1, 2, 9)]);

        Assert.Null(curve.Slots[0].Wh);
    }

    /// <summary>Against a truth that is known: whatever is missing, values and sums of gaps together are what the meter counted.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void ValuesAndGaps_OverRestartsAndLosses_SumToTheTruth(int seed)
    {
        for (int round = 0; round < 200; round++)
        {
            var random = new Random(seed * 1000 + round);
            var segments = new List<CurveSegment> { Segment(1, 0, 0, SegmentReason.Resumed) };
            var totals = new List<CurveTotal> { Total(0, 1, 0) };
            long truth = 0;
            for (int slot = 1; slot <= 40; slot++)
            {
                truth += random.Next(0, 50);
                if (random.Next(10) == 0)
                {
                    segments[^1] = segments[^1] with { LastWh = totals.FindLast(total => total.Segment == segments[^1].Segment) is { Segment: > 0 } last ? last.Wh : null };
                    segments.Add(Segment(segments.Count + 1, slot - 0.5, truth, SegmentReason.Resumed));
                }

                if (slot == 40 || random.Next(4) > 0) totals.Add(Total(slot, segments[^1].Segment, truth));
            }

            var curve = Derive(0, 40, segments, totals);

            Assert.Equal(truth, curve.Slots.Sum(slot => (long)(slot.Wh ?? 0)) + curve.Gaps.Sum(gap => gap.Wh!.Value));
            Assert.All(curve.Slots, slot => Assert.True(slot.Wh is null or >= 0));
        }
    }

    private static long At(double slot) => Start + (long)(slot * 900);

    private static LoadCurve Derive(int from, int to, IReadOnlyList<CurveSegment> segments, IReadOnlyList<CurveTotal> totals) =>
        CurveDerivation.Derive(segments, totals, At(from), At(to));

    private static CurveTotal Total(int end, long segment, long wh, Quality quality = Quality.Measured, bool disputed = false) => new(At(end), segment, wh, quality, disputed);

    private static CurveSegment Segment(
        long id, double opened, long opening, SegmentReason reason = SegmentReason.Commissioned, double? closed = null, long? closing = null, long step = 1, long? last = null) =>
        new(id, At(opened) * 1_000_000, opening, reason, closed is { } end ? At(end) * 1_000_000 : null, closing, 1_000_000, step * 1000, false, last);
}
