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
internal sealed class ClosedLoop(Household house, double spread, double pvScale)
{
    private const double ExportPrice = 0.07, Hours = 0.5;
    private const int Slots = 72;
    private static readonly double[] Tolerances = [.. Driver.All.Select(d => d.Tolerance)];
    private static readonly BatteryModel Battery = new(0, 9.5, 4.5, 5, 5, 0.95, 0.95, 0.02, 0);

    private readonly double[] import = house.Import(spread, more: 400);
    private readonly double[] load = house.FilledLoad();
    private readonly double[] pv = [.. house.Pv.Select(p => p * pvScale)];

    /// <summary>Shares of what perfect foresight saves against no battery, percent; and the worst 30 days against the rule, in points of that.</summary>
    public (double Share, double Rule, double WorstBlock) Run(DateTimeOffset from, DateTimeOffset to)
    {
        (int a, int b) = (house.IndexOf(from), house.IndexOf(to));
        double value = 0.8 * Battery.EtaDischarge * import[a..b].Average();
        var drivers = Tolerances.Select(_ => new Virtual(Battery.E0)).ToArray();
        var driven = new Virtual(Battery.E0);
        var choice = new DriverChoice(Tolerances.Length);
        var replay = new DayReplay(Battery, Tolerances, At(a).InUtc().Date);
        var days = new List<(double Driven, double Rule)>();
        double without = 0;
        var history = Past(a);
        var planner = new RollingPlanner(ScenarioSettings.Default);
        var after = new ValueFunction();
        for (int i = a; i < b; i++)
        {
            if (Unix(i) % 86_400 == 0 && i > a)
            {
                double[] costs = [.. drivers.Select(d => d.EndDay(value))];
                days.Add((driven.EndDay(value), costs[^1]));
                choice.EndDay(costs);
                replay.EndDay(costs, days[^1].Driven, value);
                Assert.Equal(choice.Current, replay.Driver);
            }

            Assert.True(planner.Value(history.AsOf(At(i)), Horizon(i), [after]));
            var step = Step(i);
            for (int d = 0; d < drivers.Length; d++) drivers[d].Follow(step, after, Tolerances[d]);
            driven.Follow(step, after, Tolerances[choice.Current]);
            replay.Add(step, after, driven.Power);
            without += Virtual.Cost(step, 0);
            history.Add(new(At(i), house.Load[i], pv[i], At(i + 1)));
        }

        double saving = without - (Perfect(a, b, value) + value * Battery.E0);
        double worst = double.PositiveInfinity;
        for (int d = 0; d + 30 <= days.Count; d++) worst = Math.Min(worst, days.Skip(d).Take(30).Sum(x => x.Rule - x.Driven));
        return (100 * (without - driven.Total(value)) / saving, 100 * (without - drivers[^1].Total(value)) / saving, 100 * worst / (saving / (b - a) * Household.SlotsPerDay * 30));
    }

    private History Past(int until)
    {
        var history = new History(Duration.FromSeconds(Household.SlotSeconds), 40);
        for (int i = 0; i < until; i++) history.Add(new(At(i), house.Load[i], pv[i], At(i + 1)));
        return history;
    }

    private PlanningStep Step(int i) => new()
    {
        Hours = Hours, NetLoad = load[i] - pv[i], ImportPrice = import[i], ExportPrice = ExportPrice, ChargeMax = Battery.PCharge, DischargeMax = Battery.PDischarge,
    };

    /// <summary>Cost of the whole window with everything known.</summary>
    private double Perfect(int a, int b, double value)
    {
        double[] hours = new double[b - a], export = new double[b - a];
        Array.Fill(hours, Hours);
        Array.Fill(export, ExportPrice);
        return new ConvexSolver().Solve(new PlanningProblem
        {
            StepHours = hours, Load = load[a..b], Pv = pv[a..b], ImportPrice = import[a..b], ExportPrice = export, Battery = Battery with { TerminalValue = value },
        });
    }

    private PlanHorizon Horizon(int i)
    {
        int known = KnownUntil(i);
        double[] expected = new double[Slots], export = new double[Slots];
        for (int k = 0; k < Slots; k++) expected[k] = Expected(i + k, known);
        Array.Fill(export, ExportPrice);
        return new()
        {
            Start = At(i), StepSeconds = Household.SlotSeconds, Battery = Battery, Prices = new(expected, export, null, null, new PriceSource[Slots]),
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
            int before = slot - Household.SlotsPerDay * d;
            if (before < known && before >= 0) (sum, count) = (sum + import[before], count + 1);
        }

        return sum / count;
    }

    /// <summary>Market days begin at 23:00 UTC; the next one is published at 12:00 UTC.</summary>
    private int KnownUntil(int i)
    {
        long now = Unix(i), end = (now + 3600) / 86_400 * 86_400 + 86_400 - 3600;
        if (now % 86_400 >= 12 * 3600 && (now + 3600) / 86_400 == now / 86_400) end += 86_400;
        return i + (int)((end - now) / Household.SlotSeconds);
    }

    private long Unix(int i) => house.Begin + (long)i * Household.SlotSeconds;

    private Instant At(int i) => Instant.FromUnixTimeSeconds(Unix(i));

    /// <summary>One battery that pays for itself.</summary>
    private sealed class Virtual(double stored)
    {
        private readonly double first = stored;
        private double now = stored, morning = stored, today, all;

        /// <summary>In the last slot.</summary>
        public double Power { get; private set; }

        public void Follow(in PlanningStep step, ValueFunction after, double tolerance)
        {
            double power = Power = ForwardStep.BatteryPower(in step, Battery, default, after.View, now, tolerance);
            double cost = Cost(in step, power);
            (today, all) = (today + cost, all + cost);
            now = Math.Clamp(now - (power > 0 ? power / Battery.EtaDischarge : power * Battery.EtaCharge) * Hours, 0, Battery.EMax);
        }

        public double EndDay(double value)
        {
            double cost = today - value * (now - morning);
            (today, morning) = (0, now);
            return cost;
        }

        public double Total(double value) => all - value * (now - first);

        public static double Cost(in PlanningStep step, double power)
        {
            double grid = step.NetLoad - power;
            return Hours * (Math.Max(0, grid) * step.ImportPrice - Math.Max(0, -grid) * step.ExportPrice + Math.Max(0, power) * Battery.Wear);
        }
    }
}
