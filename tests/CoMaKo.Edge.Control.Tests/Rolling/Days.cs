using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Rolling;

/// <summary>A building whose days repeat, so that what its plans should do can be said beforehand. UTC is its clock.</summary>
internal static class Days
{
    public const int Slots = 144;

    public static readonly Instant Midnight = Instant.FromUtc(2026, 1, 12, 0, 0);

    /// <summary>10 kWh, 5 kW, without wear.</summary>
    public static readonly BatteryModel Battery = new(0, 10, 0, 5, 5, 0.95, 0.95, 0, 0);

    /// <summary>So many days of quarter hours before <see cref="Midnight"/>, by hour of the day, kW.</summary>
    public static History Past(Func<int, double> load, Func<int, double>? pv = null, int days = 14)
    {
        var history = new History(Duration.FromMinutes(15), 40);
        Add(history, Midnight - Duration.FromDays(days), Midnight, load, pv);
        return history;
    }

    public static void Add(History history, Instant from, Instant to, Func<int, double> load, Func<int, double>? pv = null)
    {
        for (var at = from; at < to; at += Duration.FromMinutes(15)) history.Add(new(at, load(at.InUtc().Hour), pv?.Invoke(at.InUtc().Hour) ?? 0, at + Duration.FromMinutes(15)));
    }

    /// <summary>Prices by hour of the day, EUR/kWh.</summary>
    public static PlanHorizon Horizon(
        Instant now, Func<int, double> import, Func<int, double>? export = null, OwnerWishes? wishes = null, double[]? dimmed = null, BatteryModel? battery = null, int slots = Slots)
    {
        var first = QuarterHour.Containing(now);
        QuarterHour[] all = [.. Enumerable.Range(0, slots).Select(k => QuarterHour.StartingAt(first.StartUnixSeconds + (long)k * QuarterHour.Seconds))];
        double[] prices = [.. all.Select(s => import(s.Start.InUtc().Hour))];
        return new()
        {
            Start = first.Start, StepSeconds = QuarterHour.Seconds, Battery = battery ?? Battery,
            Prices = new(prices, [.. all.Select(s => export?.Invoke(s.Start.InUtc().Hour) ?? 0.08)], null, null, new PriceSource[slots]),
            Limits = wishes is null ? null : new StepLimits(wishes, all, DateTimeZone.Utc, (battery ?? Battery).EMax, dimmed),
            TerminalValue = RollingPlanner.TerminalValue(battery ?? Battery, prices),
        };
    }

    /// <summary>20 ct at night, 45 ct from 17 to 21 h, else 30 ct.</summary>
    public static double Spread(int hour) => hour switch { < 6 => 0.20, >= 17 and < 21 => 0.45, _ => 0.30 };

    public static RollingPlan Plan(History past, PlanHorizon horizon, double stored, Instant? now = null, double tolerance = 1e-6) =>
        new RollingPlanner(ScenarioSettings.Default).Plan(past.AsOf(now ?? Midnight), horizon, stored, tolerance) ?? throw new InvalidOperationException("no plan");
}
