using CoMaKo.Edge.Control.Balancing;

namespace CoMaKo.Edge.Control.Tests.Balancing;

public sealed class ResponseFitTests
{
    [Theory]
    [InlineData(0.6, 0.5, 2.0)]
    [InlineData(1.0, 0.0, 2.0)]
    [InlineData(2.5, 1.5, 0.8)]
    [InlineData(0.5, 3.5, 3.0)]
    [InlineData(4.0, 2.0, 4.0)]
    public void Of_NoisySmallSteps_FindsDelaysAndLag(double deadTime, double meterLatency, double tau)
    {
        for (int seed = 1; seed <= 8; seed++)
        {
            var fit = ResponseFit.Of(Steps(new PlantBattery { DeadTime = deadTime, Tau = tau, ReadingAge = 0.7 }, meterLatency, 500, 20, seed))!;

            Assert.InRange(fit.MeterDelay, deadTime + meterLatency - 0.2, deadTime + meterLatency + 0.2);
            Assert.InRange(fit.ReadingDelay, deadTime + 0.7 - 0.2, deadTime + 0.7 + 0.2);
            Assert.InRange(fit.TimeConstant, tau * 0.88, tau * 1.12);
            Assert.InRange(fit.MeterGain, 0.95, 1.05);
            Assert.Null(fit.Ramp);
        }
    }

    [Fact]
    public void Of_OneStepSpoiledByALoad_LeavesItOut()
    {
        var fit = ResponseFit.Of(Steps(new PlantBattery { DeadTime = 1 }, 1, 500, 15, 3, t => t is > 55 and < 68 ? 1800 : 0))!;

        Assert.InRange(fit.MeterDelay, 1.8, 2.2);
        Assert.InRange(fit.MeterGain, 0.9, 1.1);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(250)]
    [InlineData(1000)]
    public void Of_LargeStepsOfALimitedDevice_FindsItsRamp(double ramp)
    {
        var fit = ResponseFit.Of(Steps(new PlantBattery { DeadTime = 1, Ramp = ramp, Tau = 1 }, 1, 3000, 10, 5))!;

        Assert.InRange(fit.Ramp ?? 0, ramp * 0.93, ramp * 1.07);
        Assert.InRange(fit.MeterDelay, 1.8, 2.2);
    }

    [Fact]
    public void Of_InvertedMeter_HasANegativeGain()
    {
        var steps = Steps(new PlantBattery { DeadTime = 1 }, 0.5, 500, 20, 2);
        var inverted = steps.Select(s => s with { Meter = [.. s.Meter.Select(m => m with { Watts = -m.Watts })] }).ToList();

        var fit = ResponseFit.Of(inverted)!;

        Assert.InRange(fit.MeterGain, -1.05, -0.95);
        Assert.InRange(fit.ReadingGain, 0.95, 1.05);
    }

    [Fact]
    public void Of_BatteryThatDoesNotMove_HasNoGain() =>
        Assert.InRange(ResponseFit.Of(Steps(new PlantBattery { IsBlocked = _ => true }, 0.5, 500, 20, 2))!.ReadingGain, -0.01, 0.01);

    [Fact]
    public void Of_NothingCommanded_IsAbsent() =>
        Assert.Null(ResponseFit.Of([new ResponseSegment(0, [new(0, 0)], [new(1, 5), new(2, 6), new(3, 5)], [])]));

    /// <summary>Three steps up, down, and back each, 18 s apart.</summary>
    private static List<ResponseSegment> Steps(PlantBattery battery, double meterLatency, double size, double noise, int seed, Func<double, double>? load = null)
    {
        const double apart = 18;
        double[] levels = [size, 0, -size, 0, size, 0, -size, 0, size, 0, -size, 0];
        var random = new Random(seed);
        var plant = new Plant(
            new PlantSettings(t => 600 + (load?.Invoke(t) ?? 0)) { MeterLatency = meterLatency, MeterNoise = noise, MeterPhase = random.NextDouble(), Seed = seed }, battery);
        var segments = new List<ResponseSegment>();
        for (int i = 0; i < levels.Length; i++)
        {
            List<TimedPower> meter = [], readings = [];
            double at = 5 + i * apart + random.NextDouble();
            while (plant.Time < at) plant.Advance();
            battery.Write(plant.Time, levels[i], random);
            TimedPower command = new(plant.Time, levels[i]);
            while (plant.Time < 5 + (i + 1) * apart - 0.1)
            {
                plant.Advance();
                if (plant.MeterSample is { } grid) meter.Add(new(plant.Time, grid));
                if (battery.Reading is { } reading) readings.Add(new(plant.Time, reading));
            }

            segments.Add(new ResponseSegment(i == 0 ? 0 : levels[i - 1], [command], meter, readings));
        }

        return segments;
    }
}
