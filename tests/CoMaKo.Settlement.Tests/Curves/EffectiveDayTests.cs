using CoMaKo.Settlement.Curves;
using CoMaKo.Settlement.Runs;
using NodaTime;

namespace CoMaKo.Settlement.Tests.Curves;

public sealed class EffectiveDayTests
{
    private static readonly int Day = MarketDay.Number(new LocalDate(2026, 6, 10));

    [Fact]
    public void Slot_TakesTheHighestRankThatHasAValue()
    {
        var day = EffectiveDay.Choose(Day, [
            Curve(CurveSource.Substitute, 1, _ => 6), Curve(CurveSource.Gateway, 1, slot => slot < 50 ? 3 : null), Curve(CurveSource.MeterOperator, 1, slot => slot < 10 ? 2 : null),
            Curve(CurveSource.OperatorDecision, 1, slot => slot == 0 ? 1 : null)]);

        Assert.Equal([1, 2, 3, 6], new[] { 0, 5, 20, 70 }.Select(slot => day.Slots[slot].Curve.Wh));
        Assert.Equal([ValueStatus.Corrected, ValueStatus.Measured, ValueStatus.Measured, ValueStatus.Substituted], new[] { 0, 5, 20, 70 }.Select(slot => day.Status[slot]));
        Assert.Equal((DayState.Final, 1m), (day.State, day.Completeness));
    }

    [Fact]
    public void LateMeasurement_BeatsASubstitute_AndANewerVersionCorrects()
    {
        var first = Curve(CurveSource.Gateway, 1, slot => slot == 7 ? null : 100);
        var substitute = Curve(CurveSource.Substitute, 1, slot => slot == 7 ? 90 : null);
        var late = Curve(CurveSource.Gateway, 2, slot => slot == 8 ? 101 : 100);

        Assert.Equal((90, ValueStatus.Substituted), At(EffectiveDay.Choose(Day, [first, substitute]), 7));
        Assert.Equal((100, ValueStatus.Measured), At(EffectiveDay.Choose(Day, [first, substitute, late]), 7));
        Assert.Equal((101, ValueStatus.Corrected), At(EffectiveDay.Choose(Day, [first, substitute, late]), 8));
    }

    [Theory]
    [InlineData(SlotQuality.Conflict, ValueStatus.Absent)]
    [InlineData(SlotQuality.Fault, ValueStatus.Faulty)]
    public void Conflict_KeepsLowerRanksOut_UntilDecided(SlotQuality quality, ValueStatus expected)
    {
        var disputed = Curve(CurveSource.Gateway, 1, slot => slot == 7 ? null : 100, (slot, _) => slot == 7 ? quality : SlotQuality.Measured);
        var reading = Curve(CurveSource.MemberReading, 1, _ => 50);
        var open = EffectiveDay.Choose(Day, [disputed, reading]);
        Assert.Equal(((int?)null, expected), At(open, 7));
        Assert.Equal((DayState.Open, 0.989m), (open.State, open.Completeness));

        Assert.Equal((55, ValueStatus.Corrected), At(EffectiveDay.Choose(Day, [disputed, reading, Curve(CurveSource.OperatorDecision, 1, slot => slot == 7 ? 55 : null)]), 7));
    }

    [Fact]
    public void Guesses_AreNotBilledBeforeTheyAreConfirmed()
    {
        var zero = Curve(CurveSource.Substitute, 1, _ => 0) with { Method = [.. Enumerable.Repeat(SubstituteMethod.Zero, 96)] };
        Assert.Equal((DayState.Open, 0, ValueStatus.Preliminary), (EffectiveDay.Choose(Day, [zero]).State, EffectiveDay.Choose(Day, [zero]).Billable, At(EffectiveDay.Choose(Day, [zero]), 0).Status));

        var coarse = Curve(CurveSource.Gateway, 1, _ => 1000, (_, _) => SlotQuality.Coarse);
        Assert.Equal(0, EffectiveDay.Choose(Day, [coarse]).Billable);
        Assert.Equal(ValueStatus.Substituted, At(EffectiveDay.Choose(Day, [Curve(CurveSource.MeterOperator, 1, _ => 5) with { Method = [.. Enumerable.Repeat(SubstituteMethod.Delivered, 96)] }]), 3).Status);
        Assert.Equal(ValueStatus.Substituted, At(EffectiveDay.Choose(Day, [Curve(CurveSource.MemberReading, 1, _ => 5)]), 3).Status);
    }

    [Fact]
    public void Hash_ChangesWithWhatIsChosenFrom()
    {
        var one = Curve(CurveSource.Gateway, 1, _ => 5);
        var other = Curve(CurveSource.Substitute, 1, _ => 6);
        string hash = EffectiveDay.Choose(Day, [one, other]).InputHash;

        Assert.Equal(hash, EffectiveDay.Choose(Day, [other, one]).InputHash);
        Assert.NotEqual(hash, EffectiveDay.Choose(Day, [one]).InputHash);
        Assert.NotEqual(hash, EffectiveDay.Choose(Day, [one, other with { Wh = [.. Enumerable.Repeat((int?)7, 96)] }]).InputHash);
    }

    [Fact]
    public void StoredForm_ComesBackThroughTheBuffer()
    {
        var day = EffectiveDay.Choose(Day, [Curve(CurveSource.Gateway, 1, slot => slot == 3 ? null : slot * 1000)]);
        var buffer = new DayBuffer();
        buffer.Begin(MarketDay.Date(Day));
        buffer.Add("ZP1", EnergyDirection.Generation, day.PackWh(), day.PackStatus());

        var series = Assert.Single(buffer.Curves.Series);
        var direct = day.ToSeriesDay("ZP1", EnergyDirection.Generation);
        Assert.Equal(direct.Status.ToArray(), series.Status.ToArray());
        Assert.Equal(ValueStatus.Absent, series.Status.Span[3]);
        Assert.Equal(direct.Wh.ToArray().Where((_, i) => i != 3), series.Wh.ToArray().Where((_, i) => i != 3));
    }

    private static (int? Wh, ValueStatus Status) At(EffectiveDay day, int slot) => (day.Slots[slot].Curve.Wh, day.Status[slot]);

    private static CurveDay Curve(CurveSource source, int version, Func<int, int?> wh, Func<int, int?, SlotQuality>? quality = null)
    {
        int?[] values = [.. Enumerable.Range(0, 96).Select(wh)];
        return new CurveDay(Day, source, version, values, [.. values.Select((value, i) => quality?.Invoke(i, value) ?? (value is null ? SlotQuality.Missing : SlotQuality.Measured))]);
    }
}
