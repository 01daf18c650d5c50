using CoMaKo.Devices.Protocols.S0;
using NodaTime;

namespace CoMaKo.Devices.Tests.S0;

public sealed class PulseMeterTests
{
    private static readonly PulseOptions Usual = new(1000);

    private uint sequence;

    [Fact]
    public void Pulses_OfAVaryingLoad_CountItsEnergyAndFollowItsPower()
    {
        // A load known in closed form: 3 kW ± 2 kW over ten minutes; each Wh gives one pulse of 40 ms.
        var meter = new PulseMeter(Usual, PulseCount.Zero, Duration.Zero);
        double wattSeconds = 0;
        long pulses = 0;
        for (int ms = 0; ms < 600_000; ms++)
        {
            double watts = 3000 + 2000 * Math.Sin(ms / 100_000.0);
            wattSeconds += watts / 1000;
            if (wattSeconds >= (pulses + 1) * 3600)
            {
                pulses++;
                Pulse(meter, ms, 40);
                if (pulses > 2) Assert.InRange((double)meter.PowerAt(Duration.FromMilliseconds(ms + 40))!.Value, watts - 80, watts + 80);
            }
        }

        Assert.InRange(pulses, 400, 900);
        Assert.Equal(pulses, meter.TotalWattHours);
        Assert.Equal(new PulseCount(pulses, 0, 0), meter.Count);
    }

    [Fact]
    public void Power_PulsesStop_FallsLikeTheLongestPossibleAndEndsAtZero()
    {
        var meter = new PulseMeter(Usual, PulseCount.Zero, Duration.Zero);
        Assert.Null(meter.PowerAt(Duration.FromSeconds(1)));
        Pulse(meter, 1_000, 40);
        Assert.Null(meter.PowerAt(Duration.FromSeconds(2)));
        Pulse(meter, 11_000, 40);
        Assert.Equal(360m, meter.PowerAt(Duration.FromSeconds(12)));
        Assert.Equal(360m, meter.PowerAt(Duration.FromSeconds(31)));
        Assert.Equal(90m, meter.PowerAt(Duration.FromSeconds(51)));
        Assert.Equal(36m, meter.PowerAt(Duration.FromSeconds(111)));
        Assert.Equal(0m, meter.PowerAt(Duration.FromSeconds(11 + 900)));
        Assert.Equal(0m, new PulseMeter(Usual, PulseCount.Zero, Duration.Zero).PowerAt(Duration.FromMinutes(15)));
    }

    [Theory]
    [InlineData(30, 40, 1)]
    [InlineData(30, 30, 1)]
    [InlineData(30, 21, 1)] // stamped by the kernel's tick
    [InlineData(30, 15, 0)]
    [InlineData(90, 70, 0)]
    [InlineData(10, 6, 1)]
    public void Pulse_ShorterThanTheOutputsOwn_IsABounce(int length, int width, int counted)
    {
        var meter = new PulseMeter(Usual with { PulseLength = Duration.FromMilliseconds(length) }, PulseCount.Zero, Duration.Zero);
        Pulse(meter, 1000, width);
        Assert.Equal(new PulseCount(counted, 1 - counted, 0), meter.Count);
    }

    [Fact]
    public void Pulses_FasterThanTheFuseAllows_AreRejectedAndShown()
    {
        // 30 kW and 10 % more give a pulse each 109 ms at 1000 imp/kWh.
        var meter = new PulseMeter(Usual, PulseCount.Zero, Duration.Zero);
        for (int i = 0; i < 10; i++)
        {
            Pulse(meter, 1000 * i, 35);
            Pulse(meter, 1000 * i + 60, 35); // the same pulse seen twice
        }

        Assert.Equal(new PulseCount(10, 10, 0), meter.Count);
        Assert.Equal(3600m, meter.PowerAt(Duration.FromSeconds(9.1)));
    }

    [Fact]
    public void Edges_LostInTheKernel_AreShownAndNeverInvented()
    {
        var meter = new PulseMeter(Usual, PulseCount.Zero, Duration.Zero);
        Pulse(meter, 1_000, 40);
        Pulse(meter, 11_000, 40);
        sequence += 6; // three pulses are missing
        Pulse(meter, 51_000, 40);
        Assert.Equal(new PulseCount(3, 0, 6), meter.Count);
        Assert.Null(meter.PowerAt(Duration.FromSeconds(52))); // the distance to the last known pulse means nothing
        Pulse(meter, 61_000, 40);
        Assert.Equal(360m, meter.PowerAt(Duration.FromSeconds(62)));

        sequence++; // the beginning of a pulse is missing: its end alone is no pulse
        meter.Accept(new(true, Duration.FromSeconds(70), ++sequence));
        Assert.Equal(new PulseCount(4, 0, 7), meter.Count);
    }

    [Fact]
    public void Total_AfterARestart_GoesOn()
    {
        var options = new PulseOptions(800) { StartWattHours = 4_711_000 };
        var first = new PulseMeter(options, PulseCount.Zero, Duration.Zero);
        for (int i = 0; i < 5; i++) Pulse(first, 1000 * i, 40);
        Assert.Equal(4_711_006.25m, first.TotalWattHours);

        sequence = 0;
        var second = new PulseMeter(options, first.Count, Duration.Zero);
        Pulse(second, 1000, 40);
        Assert.Equal(4_711_007.5m, second.TotalWattHours);
        Assert.Equal(1.25m, second.Step);
    }

    [Fact]
    public void Total_ConstantThatDoesNotDivide_KeepsNoRoundingError()
    {
        var meter = new PulseMeter(new(600), new(599_999_999, 0, 0), Duration.Zero);
        Pulse(meter, 1000, 40);
        Assert.Equal(1_000_000_000m, meter.TotalWattHours);
    }

    private void Pulse(PulseMeter meter, int atMilliseconds, int width)
    {
        meter.Accept(new(false, Duration.FromMilliseconds(atMilliseconds), ++sequence));
        meter.Accept(new(true, Duration.FromMilliseconds(atMilliseconds + width), ++sequence));
    }
}
