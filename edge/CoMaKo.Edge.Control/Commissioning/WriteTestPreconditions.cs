using System.Collections.Immutable;
using System.Globalization;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Commissioning;

/// <param name="Code">Stable: <c>grid-fresh</c>, <c>battery-fresh</c>, <c>soc-window</c>, <c>no-limit</c>, <c>on-grid</c>, <c>no-fault</c>, <c>no-other-test</c>.</param>
/// <param name="Detail">The value that was looked at; absent if there is none.</param>
public sealed record TestPrecondition(string Code, bool IsMet, string? Detail);

/// <summary>What must hold before a write test may start. All are reported, met or not.</summary>
public static class WriteTestPreconditions
{
    private const decimal SoCMargin = 2;
    private static readonly Duration Fresh = Duration.FromSeconds(5);

    /// <summary>Checks all.</summary>
    /// <param name="socWindow">Lowest and highest state of charge in daily use, percent.</param>
    /// <param name="allowed">What the limits leave to this battery now.</param>
    public static ImmutableArray<TestPrecondition> Check(
        WriteTestPlan plan, DeviceId device, ControlImage now, (decimal Min, decimal Max) socWindow, PowerRange allowed, bool otherTestRuns)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(now);
        var battery = now.Batteries.FirstOrDefault(b => b.Id == device);
        return
        [
            FreshReading("grid-fresh", now.Grid, now),
            FreshReading("battery-fresh", battery?.Power, now),
            SoC(plan, battery?.SoC, socWindow),
            new("no-limit", allowed.Contains(plan.Range.Min) && allowed.Contains(plan.Range.Max), $"{allowed.Min} … {allowed.Max}"),
            new("on-grid", battery?.IsOnGrid != false, null),
            new("no-fault", battery is { IsFaulted: false }, null),
            new("no-other-test", !otherTestRuns, null),
        ];
    }

    /// <summary>Whether a reading is recent enough to judge by.</summary>
    internal static bool IsFresh(Measured? reading, ControlImage now) =>
        reading is { } known && known.AgeAt(now.Monotonic) <= Duration.Max(Fresh, known.Period * 3);

    private static TestPrecondition FreshReading(string code, Measured? reading, ControlImage now) =>
        new(code, IsFresh(reading, now), reading is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.AgeAt(now.Monotonic).TotalSeconds:0.0} s") : null);

    private static TestPrecondition SoC(WriteTestPlan plan, MeasuredSoC? soc, (decimal Min, decimal Max) window)
    {
        if (soc is not { } known) return new("soc-window", false, null);
        bool canGive = plan.Range.Max <= Power.Zero || known.Percent >= window.Min + SoCMargin;
        bool canTake = plan.Range.Min >= Power.Zero || known.Percent <= window.Max - SoCMargin;
        return new("soc-window", canGive && canTake, string.Create(CultureInfo.InvariantCulture, $"{known.Percent:0.#} %"));
    }
}
