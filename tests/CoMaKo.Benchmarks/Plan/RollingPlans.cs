using System.Diagnostics;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Benchmarks.Plan;

/// <summary>What a gateway does each quarter hour: a plan from its own past, with everything that pages show of it.</summary>
internal static class RollingPlans
{
    private const int Rounds = 40, Slots = 144, Days = 30;

    /// <returns>Median of the time in ms, and bytes allocated by one plan.</returns>
    public static (double Median, double Allocated) Measure()
    {
        var begin = Instant.FromUtc(2026, 1, 1, 0, 0);
        var history = new History(Duration.FromSeconds(QuarterHour.Seconds), Days + 10);
        for (int day = 0; day < Days; day++)
        {
            var problem = HouseProblems.TwoDays(day);
            for (int t = 0; t < 96; t++)
            {
                var at = begin + Duration.FromSeconds((day * 96L + t) * QuarterHour.Seconds);
                history.Add(new(at, problem.Load[t], problem.Pv[t], at + Duration.FromSeconds(QuarterHour.Seconds)));
            }
        }

        var now = begin + Duration.FromDays(Days);
        var prices = HouseProblems.TwoDays(Days);
        QuarterHour[] slots = [.. Enumerable.Range(0, Slots).Select(k => QuarterHour.Containing(now + Duration.FromSeconds((long)k * QuarterHour.Seconds)))];
        var battery = new BatteryModel(0, 9.5, 0, 5, 5, 0.95, 0.95, 0.02, 0);
        var horizon = new PlanHorizon
        {
            Start = now, StepSeconds = QuarterHour.Seconds, Battery = battery, Prices = new(prices.ImportPrice[..Slots], prices.ExportPrice[..Slots], null, null, new PriceSource[Slots]),
            Limits = new(new OwnerWishes { MayChargeFromGrid = true, ReservePercent = 10 }, slots, DateTimeZone.Utc, 10, empty: 0.5), GridImportMax = 30,
            TerminalValue = RollingPlanner.TerminalValue(battery, prices.ImportPrice[..Slots]),
        };
        var planner = new RollingPlanner(ScenarioSettings.Default);
        var times = new List<double>(Rounds);
        long allocated = 0;
        for (int round = -Rounds; round < Rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            if (planner.Plan(history.AsOf(now), horizon, 4, 1e-6) is null) throw new InvalidOperationException("There is history, and no plan was made.");
            if (round < 0) continue; // not compiled to its final form yet
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        times.Sort();
        return (times[times.Count / 2], (double)allocated / Rounds);
    }
}
