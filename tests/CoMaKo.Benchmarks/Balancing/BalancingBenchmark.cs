using System.Diagnostics;
using System.Globalization;
using CoMaKo.Devices;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Tests.Balancing;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Benchmarks.Balancing;

/// <summary>
/// How the balancing law takes a load step of 3 kW (up, down, through zero) at each delay and with each misjudgement, worst of 20 sampling phases,
/// on the plant of the control tests; and what one decision costs.
/// </summary>
internal static class BalancingBenchmark
{
    private const int Phases = 20;
    private static readonly double[] Delays = [0.5, 1, 2, 4, 5, 6];

    public static int Run(string[] args)
    {
        Console.WriteLine("| true delay | model | within ±100 W after | overshoot | reversals | bound |");
        Console.WriteLine("|---|---|---|---|---|---|");
        bool isKept = true;
        foreach (double delay in Delays)
        {
            foreach (var (name, steps, bound) in Cases(delay)) isKept &= Row(delay, name, steps, bound);
        }

        Row(5, "ramp 400 W/s, known", new(5) { Ramp = 400, ModelRamp = 400 }, null);
        Row(5, "ramp 400 W/s, unknown at first", new(5) { Ramp = 400 }, null);
        Row(1, "exact, meter each 5 s", new(1) { MeterPeriod = 5 }, null);
        Row(1, "exact, meter each 10 s", new(1) { MeterPeriod = 10 }, null);
        Decision();
        return isKept ? 0 : 1;
    }

    private static IEnumerable<(string Name, LoadSteps Steps, (double Seconds, double Overshoot)? Bound)> Cases(double delay)
    {
        (double, double)? exact = delay switch { 1 => (11, 0.02), 4 => (15, 0.02), _ => null };
        (double, double)? half = delay is 1 or 4 ? (18, 0.08) : null;
        yield return ("exact", new(delay), exact);
        yield return ("exact, half of the delay in the meter", new(delay) { InMeter = delay / 2 }, exact);
        yield return ("exact, cycle out of step with the meter", new(delay) { OwnCycle = true }, exact);
        yield return ("exact, device ignores changes below 20 W", new(delay) { DeadBand = 20 }, exact);
        yield return ("0.25 s too long", new(delay) { ModelDelay = delay + 0.25 }, half);
        yield return ("0.5 s too long", new(delay) { ModelDelay = delay + 0.5 }, half);
        yield return ("0.5 s too short", new(delay) { ModelDelay = delay - 0.5 }, half);
        if (delay >= 2) yield return ("1 s too short", new(delay) { ModelDelay = delay - 1 }, null);
        if (delay >= 2) yield return ("2 s too short", new(delay) { ModelDelay = delay - 2 }, null);
        yield return ("2 s too long", new(delay) { ModelDelay = delay + 2 }, null);
        yield return ("0.5 s too short, tau 3 s, power 5 % low, noise 20 W", new(delay) { ModelDelay = delay - 0.5, ModelTau = 3, Gain = 0.95, MeterNoise = 20 }, null);
        yield return ("jitter 0–1 s", new(delay) { ModelDelay = delay + 1, Jitter = 1 }, null);
        yield return ("nothing learned", new(delay) { ModelDelay = null, Apart = 120 }, null);
    }

    private static bool Row(double delay, string name, LoadSteps steps, (double Seconds, double Overshoot)? bound)
    {
        var worst = (steps with { Phases = Phases }).Worst();
        bool isKept = bound is not { } most || (worst.Settling <= most.Seconds && worst.Overshoot <= most.Overshoot && worst.Reversals == 0);
        string verdict = bound is { } b ? string.Create(CultureInfo.InvariantCulture, $"{b.Seconds:0} s, {b.Overshoot:P0}: {(isKept ? "kept" : "NOT KEPT")}") : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {delay} s | {name} | {worst.Settling:0.0} s | {worst.Overshoot:P1} | {worst.Reversals} | {verdict} |"));
        return isKept;
    }

    /// <summary>Two batteries with a full history, a new sample each time.</summary>
    private static void Decision()
    {
        DeviceId[] ids = [new("battery-1"), new("battery-2")];
        var law = new BalancingLaw(new BalancingSettings([.. ids.Select(id => new BalancedBattery(id, LoopRun.FiveKilowatts))]));
        foreach (var id in ids) law.Use(id, new(Duration.FromSeconds(1.5), Duration.FromSeconds(1.5), Duration.FromSeconds(2), null));
        var total = new PowerRange(Power.FromWatts(-10_000), Power.FromWatts(10_000));
        var wish = new BatteryWish(BatteryMode.Balance, total, GridTargets.Normal);
        var random = new Random(1);
        var times = new List<double>();
        long allocated = 0;
        for (int second = 1; second <= 4000; second++)
        {
            var images = ids.Select(id => new BatteryImage(id, LoopRun.Sample(500, second), null, null, null, null, true, false)).ToArray();
            var image = LoopRun.Image(second, LoopRun.Sample(4000 * random.NextDouble() - 2000, second), images);
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            var step = law.Next(image, wish, total);
            double took = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            if (second > 1000)
            {
                times.Add(took);
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            }

            foreach (var id in ids) law.Confirm(id, new Power((step.Wanted?.Milliwatts ?? 0) / 2), Duration.FromSeconds(second + 0.1));
        }

        times.Sort();
        new Figure("balancing.decision", Math.Round(times[times.Count / 2], 1), "µs").Print();
        new Figure("balancing.decision-slowest", Math.Round(times[^1], 1), "µs").Print();
        new Figure("balancing.decision-allocated", allocated / times.Count, "B").Print();
    }
}
