using CoMaKo.Edge.Acquisition;
using NodaTime;

namespace CoMaKo.Edge.Tests.Acquisition;

public sealed class SlotBordersTests
{
    private static readonly Duration Tolerance = AcquisitionOptions.DefaultClockStepTolerance;

    private static RegisterSample Sample(double seconds, decimal wattHours, double? monotonic = null, bool restarted = false) =>
        new(Readings.At(seconds), Duration.FromSeconds(monotonic ?? seconds), wattHours, wattHours, 0.1m, false, false, restarted);

    [Fact]
    public void Between_TwoSamplesAroundABorder_IsLinearInTimeWithTheNearerOffset()
    {
        var border = SlotBorders.Between(Sample(897, 1000m), Sample(901, 1008m), Tolerance);
        Assert.Equal(new BorderValue(Readings.Start.ToUnixTimeSeconds() + 900, 1006m, 1000), border);
    }

    [Fact]
    public void Between_SampleExactlyOnTheBorder_IsThatSample()
    {
        var border = SlotBorders.Between(Sample(899, 1000m), Sample(900, 1000.7m), Tolerance);
        Assert.Equal((1000.7m, 0), (border!.Value.WattHours, border.Value.OffsetMilliseconds));
        Assert.Null(SlotBorders.Between(Sample(900, 1000.7m), Sample(901, 1001m), Tolerance));
    }

    [Theory]
    [InlineData(850, 910, 60, true)]
    [InlineData(850, 910.001, 60.001, false)] // a gap
    [InlineData(890, 910, 19.6, true)] // a slewed clock
    [InlineData(890, 910, 19.4, false)] // a stepped clock
    [InlineData(890, 910, 20.6, false)]
    [InlineData(890, 4000, 1, false)]
    public void Between_GapOrClockStep_HasNoValue(double before, double after, double monotonicSpan, bool expected) =>
        Assert.Equal(expected, SlotBorders.Between(Sample(before, 1000m, 0), Sample(after, 1010m, monotonicSpan), Tolerance) is not null);

    [Fact]
    public void Between_MeterRestartOrNoBorder_HasNoValue()
    {
        Assert.Null(SlotBorders.Between(Sample(899, 1000m), Sample(901, 1001m, restarted: true), Tolerance));
        Assert.Null(SlotBorders.Between(Sample(897, 1000m), Sample(899, 1001m), Tolerance));
    }
}
