using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>Steps of 3 kW up and down and through zero, over sampling phases: the plant and what the law believes of it.</summary>
internal sealed record LoadSteps(double Delay)
{
    private const double First = 30;
    private static readonly double[] Levels = [500, 3500, 500, -2500, 500];

    /// <summary>Part of the delay that lies in the meter instead of the inverter.</summary>
    public double InMeter { get; init; }

    /// <summary>Absent: nothing was learned.</summary>
    public double? ModelDelay { get; init; } = Delay;

    public double ModelTau { get; init; } = 2;

    public double? ModelRamp { get; init; }

    public double Tau { get; init; } = 2;

    public double Ramp { get; init; } = double.PositiveInfinity;

    public double Gain { get; init; } = 1;

    public double Jitter { get; init; }

    public double DeadBand { get; init; }

    public double MeterNoise { get; init; }

    public double MeterPeriod { get; init; } = 1;

    public double ReadingAge { get; init; }

    public double RampShare { get; init; } = 0.5;

    /// <summary>The control cycle runs on its own clock, out of step with the meter, instead of on each sample.</summary>
    public bool OwnCycle { get; init; }

    public double Apart { get; init; } = 60;

    public int Phases { get; init; } = 10;

    public StepResponse Worst() => Enumerable.Range(0, Phases).Select(p => Run((p + 0.5) / Phases)).Aggregate((a, b) => a.Worst(b));

    /// <summary>Worst of the four steps with one sampling phase (share of the meter's period, 0 to 1).</summary>
    public StepResponse Run(double phase)
    {
        var trace = Trace(phase).Trace;
        var worst = new StepResponse();
        for (int i = 1; i < Levels.Length; i++)
        {
            double at = First + (i - 1) * Apart;
            worst = worst.Worst(StepResponse.Of(trace, at, at + Apart, Levels[i] - Levels[i - 1]));
        }

        return worst;
    }

    public LoopRun Trace(double phase)
    {
        double Load(double time) => Levels[Math.Clamp((int)Math.Floor((time - First) / Apart) + 1, 0, Levels.Length - 1)];
        var battery = new PlantBattery
        {
            DeadTime = Delay - InMeter,
            Tau = Tau,
            Ramp = Ramp,
            Gain = Gain,
            Jitter = Jitter,
            DeadBand = DeadBand,
            ReadingAge = ReadingAge,
        };
        var plant = new Plant(
            new PlantSettings(Load) { MeterPhase = phase * MeterPeriod, MeterPeriod = MeterPeriod, MeterLatency = InMeter, MeterNoise = MeterNoise, Seed = (int)(phase * 1000) }, battery);
        var run = new LoopRun(plant, Law())
        {
            Cycle = OwnCycle ? 1 : null,
            CyclePhase = Math.Round(phase * 7 % 1, 2),
            MeterPeriod = MeterPeriod,
        };
        run.Until(First + (Levels.Length - 1) * Apart);
        return run;
    }

    private BalancingLaw Law()
    {
        var law = new BalancingLaw(new BalancingSettings([new BalancedBattery(LoopRun.First, LoopRun.FiveKilowatts)]) { RampShare = RampShare });
        if (ModelDelay is not { } delay) return law;
        law.Use(LoopRun.First, new BatteryDynamics(
            Duration.FromSeconds(delay), Duration.FromSeconds(delay - InMeter + ReadingAge), Duration.FromSeconds(ModelTau),
            ModelRamp is { } ramp ? Power.FromWatts((decimal)ramp) : null));
        return law;
    }
}
