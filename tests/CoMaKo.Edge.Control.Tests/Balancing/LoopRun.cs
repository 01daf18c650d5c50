using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>Closes the loop between law and plant as the dispatcher does: readings into the image, wanted power split, written, confirmed.</summary>
internal sealed class LoopRun
{
    public static readonly DeviceId First = new("battery-1");
    public static readonly PowerRange FiveKilowatts = new(Power.FromWatts(-5000), Power.FromWatts(5000));

    private readonly Plant plant;
    private readonly Measured?[] readings;
    private Measured? meter;

    public LoopRun(Plant plant, BalancingLaw law)
    {
        (this.plant, Law) = (plant, law);
        readings = new Measured?[plant.Batteries.Count];
    }

    public BalancingLaw Law { get; }

    public BatteryWish Wish { get; set; } = new(BatteryMode.Balance, FiveKilowatts, GridTargets.Normal);

    public PowerRange Allowed { get; set; } = FiveKilowatts;

    public PowerRange? GridRange { get; set; }

    /// <summary>The cycle runs at these multiples (plus phase) instead of on each sample.</summary>
    public double? Cycle { get; init; }

    public double CyclePhase { get; init; }

    /// <summary>From decision to confirmed write.</summary>
    public double WriteTime { get; init; } = 0.05;

    public Func<double, bool> WriteFails { get; init; } = _ => false;

    public bool IsEnabled { get; set; } = true;

    public List<(double Time, double Grid, double Battery)> Trace { get; } = [];

    public List<(double Time, BalancingEvent Event)> Events { get; } = [];

    public BalancingStep LastStep { get; private set; }

    public double MeterPeriod { get; init; } = 1;

    public void Until(double end)
    {
        while (plant.Time < end - 1e-9)
        {
            plant.Advance();
            double time = plant.Time;
            Trace.Add((time, plant.Grid, plant.Batteries.Sum(b => b.Power)));
            for (int i = 0; i < readings.Length; i++)
            {
                if (plant.Batteries[i].Reading is { } watts) readings[i] = Sample(watts, time, plant.Batteries[i].ReadingPeriod);
            }

            if (plant.MeterSample is { } grid) meter = Sample(grid, time, MeterPeriod);
            bool isDue = Cycle is { } cycle ? Math.Abs(Math.IEEERemainder(time - CyclePhase, cycle)) < Plant.Tick / 2 : plant.MeterSample is not null;
            if (isDue && IsEnabled) RunCycle(time);
        }
    }

    public static ControlImage Image(double time, Measured? meter, params BatteryImage[] batteries) => new(
        Instant.FromUnixTimeSeconds(1_790_000_000) + Duration.FromSeconds(time), Duration.FromSeconds(time), true, meter, [], null, [.. batteries], [], RelayImage.Empty);

    public static Measured Sample(double watts, double time, double period = 1) =>
        new(Power.FromWatts((decimal)Math.Round(watts, 3)), Duration.FromSeconds(time), Duration.FromSeconds(period));

    private void RunCycle(double time)
    {
        var images = readings.Select((r, i) => new BatteryImage(new DeviceId($"battery-{i + 1}"), r, null, null, null, null, true, false)).ToArray();
        LastStep = Law.Next(Image(time, meter, images), Wish, Allowed, GridRange);
        foreach (var seen in LastStep.Events) Events.Add((time, seen));
        if (LastStep.Wanted is not { } wanted || WriteFails(time)) return;
        if (!Allowed.Contains(wanted)) throw new InvalidOperationException($"{wanted} is outside {Allowed}.");
        double at = time + WriteTime;
        plant.Batteries[0].Write(at, (double)wanted.Watts, new Random((int)(at * 1000)));
        Law.Confirm(First, wanted, Duration.FromSeconds(at));
    }
}
