using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Control.Shadow;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Shadow;

/// <summary>
/// A battery in the household over a window, strictly causal: values are averaged over what had been measured before the slot, the net load is followed inside it
/// (dispatch-optimisation §7). Everything is judged by what the meter would have counted.
/// </summary>
/// <param name="witness">Sees every slot and every day.</param>
internal sealed class ClosedLoop(LoopSeries series, ILoopWitness? witness = null)
{
    private const double ExportPrice = 0.07, Hours = 0.5;
    private const int Slots = 72;
    public static readonly double[] Tolerances = [.. Driver.All.Select(d => d.Tolerance)];
    public static readonly BatteryModel Battery = new(0, 9.5, 4.5, 5, 5, 0.95, 0.95, 0.02, 0);

    private readonly double[] import = series.Import;
    private readonly double[] load = series.Load;
    private readonly double[] pv = series.Pv;

    /// <summary>Runs from one midnight to another, with all that was measured before as history.</summary>
    public LoopResult Run(DateTimeOffset from, DateTimeOffset to)
    {
        (int a, int b) = (series.IndexOf(from), series.IndexOf(to));
        double value = 0.8 * Battery.EtaDischarge * import[a..b].Average();
        var drivers = Tolerances.Select(_ => new Virtual(Battery.E0)).ToArray();
        var driven = new Virtual(Battery.E0);
        var choice = new DriverChoice(Tolerances.Length);
        var days = new List<LoopDay>();
        double[] perfect = Perfect(a, b, value);
        double without = 0;
        var history = Past(a);
        var planner = new RollingPlanner(ScenarioSettings.Default);
        var after = new ValueFunction();
        for (int i = a; i < b; i++)
        {
            if (!planner.Value(history.AsOf(At(i)), Horizon(i), [after])) throw new InvalidOperationException("The window needs a day of history before it.");
            var step = Step(i);
            for (int d = 0; d < drivers.Length; d++) drivers[d].Follow(step, after, Tolerances[d]);
            driven.Follow(step, after, Tolerances[choice.Current]);
            witness?.Add(step, after, driven.Power);
            without += Virtual.Cost(step, 0);
            history.Add(new(At(i), series.Measured[i], pv[i], At(i + 1)));
            if (Unix(i + 1) % 86_400 != 0 && i + 1 < b) continue;
            double[] costs = [.. drivers.Select(d => d.EndDay(value))];
            choice.EndDay(costs);
            days.Add(new(DateTimeOffset.FromUnixTimeSeconds(Unix(i)), without, driven.EndDay(value), costs[^1], perfect[days.Count]));
            witness?.EndDay(costs, days[^1].Driven, value, choice.Current);
            without = 0;
        }

        return new(days);
    }

    private History Past(int until)
    {
        var history = new History(Duration.FromSeconds(LoopSeries.SlotSeconds), 40);
        for (int i = 0; i < until; i++) history.Add(new(At(i), series.Measured[i], pv[i], At(i + 1)));
        return history;
    }

    private PlanningStep Step(int i) => new()
    {
        Hours = Hours, NetLoad = load[i] - pv[i], ImportPrice = import[i], ExportPrice = ExportPrice, ChargeMax = Battery.PCharge, DischargeMax = Battery.PDischarge,
    };

    /// <summary>What each day costs with the whole window known.</summary>
    private double[] Perfect(int a, int b, double value)
    {
        double[] hours = new double[b - a], export = new double[b - a];
        Array.Fill(hours, Hours);
        Array.Fill(export, ExportPrice);
        var schedule = new ScheduleBuffers(b - a);
        var solver = new ConvexSolver();
        solver.Solve(new PlanningProblem
        {
            StepHours = hours, Load = load[a..b], Pv = pv[a..b], ImportPrice = import[a..b], ExportPrice = export, Battery = Battery with { TerminalValue = value },
        });
        solver.Schedule(schedule);
        double[] costs = new double[(b - a + LoopSeries.SlotsPerDay - 1) / LoopSeries.SlotsPerDay];
        for (int i = a; i < b; i++)
        {
            double before = i == a ? Battery.E0 : schedule.Stored[i - a - 1];
            costs[(i - a) / LoopSeries.SlotsPerDay] += Virtual.Cost(Step(i), schedule.Discharge[i - a] - schedule.Charge[i - a]) - value * (schedule.Stored[i - a] - before);
        }

        return costs;
    }

    private PlanHorizon Horizon(int i)
    {
        int known = KnownUntil(i);
        double[] expected = new double[Slots], export = new double[Slots];
        for (int k = 0; k < Slots; k++) expected[k] = Expected(i + k, known);
        Array.Fill(export, ExportPrice);
        return new()
        {
            Start = At(i), StepSeconds = LoopSeries.SlotSeconds, Battery = Battery, Prices = new(expected, export, null, null, new PriceSource[Slots]),
            TerminalValue = RollingPlanner.TerminalValue(Battery, expected),
        };
    }

    /// <summary>Published prices, beyond them the mean of the same slot on the last seven days that are.</summary>
    private double Expected(int slot, int known)
    {
        if (slot < known) return import[slot];
        (double sum, int count) = (0, 0);
        for (int d = 1; d <= 14 && count < 7; d++)
        {
            int before = slot - LoopSeries.SlotsPerDay * d;
            if (before < known && before >= 0) (sum, count) = (sum + import[before], count + 1);
        }

        return sum / count;
    }

    /// <summary>Market days begin at 23:00 UTC; the next one is published at 12:00 UTC.</summary>
    private int KnownUntil(int i)
    {
        long now = Unix(i), end = (now + 3600) / 86_400 * 86_400 + 86_400 - 3600;
        if (now % 86_400 >= 12 * 3600 && (now + 3600) / 86_400 == now / 86_400) end += 86_400;
        return i + (int)((end - now) / LoopSeries.SlotSeconds);
    }

    private long Unix(int i) => series.Begin + (long)i * LoopSeries.SlotSeconds;

    private Instant At(int i) => Instant.FromUnixTimeSeconds(Unix(i));

    /// <summary>One battery that pays for itself.</summary>
    private sealed class Virtual(double stored)
    {
        private double now = stored, morning = stored, today;

        /// <summary>In the last slot, kW, + discharge.</summary>
        public double Power { get; private set; }

        public void Follow(in PlanningStep step, ValueFunction after, double tolerance)
        {
            double power = Power = ForwardStep.BatteryPower(in step, Battery, default, after.View, now, tolerance);
            today += Cost(in step, power);
            now = Math.Clamp(now - (power > 0 ? power / Battery.EtaDischarge : power * Battery.EtaCharge) * Hours, 0, Battery.EMax);
        }

        public double EndDay(double value)
        {
            double cost = today - value * (now - morning);
            (today, morning) = (0, now);
            return cost;
        }

        public static double Cost(in PlanningStep step, double power)
        {
            double grid = step.NetLoad - power;
            return Hours * (Math.Max(0, grid) * step.ImportPrice - Math.Max(0, -grid) * step.ExportPrice + Math.Max(0, power) * Battery.Wear);
        }
    }
}
