using CoMaKo.Edge.Control.Balancing;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Balancing;

/// <summary>Shorthand for loops with one battery of ±5 kW.</summary>
internal static class Loop
{
    public static BalancingLaw Law(double? meterDelay, double? readingDelay = null, double tau = 2, BalancingMemory? memory = null)
    {
        var law = new BalancingLaw(new BalancingSettings([new BalancedBattery(LoopRun.First, LoopRun.FiveKilowatts)]), memory);
        if (meterDelay is { } delay) law.Use(LoopRun.First, Dynamics(delay, readingDelay ?? delay, tau));
        return law;
    }

    public static BatteryDynamics Dynamics(double meterDelay, double readingDelay, double tau) =>
        new(Duration.FromSeconds(meterDelay), Duration.FromSeconds(readingDelay), Duration.FromSeconds(tau), null);

    /// <summary>Part of a trace.</summary>
    public static IEnumerable<(double Time, double Grid, double Battery)> From(this LoopRun run, double time, double until = double.PositiveInfinity) =>
        run.Trace.Where(t => t.Time > time && t.Time <= until);

    public static double Worst(this IEnumerable<(double Time, double Grid, double Battery)> trace, double target = 30) =>
        trace.Max(t => Math.Abs(t.Grid - target));

    public static double Rms(this IEnumerable<(double Time, double Grid, double Battery)> trace, double target = 30) =>
        Math.Sqrt(trace.Average(t => (t.Grid - target) * (t.Grid - target)));

    public static double Mean(this IEnumerable<(double Time, double Grid, double Battery)> trace) => trace.Average(t => t.Grid);

    public static IEnumerable<string> Codes(this LoopRun run) => run.Events.Select(e => e.Event.Code);
}
