using System.Collections.Immutable;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>Goes forward through a plan's slots as control will, with load and PV as expected.</summary>
/// <param name="values">Cost to go at the end of each slot.</param>
/// <param name="first">Hours left of the running slot.</param>
internal sealed class PlanWalk(PlanHorizon horizon, ImmutableArray<ValueFunction> values, double first, double tolerance)
{
    private readonly Penalties penalties = horizon.Penalties;

    /// <summary>Cost of grid energy over the horizon, EUR; negative = earns.</summary>
    public double Cost(ReadOnlySpan<double> load, ReadOnlySpan<double> pv, double stored)
    {
        double cost = 0;
        for (int k = 0; k < horizon.Count; k++)
        {
            var took = Next(k, load[k], pv[k], stored);
            (stored, cost) = (took.Stored, cost + took.Cost);
        }

        return cost;
    }

    /// <summary>The slots on the mean course of load and PV, with the quantiles of the scenarios.</summary>
    public ImmutableArray<RollingSlot> Slots(ScenarioSet courses, double stored)
    {
        double[] load = courses.MeanLoad(), pv = courses.MeanPv(), powers = new double[horizon.Count];
        var took = new Taken[horizon.Count];
        var before = new double[horizon.Count];
        for (int k = 0; k < horizon.Count; k++)
        {
            before[k] = stored;
            took[k] = Next(k, load[k], pv[k], stored);
            (stored, powers[k]) = (took[k].Stored, took[k].Power);
        }

        double dearest = Math.Max(0, horizon.Prices.Import.Max());
        var slots = ImmutableArray.CreateBuilder<RollingSlot>(horizon.Count);
        for (int k = 0; k < horizon.Count; k++)
        {
            double value = -values[k].View.SlopeAt(Math.Min(took[k].Stored, horizon.Battery.EMax * (1 - 1e-9)));
            var law = PlanLaw.Decide(new(horizon, penalties, k, values[k].View, pv[k], before[k], tolerance), load[k] - pv[k], HoursOf(k));
            var reason = SlotReasons.Of(horizon, k, new(load[k] - pv[k], took[k].Power, before[k], value, took[k].Curtailed), powers);
            slots.Add(new(
                horizon.StartOf(k), horizon.Prices.Import[k], horizon.Prices.Export[k], horizon.Prices.Sources[k], courses.LoadBand(k), courses.PvBand(k),
                law, took[k].Power, took[k].Stored, Math.Min(value, dearest), took[k].Grid, took[k].Curtailed, reason));
        }

        return slots.MoveToImmutable();
    }

    private double HoursOf(int k) => k == 0 ? first : horizon.Hours;

    private Taken Next(int k, double load, double pv, double stored)
    {
        var (battery, hours) = (horizon.Battery, HoursOf(k));
        var step = horizon.Step(k, load - pv, pv, stored, hours);
        double power = ForwardStep.BatteryPower(in step, battery, in penalties, values[k].View, stored, tolerance);
        double change = -hours * (power > 0 ? power / battery.EtaDischarge : power * battery.EtaCharge);
        double wanted = (load - pv - power) * hours, curtailed = step.BestCurtailment(wanted, in penalties), grid = wanted + curtailed;
        return new(power, Math.Clamp(stored + change, 0, battery.EMax), grid / hours, curtailed / hours, step.GridCost(grid));
    }

    /// <param name="Stored">kWh at the end.</param>
    /// <param name="Cost">EUR.</param>
    private readonly record struct Taken(double Power, double Stored, double Grid, double Curtailed, double Cost);
}
