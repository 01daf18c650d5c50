using CoMaKo.Quantities;
using CoMaKo.Settlement.Curves;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Curves;

/// <summary>Points with several registers, and readings of people.</summary>
public sealed class PointCurveTests
{
    [Fact]
    public void Registers_AreAddedAndSubtracted()
    {
        var point = PointCurve.Combine([new(Curve(10, 20, 30)), new(Curve(1, 2, 40), -1), new(Curve(5, 0, 0))]);

        Assert.Equal([14, 18, null], point.Slots.Select(slot => slot.Wh));
        Assert.Equal(SlotQuality.Fault, point.Slots[2].Quality);
    }

    [Fact]
    public void Gap_OfOneRegister_HasTheSumOfAll()
    {
        var whole = Curve(10, 20, 30, 40);
        var holey = new LoadCurve([.. Curve(1, null, null, 4).Slots], [new CurveGap(At(1), At(3), 7, SlotQuality.Missing)]);

        var point = PointCurve.Combine([new(whole), new(holey)]);

        Assert.Equal([11, null, null, 44], point.Slots.Select(slot => slot.Wh));
        Assert.Equal([new CurveGap(At(1), At(3), 57, SlotQuality.Missing)], point.Gaps);
    }

    [Fact]
    public void Gaps_ThatOverlap_HaveNoSum()
    {
        var one = new LoadCurve([.. Curve(1, null, null, 4).Slots], [new CurveGap(At(1), At(3), 7, SlotQuality.Missing)]);
        var beyond = new LoadCurve([.. Curve(1, 2, 3, null).Slots], [new CurveGap(At(3), At(5), 9, SlotQuality.Missing)]);

        Assert.Equal([new CurveGap(At(1), At(4), null, SlotQuality.Missing)], PointCurve.Combine([new(one), new(beyond)]).Gaps);
    }

    /// <summary>A register that does not live yet, or no longer, is not missing; where none lives there is no value.</summary>
    [Fact]
    public void Register_OutsideItsLife_IsNotMissing()
    {
        var point = PointCurve.Combine([new(Curve(10, 4, null, null, null), 1, null, At(2)), new(Curve(null, null, null, 7, 8), 1, At(3))]);
        Assert.Equal([10, 4, null, 7, 8], point.Slots.Select(slot => slot.Wh));
        Assert.Equal([new CurveGap(At(2), At(3), null, SlotQuality.Missing)], point.Gaps);

        var shared = PointCurve.Combine([new(Curve(10, 4, null), 1, null, At(2)), new(Curve(null, 3, 7), 1, At(1))]);
        Assert.Equal([10, 7, 7], shared.Slots.Select(slot => slot.Wh));
        Assert.Empty(shared.Gaps);
    }

    [Fact]
    public void Sums_OfStates_PassOverASwap_AndReportBackwards()
    {
        var at = Instant.FromUtc(2026, 6, 1, 10, 0);
        var (periods, backwards) = ReadingSplit.Sums([
            new(at, 1000), new(at.Plus(Duration.FromDays(1)), 1500), new(at.Plus(Duration.FromDays(2)), 1400), new(at.Plus(Duration.FromDays(3)), 1700),
            new(at.Plus(Duration.FromDays(3)), 20, true), new(at.Plus(Duration.FromDays(4)), 120)]);

        Assert.Equal([500, 200, 100], periods.Select(period => period.Wh));
        Assert.Equal(at.Plus(Duration.FromDays(1)), periods[1].From);
        Assert.Equal([1400], backwards.Select(state => state.Wh));
    }

    [Fact]
    public void Split_GivesBordersTheirShareOfSeconds()
    {
        var from = Instant.FromUtc(2026, 6, 1, 10, 10); // a third of its slot is left
        var slots = ReadingSplit.Split(new PeriodEnergy(from, from + Duration.FromMinutes(35), 700), _ => 1);

        Assert.Equal([100, 300, 300], slots.Select(slot => slot.Wh));
        Assert.Equal(Instant.FromUtc(2026, 6, 1, 10, 0), slots[0].Slot.Start);
    }

    [Fact]
    public void Split_FollowsTheShape_LeftoversInOrderOfTime()
    {
        var from = Instant.FromUtc(2026, 6, 1, 10, 0);
        var period = new PeriodEnergy(from, from + Duration.FromHours(1), 10);

        Assert.Equal([3, 3, 2, 2], ReadingSplit.Split(period, _ => 0).Select(slot => slot.Wh));
        Assert.Equal([0, 10, 0, 0], ReadingSplit.Split(period, slot => slot.Start == from + Duration.FromMinutes(15) ? 3 : 0).Select(slot => slot.Wh));
    }

    private static long At(int slot) => slot * 900L;

    private static LoadCurve Curve(params int?[] wh)
    {
        CurveSlot[] slots = [.. wh.Select((value, i) => new CurveSlot(QuarterHour.StartingAt(At(i)), value, value is null ? SlotQuality.Missing : SlotQuality.Measured))];
        return new LoadCurve(slots, []);
    }
}
