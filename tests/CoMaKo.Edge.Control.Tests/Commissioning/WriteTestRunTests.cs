using CoMaKo.Devices;
using CoMaKo.Edge.Control.Commissioning;
using CoMaKo.Edge.Control.Tests.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Commissioning;

public sealed class WriteTestRunTests
{
    private static readonly Power Size = Power.FromWatts(500);
    private static readonly WriteTestPlan Learning = WriteTestPlan.Learning(LoopRun.FiveKilowatts, Size)!;

    [Theory]
    [InlineData(1.0, 0.5, 2.0, 0.0)]
    [InlineData(2.5, 1.5, 2.0, 3.0)]
    [InlineData(0.4, 0.3, 0.5, 0.0)]
    [InlineData(5.0, 1.0, 2.0, 1.0)]
    public void Learning_GoodBattery_PassesAndLearnsItsResponse(double deadTime, double meterLatency, double tau, double readingAge)
    {
        var bench = Bench(new PlantBattery { DeadTime = deadTime, Tau = tau, ReadingAge = readingAge }, meterLatency);

        var result = bench.UntilOver();

        Assert.Equal((WriteTestOutcome.Passed, null), (result.Outcome, result.Code));
        var evidence = result.Evidence!;
        Assert.InRange(evidence.ObeyedInSeconds!.Value, deadTime + readingAge + 1.2 * tau, deadTime + readingAge + 3.2 * tau + 1.2);
        Assert.InRange(evidence.DeviationPercent, -2, 2);
        Assert.InRange(evidence.Response!.MeterDelay, deadTime + meterLatency - 0.25, deadTime + meterLatency + 0.25);
        Assert.InRange(evidence.Response.TimeConstant, tau * 0.8, tau * 1.2);
        Assert.All(bench.Run.Stages, stage => Assert.True(stage.IsPassed));
        Assert.False(bench.IsHeld);
    }

    [Fact]
    public void Direction_OnePower_PassesWithoutLearning()
    {
        var bench = new TestBench(Quiet(0.5), new PlantBattery(), WriteTestPlan.Direction(-Size, Duration.FromSeconds(30)));

        var result = bench.UntilOver();

        Assert.Equal(WriteTestOutcome.Passed, result.Outcome);
        Assert.Null(result.Evidence!.Response);
        Assert.True(bench.Now < 75);
    }

    [Theory]
    [InlineData(1, 1, true, WriteTestCodes.MeterInverted)]
    [InlineData(-1, 1, false, WriteTestCodes.DoesTheOpposite)]
    [InlineData(1, -1, false, WriteTestCodes.ReadingInverted)]
    [InlineData(0, 1, false, WriteTestCodes.DoesNotObey)]
    [InlineData(1, 0, false, WriteTestCodes.ReadingStuck)]
    [InlineData(1, 0.1, false, WriteTestCodes.ReadingStuck)]
    [InlineData(2, 1, false, WriteTestCodes.OtherAmount)]
    public void Learning_SomethingIsWrong_SaysWhatAndCommandsNoFurther(double command, double reading, bool isMeterInverted, string code)
    {
        var bench = new TestBench(Quiet(0.5) with { IsInverted = isMeterInverted }, new PlantBattery(), Learning) { CommandFactor = command, ReadingFactor = reading };

        var result = bench.UntilOver();

        Assert.Equal((WriteTestOutcome.Failed, code), (result.Outcome, result.Code));
        Assert.False(bench.IsHeld);
        Assert.Null(ControlVerification.Of(result, LoopRun.First, "x", Instant.MinValue, "anna"));
        if (!isMeterInverted) Assert.True(bench.Now < 60, $"{bench.Now:0} s");
    }

    [Fact]
    public void Learning_BatteryBehindAnotherMeter_SaysSo()
    {
        // The meter shows the house alone: what the battery does is taken out of it again.
        var battery = new PlantBattery();
        var bench = new TestBench(new PlantSettings(_ => 600 + battery.Power) { MeterNoise = 15 }, battery, Learning);

        Assert.Equal(WriteTestCodes.NotBehindMeter, bench.UntilOver().Code);
    }

    [Fact]
    public void Learning_RestlessLoad_NeverGivesAWrongVerdict()
    {
        int passed = 0;
        for (int seed = 1; seed <= 20; seed++)
        {
            var load = Loads.Restless(seed, 15, 2500);
            var bench = new TestBench(new PlantSettings(load) { MeterNoise = 15, Seed = seed }, new PlantBattery(), Learning);
            var result = bench.UntilOver();
            if (result.Outcome == WriteTestOutcome.Passed) passed++;
            else Assert.Equal(WriteTestCodes.LoadTooRestless, result.Code);
            if (result.Evidence?.Response is { } response) Assert.InRange(response.MeterDelay, 0.4, 1.6);
        }

        Assert.True(passed < 20);
    }

    [Fact]
    public void Page_Gone_RevertsWithinFiveSeconds()
    {
        var bench = Bench(new PlantBattery(), 0.5);
        bench.Until(30);
        Assert.True(bench.IsHeld);

        bench.PageLives = false;
        double gone = bench.Now;
        while (bench.IsHeld) bench.Cycle();

        Assert.True(bench.Now - gone <= 5, $"{bench.Now - gone:0.0} s");
        Assert.Equal((WriteTestOutcome.Stopped, WriteTestCodes.PageGone), (bench.UntilOver().Outcome, bench.Run.Result!.Code));
    }

    [Fact]
    public void Page_GoneAndBack_TheTestStaysOver()
    {
        var bench = Bench(new PlantBattery(), 0.5);
        bench.Until(30);
        bench.PageLives = false;
        bench.Until(bench.Now + 4);
        bench.PageLives = true;
        bench.Until(bench.Now + 20);

        Assert.False(bench.IsHeld);
        Assert.Equal(WriteTestCodes.PageGone, bench.Run.Result!.Code);
    }

    [Fact]
    public void Stop_RevertsWithTheNextCycle()
    {
        var bench = Bench(new PlantBattery(), 0.5);
        bench.Until(30);

        bench.Run.Stop();
        bench.Cycle();

        Assert.False(bench.IsHeld);
        Assert.Equal(WriteTestCodes.StoppedByHand, bench.UntilOver().Code);
    }

    [Fact]
    public void Limit_ForbidsThePower_RevertsWithTheNextCycle()
    {
        var bench = Bench(new PlantBattery(), 0.5);
        bench.Until(30);

        bench.Allowed = new(Power.Zero, Power.FromWatts(300));
        bench.Cycle();

        Assert.False(bench.IsHeld);
        Assert.Equal(WriteTestCodes.LimitForbids, bench.UntilOver().Code);
    }

    [Fact]
    public void Write_NeverTaken_FailsAndEnds()
    {
        var bench = Bench(new PlantBattery(), 0.5);
        bench.WritesFail = true;

        Assert.Equal((WriteTestOutcome.Failed, WriteTestCodes.NotWritten), (bench.UntilOver(30).Outcome, bench.Run.Result!.Code));
    }

    [Theory]
    [InlineData(-5000, 5000, 12, -500, 500)]
    [InlineData(0, 5000, 12, 0, 500)]
    [InlineData(-5000, 400, 12, -500, 0)]
    public void Plan_OnlyOneWayAllowed_LearnsFromThatWay(int min, int max, int changes, int least, int most)
    {
        var plan = WriteTestPlan.Learning(new(Power.FromWatts(min), Power.FromWatts(max)), Size)!;

        Assert.Equal(changes, plan.Steps.Length - 1);
        Assert.Equal(new(Power.FromWatts(least), Power.FromWatts(most)), plan.Range);
        Assert.Equal(Power.Zero, plan.Steps[0].Power);
        Assert.Equal(Power.Zero, plan.Steps[^1].Power);
    }

    [Fact]
    public void Plan_NothingAllowed_IsAbsent() =>
        Assert.Null(WriteTestPlan.Learning(new(Power.FromWatts(-100), Power.FromWatts(100)), Size));

    [Fact]
    public void Preconditions_EachCanFail()
    {
        var good = new BatteryImage(LoopRun.First, LoopRun.Sample(0, 99), new MeasuredSoC(50, Duration.FromSeconds(99)), null, null, null, true, false);
        var image = LoopRun.Image(100, LoopRun.Sample(500, 99), good);
        string[] Unmet(ControlImage now, PowerRange allowed, bool other = false) =>
            [.. WriteTestPreconditions.Check(Learning, LoopRun.First, now, (10, 90), allowed, other).Where(p => !p.IsMet).Select(p => p.Code)];
        string[] With(BatteryImage battery) => Unmet(image with { Batteries = [battery] }, LoopRun.FiveKilowatts);

        Assert.Empty(Unmet(image, LoopRun.FiveKilowatts));
        Assert.Equal(["grid-fresh"], Unmet(image with { Grid = LoopRun.Sample(500, 90) }, LoopRun.FiveKilowatts));
        Assert.Equal(["battery-fresh"], With(good with { Power = null }));
        Assert.Equal(["soc-window"], With(good with { SoC = new MeasuredSoC(11, Duration.FromSeconds(99)) }));
        Assert.Equal(["soc-window"], With(good with { SoC = null }));
        Assert.Equal(["no-limit"], Unmet(image, new(Power.Zero, Power.FromWatts(5000))));
        Assert.Equal(["on-grid"], With(good with { IsOnGrid = false }));
        Assert.Equal(["no-fault"], With(good with { IsFaulted = true }));
        Assert.Equal(["no-other-test"], Unmet(image, LoopRun.FiveKilowatts, other: true));
    }

    [Fact]
    public void Verification_AnotherDeviceOrConfiguration_IsNotVerified()
    {
        string Print(string serial, string? unit) => DeviceFingerprint.Of([new("serial", serial), new("unit", unit)]);
        var result = Bench(new PlantBattery(), 0.5).UntilOver();
        var verified = ControlVerification.Of(result, LoopRun.First, Print("A1", "1"), Instant.FromUtc(2026, 5, 1, 10, 0), "anna")!;

        Assert.True(verified.IsFor(LoopRun.First, DeviceFingerprint.Of([new("unit", "1"), new("serial", "A1")])));
        Assert.False(verified.IsFor(LoopRun.First, Print("A2", "1")));
        Assert.False(verified.IsFor(LoopRun.First, Print("A1", null)));
        Assert.False(verified.IsFor(new("battery-2"), Print("A1", "1")));
        Assert.NotEqual(Print("A1", ""), Print("A1", null));
        Assert.NotEqual(DeviceFingerprint.Of([new("ab", "c")]), DeviceFingerprint.Of([new("a", "bc")]));
    }

    private static PlantSettings Quiet(double meterLatency) => new(_ => 600) { MeterLatency = meterLatency, MeterNoise = 15, MeterPhase = 0.37 };

    private static TestBench Bench(PlantBattery battery, double meterLatency) => new(Quiet(meterLatency), battery, Learning);
}
