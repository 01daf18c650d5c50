using CoMaKo.Devices;
using CoMaKo.Edge.Control.Commissioning;
using CoMaKo.Edge.Control.Tests.Balancing;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Commissioning;

/// <summary>A write test on a simulated plant: an inverter with a revert timer, and a page that sends signs of life.</summary>
internal sealed class TestBench
{
    private readonly Plant plant;
    private readonly PlantBattery battery;
    private Measured? meter, reading;
    private double validUntil = double.NegativeInfinity;

    public TestBench(PlantSettings settings, PlantBattery battery, WriteTestPlan plan)
    {
        (plant, this.battery) = (new Plant(settings, battery), battery);
        while (plant.Time < 5) Step();
        Run = new WriteTestRun(LoopRun.First, plan, Duration.FromSeconds(plant.Time));
    }

    public WriteTestRun Run { get; }

    public PowerRange Allowed { get; set; } = LoopRun.FiveKilowatts;

    public bool PageLives { get; set; } = true;

    public bool WritesFail { get; set; }

    /// <summary>Set-points reach the inverter with another sign or unit.</summary>
    public double CommandFactor { get; init; } = 1;

    /// <summary>The same for its reading.</summary>
    public double ReadingFactor { get; init; } = 1;

    public double Now => plant.Time;

    public double BatteryPower => battery.Power;

    /// <summary>The battery holds a command of ours.</summary>
    public bool IsHeld { get; private set; }

    public WriteTestResult UntilOver(double longest = 400)
    {
        double end = Now + longest;
        while (Run.Phase != WriteTestRunPhase.Over && Now < end) Cycle();
        return Run.Result ?? throw new InvalidOperationException("The test did not end.");
    }

    public void Until(double time)
    {
        while (Now < time) Cycle();
    }

    public void Cycle()
    {
        for (int i = 0; i < 100; i++) Step();
        if (PageLives) Run.Heartbeat(Duration.FromSeconds(Now));
        var image = new BatteryImage(LoopRun.First, reading, new MeasuredSoC(50, Duration.FromSeconds(Now)), null, null, null, true, false);
        var order = Run.Tick(LoopRun.Image(Now, meter, image), Allowed);
        if (WritesFail) return;
        double at = Now + 0.1;
        if (order.Power is { } power)
        {
            if (!Allowed.Contains(power)) throw new InvalidOperationException("Outside the range.");
            (IsHeld, validUntil) = (true, at + order.ValidFor.TotalSeconds);
            battery.Write(at, CommandFactor * (double)power.Watts, new Random(1));
            Run.Confirm(PowerRange.Pin(power), Duration.FromSeconds(at));
        }
        else if (IsHeld || Run.Phase == WriteTestRunPhase.Reverting)
        {
            IsHeld = false;
            battery.Release(at);
            Run.Confirm(null, Duration.FromSeconds(at));
        }
    }

    private void Step()
    {
        plant.Advance();
        if (IsHeld && plant.Time > validUntil)
        {
            IsHeld = false;
            battery.Release(plant.Time);
        }

        if (plant.MeterSample is { } grid) meter = LoopRun.Sample(grid, plant.Time);
        if (battery.Reading is { } watts) reading = LoopRun.Sample(ReadingFactor * watts, plant.Time);
    }
}
