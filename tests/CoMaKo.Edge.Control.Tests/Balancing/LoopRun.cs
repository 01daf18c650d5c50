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

    /// <summary>The law sees everything, but nothing is written: the batteries are in their own mode.</summary>
    public bool IsLookingOn { get; set; }

    /// <summary>Shares the total; absent: there is one battery.</summary>
    public BatterySplit? Split { get; init; }

    /// <summary>Batteries that are not driven.</summary>
    public HashSet<DeviceId> Without { get; } = [];

    public PeakShaving? Peaks { get; init; }

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
            if (isDue) RunCycle(time);
        }
    }

    public static ControlImage Image(double time, Measured? meter, params BatteryImage[] batteries) => new(
        Instant.FromUnixTimeSeconds(1_790_000_000) + Duration.FromSeconds(time), Duration.FromSeconds(time), true, meter, [], null, [.. batteries], [], RelayImage.Empty);

    public static Measured Sample(double watts, double time, double period = 1) =>
        new(Power.FromWatts((decimal)Math.Round(watts, 3)), Duration.FromSeconds(time), Duration.FromSeconds(period));

    private void RunCycle(double time)
    {
        var images = readings.Select((r, i) => new BatteryImage(Id(i), r, new MeasuredSoC(50, Duration.FromSeconds(time)), null, null, null, true, Without.Contains(Id(i)))).ToArray();
        var image = Image(time, meter, images);
        if (Peaks is not null) GridRange = Peaks.Next(image);
        LastStep = Law.Next(image, Wish, Allowed, GridRange, Without);
        foreach (var seen in LastStep.Events) Events.Add((time, seen));
        if (LastStep.Wanted is not { } wanted || WriteFails(time) || IsLookingOn) return;
        if (!Allowed.Contains(wanted)) throw new InvalidOperationException($"{wanted} is outside {Allowed}.");
        var shares = Split?.Of(wanted, [.. images.Select(_ => FiveKilowatts)], [.. images], image.At, image.Monotonic, Without) ?? [wanted];
        for (int i = 0; i < shares.Length; i++)
        {
            if (shares[i] is { } share) Write(i, share, time + WriteTime);
        }
    }

    private void Write(int battery, Power power, double at)
    {
        plant.Batteries[battery].Write(at, (double)power.Watts, new Random((int)(at * 1000)));
        Law.Confirm(Id(battery), power, Duration.FromSeconds(at));
    }

    private static DeviceId Id(int battery) => new($"battery-{battery + 1}");
}
