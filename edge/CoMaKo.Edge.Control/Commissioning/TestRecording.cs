using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Commissioning;

/// <summary>What was commanded and seen in a write test, step by step. Seconds of the monotonic clock, watts.</summary>
internal sealed class TestRecording
{
    private const int Ahead = 4;

    private readonly List<Step> steps = [];
    private double lastMeter = double.NegativeInfinity;
    private double lastReading = double.NegativeInfinity;
    private double? powerBefore;

    /// <summary>A step was written.</summary>
    public void Begin(Power power, double at)
    {
        var last = steps.Count > 0 ? steps[^1] : null;
        var next = new Step(last?.Command.Watts ?? powerBefore ?? 0, new TimedPower(at, power.ToWatts()));

        // Without a few samples from before the write nobody knows where the change began.
        next.Meter.AddRange(last?.Meter.TakeLast(Ahead) ?? []);
        next.Readings.AddRange(last?.Readings.TakeLast(Ahead) ?? []);
        steps.Add(next);
    }

    /// <summary>Takes each reading once.</summary>
    public void Take(ControlImage now, BatteryImage battery)
    {
        if (battery.Power is { } reading && reading.Monotonic.TotalSeconds > lastReading)
        {
            lastReading = reading.Monotonic.TotalSeconds;
            powerBefore = reading.Value.ToWatts();
            if (steps.Count > 0) steps[^1].Readings.Add(new(lastReading, reading.Value.ToWatts()));
        }

        if (now.Grid is not { } grid || grid.Monotonic.TotalSeconds <= lastMeter) return;
        lastMeter = grid.Monotonic.TotalSeconds;
        if (steps.Count > 0) steps[^1].Meter.Add(new(lastMeter, grid.Value.ToWatts()));
    }

    /// <summary>All finished changes of power; the way from the battery's own mode to 0 W is none of them, for where it began is not known exactly.</summary>
    public List<ResponseSegment> Segments() =>
        [.. steps.Skip(1).Where(s => s.Command.Watts != s.Before).Select(s => new ResponseSegment(s.Before, [s.Command], s.Meter, s.Readings))];

    /// <summary>From the write of the first power to the first reading near it; absent if there is none.</summary>
    public double? ObeyedIn()
    {
        if (First() is not { } step) return null;
        double near = Math.Max(50, 0.1 * Math.Abs(step.Command.Watts));
        foreach (var reading in step.Readings)
        {
            if (reading.At > step.Command.At && Math.Abs(reading.Watts - step.Command.Watts) <= near) return reading.At - step.Command.At;
        }

        return null;
    }

    /// <summary>Mean deviation of the reading in the last third of the first power, as share of it; 0 without readings.</summary>
    public double Deviation()
    {
        if (First() is not { Readings.Count: > 2 } step) return 0;
        var last = step.Readings.Skip(step.Readings.Count * 2 / 3).ToList();
        return (last.Average(r => r.Watts) - step.Command.Watts) / Math.Abs(step.Command.Watts) * Math.Sign(step.Command.Watts);
    }

    private Step? First() => steps.Find(s => s.Command.Watts != 0);

    private sealed record Step(double Before, TimedPower Command)
    {
        public List<TimedPower> Meter { get; } = [];

        public List<TimedPower> Readings { get; } = [];
    }
}
