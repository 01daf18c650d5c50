using CoMaKo.Edge.Acquisition;

namespace CoMaKo.Edge.Tests.Acquisition;

public sealed class CounterStepTests
{
    private static readonly DeviceSettings TenKilowatts = new(RatedPowerWatts: 10_000m);

    [Theory]
    [InlineData(1000, 1011, CounterChange.Plausible)] // 10 kW × 3.6 s × 1.1
    [InlineData(1000, 1012, CounterChange.Plausible)] // plus one step of 1 Wh
    [InlineData(1000, 1012.1, CounterChange.Implausible)]
    [InlineData(1000, 999, CounterChange.Plausible)] // back by one step: jitter
    [InlineData(1000, 998.9, CounterChange.Implausible)]
    [InlineData(9_999_995, 5, CounterChange.RolledOver)] // 9 999.999 kWh
    [InlineData(9_999_995, 8, CounterChange.Implausible)]
    [InlineData(99_999_999, 1, CounterChange.RolledOver)]
    public void Judge_AfterThreePointSixSeconds_KnowsWhatTheConnectionAllows(double last, double value, CounterChange expected) =>
        Assert.Equal(expected, CounterStep.Judge((decimal)last, 1m, (decimal)value, 1m, false, 0.001m, TenKilowatts).Change);

    [Fact]
    public void Judge_BinaryCounter_RollsOverAtTwoToThe32Steps()
    {
        var verdict = CounterStep.Judge(429_496_729m, 0.1m, 2m, 0.1m, false, 0.001m, TenKilowatts);
        Assert.Equal(new CounterVerdict(CounterChange.RolledOver, 429_496_729.6m), verdict);
        Assert.Equal(CounterChange.Implausible, CounterStep.Judge(429_496_729m, 0.1m, 2m, 0.1m, true, 0.001m, TenKilowatts).Change);
    }

    [Fact]
    public void Judge_TransformerMeter_RollsOverAtItsDisplayTimesTheRatio()
    {
        var settings = TenKilowatts with { CtFactorMicro = 40_000_000 };
        Assert.Equal(new CounterVerdict(CounterChange.RolledOver, 400_000_000m), CounterStep.Judge(399_999_996m, 4m, 4m, 4m, false, 0.001m, settings));
    }

    [Fact]
    public void Judge_ConfiguredCapacity_IsTheOnlyOne()
    {
        var settings = TenKilowatts with { CapacityWattHours = 6_553_600m };
        Assert.Equal(new CounterVerdict(CounterChange.RolledOver, 6_553_600m), CounterStep.Judge(6_553_599m, 1m, 1m, 1m, false, 0.001m, settings));
        Assert.Equal(CounterChange.Implausible, CounterStep.Judge(9_999_999m, 1m, 1m, 1m, false, 0.001m, settings).Change);
    }
}
