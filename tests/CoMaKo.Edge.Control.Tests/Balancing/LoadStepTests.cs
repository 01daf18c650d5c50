namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>A load step of 3 kW up, down and through zero, worst over sampling phases. Time until the grid stays within ±100 W, overshoot as share of the step.</summary>
public sealed class LoadStepTests
{
    [Theory]
    [InlineData(0.5, 11)]
    [InlineData(1, 11)]
    [InlineData(2, 12)]
    [InlineData(4, 15)]
    [InlineData(5, 16)]
    public void Step_ResponseKnown_IsTakenInTime(double delay, double seconds)
    {
        AssertWithin(new LoadSteps(delay), seconds, 0.02, 0);
        AssertWithin(new LoadSteps(delay) { InMeter = delay * 0.5 }, seconds, 0.02, 0);
    }

    [Theory]
    [InlineData(1, 11)]
    [InlineData(4, 15)]
    public void Step_CycleOutOfStepWithTheMeter_IsTakenInTime(double delay, double seconds) =>
        AssertWithin(new LoadSteps(delay) { OwnCycle = true }, seconds, 0.02, 0);

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(1, -0.5)]
    [InlineData(2, 0.5)]
    [InlineData(2, -0.5)]
    [InlineData(4, 0.5)]
    [InlineData(4, -0.5)]
    [InlineData(6, 0.5)]
    [InlineData(6, -0.5)]
    public void Step_DelayMisjudgedByHalfASecond_IsStillTaken(double delay, double error) =>
        AssertWithin(new LoadSteps(delay) { ModelDelay = delay + error }, 18, 0.08, 0);

    [Theory]
    [InlineData(2, 1.0)]
    [InlineData(2, -1.0)]
    [InlineData(4, 1.5)]
    [InlineData(4, -1.5)]
    [InlineData(5, 2.0)]
    [InlineData(6, -2.0)]
    public void Step_DelayFarOff_IsStillTaken(double delay, double error) =>
        AssertWithin(new LoadSteps(delay) { ModelDelay = delay + error }, 20, 0.08, 0);

    [Theory]
    [InlineData(1, 26)]
    [InlineData(2, 26)]
    [InlineData(4, 26)]
    [InlineData(5, 28)]
    public void Step_EverythingMisjudgedAtOnce_SettlesWithOneReversalAtMost(double delay, double seconds) =>
        AssertWithin(new LoadSteps(delay) { ModelDelay = delay - 0.5, ModelTau = 3, Gain = 0.95, MeterNoise = 20 }, seconds, 0.02, 1);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Step_DeadTimeJitters_IsTaken(double delay) =>
        AssertWithin(new LoadSteps(delay) { ModelDelay = delay + 1, Jitter = 1 }, 18, 0.02, 0);

    [Theory]
    [InlineData(1, 11)]
    [InlineData(4, 15)]
    public void Step_DeviceIgnoresSmallChanges_IsTakenInTime(double delay, double seconds) =>
        AssertWithin(new LoadSteps(delay) { DeadBand = 20 }, seconds, 0.02, 0);

    [Theory]
    [InlineData(5, 14)]
    [InlineData(10, 19)]
    public void Step_SlowMeter_IsTaken(double period, double seconds) =>
        AssertWithin(new LoadSteps(1) { MeterPeriod = period }, seconds, 0.02, 0);

    [Theory]
    [InlineData(1, 1.3)]
    [InlineData(1, 3)]
    [InlineData(4, 1.3)]
    [InlineData(4, 3)]
    public void Step_LagMisjudgedByHalf_IsStillTaken(double delay, double believed) =>
        AssertWithin(new LoadSteps(delay) { ModelTau = believed }, 18, 0.08, 0);

    [Fact]
    public void Step_RampNotKnown_IsTaken() => AssertWithin(new LoadSteps(5) { Ramp = 400 }, 24, 0.12, 1);

    [Fact]
    public void Step_RampKnown_HasNoOvershoot() =>
        AssertWithin(new LoadSteps(5) { Ramp = 400, ModelRamp = 400 }, 18, 0.02, 0);

    private static void AssertWithin(LoadSteps steps, double seconds, double overshoot, int reversals)
    {
        var worst = steps.Worst();
        Assert.True(worst.Settling <= seconds && worst.Overshoot <= overshoot && worst.Reversals <= reversals, $"{steps}: {worst}");
    }
}
