namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>
/// A building with one or more batteries, stepped by 10 ms with the exact answer of a first-order lag: independent of the law's own model.
/// Seconds and watts; grid + import, battery + discharge.
/// </summary>
internal sealed class Plant(PlantSettings settings, params PlantBattery[] batteries)
{
    public const double Tick = 0.01;
    private readonly Random random = new(settings.Seed);
    private readonly List<double> grid = [];
    private double nextMeter = settings.MeterPhase;
    private long ticks;

    public double Time => ticks * Tick;

    /// <summary>True power at the connection now.</summary>
    public double Grid { get; private set; }

    public IReadOnlyList<PlantBattery> Batteries => batteries;

    /// <summary>What the meter delivers in this tick; absent if no sample is due.</summary>
    public double? MeterSample { get; private set; }

    public void Advance()
    {
        foreach (var battery in batteries) battery.Advance(Time, Time + Tick, random);
        ticks++;
        Grid = settings.Load(Time) - batteries.Sum(b => b.Power);
        grid.Add(Grid);
        MeterSample = null;
        if (Time + 1e-9 < nextMeter + settings.MeterLatency) return;
        nextMeter += settings.MeterPeriod;
        double seen = Past(grid, settings.MeterLatency);
        double noise = settings.MeterNoise * Gauss();
        MeterSample = (settings.IsInverted ? -seen : seen) + noise;
    }

    /// <summary>A value some seconds ago.</summary>
    public static double Past(List<double> history, double seconds) => history[Math.Max(0, history.Count - 1 - (int)Math.Round(seconds / Tick))];

    private double Gauss() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

internal sealed record PlantSettings(Func<double, double> Load)
{
    public double MeterPeriod { get; init; } = 1;

    public double MeterPhase { get; init; }

    /// <summary>From the moment that the sample shows to its arrival.</summary>
    public double MeterLatency { get; init; }

    public double MeterNoise { get; init; }

    public bool IsInverted { get; init; }

    public int Seed { get; init; } = 1;
}

/// <summary>An inverter that takes set-points.</summary>
internal sealed class PlantBattery
{
    private readonly Queue<(double At, double Watts)> commands = new();
    private readonly List<double> past = [];
    private double lastEffect;
    private double target;
    private double nextReading;
    private bool isOurs;

    public double DeadTime { get; init; } = 1;

    /// <summary>The dead time of each command is longer by up to this.</summary>
    public double Jitter { get; init; }

    public double Tau { get; init; } = 2;

    public double Ramp { get; init; } = double.PositiveInfinity;

    public double Gain { get; init; } = 1;

    public double Limit { get; init; } = 5000;

    /// <summary>Commands that differ less from the one in force are ignored.</summary>
    public double DeadBand { get; init; }

    public double ReadingPeriod { get; init; } = 1;

    public double ReadingAge { get; init; }

    public Func<double, bool> IsBlocked { get; init; } = _ => false;

    /// <summary>What the battery does in its own mode: from the start until a first command takes effect, and after a release has taken effect.</summary>
    public Func<double, double>? OwnMode { get; init; }

    /// <summary>Reading is stuck at this value.</summary>
    public double? FrozenReading { get; init; }

    public double Power { get; set; }

    public double? Reading { get; private set; }

    public int Writes { get; private set; }

    public void Write(double time, double watts, Random random)
    {
        Writes++;
        lastEffect = Math.Max(lastEffect, time + DeadTime + Jitter * random.NextDouble());
        commands.Enqueue((lastEffect, watts));
    }

    public void Release(double time) => commands.Enqueue((Math.Max(lastEffect, time + DeadTime), double.NaN));

    public void Advance(double from, double to, Random random)
    {
        while (commands.TryPeek(out var next) && next.At <= from + 1e-9)
        {
            commands.Dequeue();
            isOurs = !double.IsNaN(next.Watts);
            if (isOurs && Math.Abs(next.Watts - target) >= DeadBand) target = next.Watts;
        }

        double goal = OwnMode is { } own && !isOurs ? own(from) : IsBlocked(from) ? 0 : Math.Clamp(Gain * target, -Limit, Limit);
        double change = (goal - Power) * (Tau > 0 ? 1 - Math.Exp(-(to - from) / Tau) : 1);
        Power += Math.Clamp(change, -Ramp * (to - from), Ramp * (to - from));
        past.Add(Power);
        Reading = null;
        if (to + 1e-9 < nextReading) return;
        nextReading += ReadingPeriod;
        Reading = FrozenReading ?? Plant.Past(past, ReadingAge);
    }
}
