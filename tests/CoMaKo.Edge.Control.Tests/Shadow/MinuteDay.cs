using System.Globalization;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Control.Tests.Balancing;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Shadow;

/// <summary>
/// One summer day of a household in minutes, with the prices of a real day (dispatch-optimisation §7, inside the quarter hour). The values of stored energy come from the exact
/// means of the quarter hours, so that following is all that differs. Energy is billed per minute. kW, kWh, EUR.
/// </summary>
internal sealed class MinuteDay
{
    private const int Minutes = 1440, Quarters = 96;
    private const double ExportPrice = 0.07;
    private static readonly BatteryModel Shape = new(0, 9.5, 4.5, 5, 5, 0.95, 0.95, 0.02, 0);

    private readonly double[] net = new double[Minutes];
    private readonly double[] prices;
    private readonly BatteryModel battery;
    private readonly PlanHorizon horizon;
    private readonly ConvexSolver values = new();

    /// <param name="pvScale">Share of the recorded PV power.</param>
    /// <param name="spread">Factor of the prices' deviation from their mean.</param>
    public MinuteDay(double pvScale, double spread)
    {
        double[] load = Read("non-regulated-consumption"), pv = Read("pv-production");
        for (int m = 0; m < Minutes; m++) net[m] = -load[m] - pv[m] * pvScale;
        double[] spot = Household.QuarterPrices()[..Quarters];
        prices = [.. spot.Select(p => 0.18 + (spot.Average() + (p - spot.Average()) * spread) / 1000)];
        battery = Shape with { TerminalValue = 0.8 * Shape.EtaDischarge * prices.Average() };
        horizon = new()
        {
            Start = Instant.FromUnixTimeSeconds(0), StepSeconds = QuarterHour.Seconds, Battery = battery, TerminalValue = battery.TerminalValue,
            Prices = new(prices, Same(Quarters, ExportPrice), null, null, new PriceSource[Quarters]),
        };
        values.Solve(Problem(Means(15), 0.25));
        Perfect = new ConvexSolver().Solve(Problem(net, 1 / 60.0));
        Without = Enumerable.Range(0, Minutes).Sum(m => Cost(m, 0)) - battery.TerminalValue * battery.E0;
    }

    /// <summary>Cost with every minute known.</summary>
    public double Perfect { get; }

    public double Without { get; }

    /// <summary>The plan of the quarter hours held as set-points.</summary>
    public double HeldPlan()
    {
        var schedule = new ScheduleBuffers(Quarters);
        values.Schedule(schedule);
        return Run((minute, _) => schedule.Discharge[minute / 15] - schedule.Charge[minute / 15]);
    }

    /// <summary>
    /// The value of stored energy, the wish it gives and the balancing law, with a battery that answers at once. Data of one minute say nothing about the way inside it,
    /// so each minute counts with the power at which the law settles.
    /// </summary>
    /// <param name="tolerance">Infinite: self-consumption.</param>
    public double FollowedEachMinute(double tolerance)
    {
        var law = new BalancingLaw(new([new(LoopRun.First, LoopRun.FiveKilowatts)]) { WriteThreshold = Power.FromWatts(1) });
        law.Use(LoopRun.First, Loop.Dynamics(0, 0, 0.01));
        double power = 0;
        return Run((minute, stored) =>
        {
            var wish = Wish(minute, stored, tolerance, Power.Zero);
            for (int second = 0; second < 60; second++) power = Command(law, minute, 60 * minute + second, power, wish) ?? power;
            return power;
        });
    }

    /// <summary>The same each second with the law's defaults and a real inverter: what is lost is the time until a change of load has been followed.</summary>
    /// <param name="delay">Seconds until the inverter begins to answer.</param>
    /// <param name="lag">Its time constant, seconds.</param>
    public double FollowedEachSecond(int delay, double lag, Power gridTarget)
    {
        var law = Loop.Law(delay, tau: lag);
        var commands = new Queue<double>(Enumerable.Repeat(0.0, delay));
        double power = 0, last = 0;
        return Run((minute, stored) =>
        {
            double sum = 0;
            for (int second = 0; second < 60; second++)
            {
                var wish = Wish(minute, stored - Drawn(sum / 60, 1 / 60.0), 1e-6, gridTarget);
                last = Command(law, minute, 60 * minute + second, power, wish) ?? last;
                commands.Enqueue(last);
                power += (commands.Dequeue() - power) * (1 - Math.Exp(-1 / lag));
                sum += power;
            }

            return sum / 60;
        });
    }

    /// <summary>Share of what the best schedule in minutes saves, percent.</summary>
    public double Share(double cost) => 100 * (Without - cost) / (Without - Perfect);

    /// <param name="power">Mean power of the battery in a minute for what is stored at its begin, + discharge.</param>
    private double Run(Func<int, double, double> power)
    {
        double stored = battery.E0, cost = 0;
        for (int minute = 0; minute < Minutes; minute++)
        {
            double wanted = power(minute, stored);
            double possible = Math.Clamp(wanted, -(battery.EMax - stored) / battery.EtaCharge * 60, stored * battery.EtaDischarge * 60);
            cost += Cost(minute, possible);
            stored = Math.Clamp(stored - Drawn(possible, 1 / 60.0), 0, battery.EMax);
        }

        return cost - battery.TerminalValue * stored;
    }

    private double Drawn(double power, double hours) => (power > 0 ? power / battery.EtaDischarge : power * battery.EtaCharge) * hours;

    private double Cost(int minute, double power)
    {
        double grid = net[minute] - power;
        return (Math.Max(0, grid) * prices[minute / 15] - Math.Max(0, -grid) * ExportPrice + Math.Max(0, power) * battery.Wear) / 60;
    }

    private double? Command(BalancingLaw law, int minute, double second, double power, BatteryWish wish)
    {
        var meter = LoopRun.Sample((net[minute] - power) * 1000, second);
        if (law.Next(LoopRun.Image(second, meter), wish, LoopRun.FiveKilowatts).Wanted is not { } wanted) return null;
        law.Confirm(LoopRun.First, wanted, Duration.FromSeconds(second));
        return (double)wanted.Watts / 1000;
    }

    private BatteryWish Wish(int minute, double stored, double tolerance, Power gridTarget)
    {
        int quarter = minute / 15;
        var question = new LawQuestion(horizon, default, quarter, values.ValueAt(quarter + 1), 0, stored, tolerance);
        return PlanLaw.Decide(in question, net[minute], (15 - minute % 15) / 60.0).ToWish(gridTarget);
    }

    private double[] Means(int minutes) => [.. net.Chunk(minutes).Select(chunk => chunk.Average())];

    private PlanningProblem Problem(double[] load, double hours) => new()
    {
        StepHours = Same(load.Length, hours), Load = load, Pv = Same(load.Length, 0), ExportPrice = Same(load.Length, ExportPrice), Battery = battery,
        ImportPrice = [.. Enumerable.Range(0, load.Length).Select(i => prices[i * Quarters / load.Length])],
    };

    private static double[] Same(int count, double value) => [.. Enumerable.Repeat(value, count)];

    private static double[] Read(string what) => [.. File.ReadLines(FileOf(what)).Skip(1).Select(line => double.Parse(line, CultureInfo.InvariantCulture) / 1000)];

    private static string FileOf(string what) => Path.Combine(Repository.Shared, "data", "timeseries", "load-pv", $"openems_h0-summer-weekday-{what}.csv");
}
