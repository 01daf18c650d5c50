using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// Turns the owner's wishes and § 14a EnWG events into the limits of each step. Prepared once for the slots of a plan, then written for any load and PV, e.g. of each scenario, without allocating.
/// </summary>
public sealed class StepLimits
{
    private readonly OwnerWishes wishes;
    private readonly double[] storedMin;
    private readonly double[]? dimmed;
    private readonly double gridChargeMaxStored;

    /// <param name="slots">One for each step.</param>
    /// <param name="zone">The building's.</param>
    /// <param name="capacity">kWh at 100 %.</param>
    /// <param name="dimmed">kW that the grid operator leaves for charging from the grid in each step, infinite where there is no event; absent: no event.</param>
    /// <param name="empty">kWh in the battery that the plan counts as none: its stored energies begin there.</param>
    public StepLimits(OwnerWishes wishes, IReadOnlyList<QuarterHour> slots, DateTimeZone zone, double capacity, double[]? dimmed = null, double empty = 0)
    {
        (this.wishes, this.dimmed) = (wishes, dimmed);
        gridChargeMaxStored = wishes.GridChargeMaxPercent is { } percent ? Math.Max(0, (double)percent / 100 * capacity - empty) : double.PositiveInfinity;
        storedMin = new double[slots.Count];
        Reserve = Math.Max(0, (double)(wishes.ReservePercent ?? 0) / 100 * capacity - empty);
        for (int t = 0; t < slots.Count; t++) storedMin[t] = Math.Max(Reserve, TargetAt(slots[t], zone, capacity) - empty);
    }

    /// <summary>kWh kept for an outage.</summary>
    public double Reserve { get; }

    /// <summary>A problem with the limits; those it has already stay where they are stricter.</summary>
    public PlanningProblem Apply(PlanningProblem problem)
    {
        int steps = problem.StepHours.Length;
        var (charge, discharge) = (new double[steps], new double[steps]);
        Write(problem.Load, problem.Pv, problem.ImportPrice, charge, discharge);
        return problem with
        {
            ChargeMax = Least(problem.ChargeMax, charge),
            DischargeMax = Least(problem.DischargeMax, discharge),
            StoredMin = problem.StoredMin is { } own ? [.. own.Zip(storedMin, Math.Max)] : [.. storedMin],
        };
    }

    /// <summary>Writes greatest charge and discharge power of each step, kW, infinite where nothing limits them.</summary>
    /// <param name="first">Step of the first value.</param>
    public void Write(ReadOnlySpan<double> load, ReadOnlySpan<double> pv, ReadOnlySpan<double> importPrice, Span<double> chargeMax, Span<double> dischargeMax, int first = 0)
    {
        for (int t = 0; t < chargeMax.Length; t++)
        {
            double net = load[t] - pv[t];
            chargeMax[t] = Math.Max(0, -net) + GridCharge(importPrice[t], DimmedTo(first + t));
            dischargeMax[t] = DischargeMax(net);
        }
    }

    /// <summary>kW that the grid operator leaves for charging from the grid; infinite without an event.</summary>
    public double DimmedTo(int t) => dimmed?[t] ?? double.PositiveInfinity;

    /// <summary>Greatest charge power over a step that begins with so much stored, kW: the surplus, and from the grid what price and ceiling leave.</summary>
    public double ChargeMax(int t, double netLoad, double importPrice, double stored, double hours, double eta) =>
        Math.Max(0, -netLoad) + Math.Min(GridCharge(importPrice, DimmedTo(t)), Math.Max(0, gridChargeMaxStored - stored) / (eta * hours));

    /// <summary>Least stored energy at the end of a step, kWh: reserve and targets.</summary>
    public double StoredMin(int t) => storedMin[t];

    /// <summary>Greatest discharge power, kW.</summary>
    public double DischargeMax(double netLoad) => wishes.MayDischargeToGrid ? double.PositiveInfinity : Math.Max(0, netLoad);

    /// <summary>
    /// Plans under the ceiling for the state of charge up to which the grid may charge. That ceiling depends on the state, which limits of steps cannot say: so steps in which a plan breaks it are
    /// limited to what it leaves, and the plan is made again. Each round limits further steps, so it ends.
    /// </summary>
    /// <param name="problem">With these limits applied.</param>
    public Plan Plan(Planner planner, PlanningProblem problem)
    {
        var plan = planner.Plan(problem);
        if (double.IsPositiveInfinity(gridChargeMaxStored)) return plan;
        double[] charge = problem.ChargeMax is { } own ? [.. own] : [.. problem.StepHours.Select(_ => double.PositiveInfinity)];
        for (int round = 0; round <= charge.Length && Tighten(problem, plan, charge); round++) plan = planner.Plan(problem = problem with { ChargeMax = charge });
        return plan;
    }

    private bool Tighten(PlanningProblem problem, Plan plan, double[] charge)
    {
        const double tolerance = 1e-6;
        bool isBroken = false;
        for (int t = 0; t < charge.Length; t++)
        {
            double surplus = Math.Max(0, problem.Pv[t] - problem.Load[t]);
            if (plan.Charge[t] <= surplus + tolerance || plan.Stored[t] <= gridChargeMaxStored + tolerance) continue;
            double before = t == 0 ? problem.Battery.E0 : plan.Stored[t - 1];
            double room = Math.Max(0, gridChargeMaxStored - before) / (problem.Battery.EtaCharge * problem.StepHours[t]), most = Math.Max(surplus, room);
            if (most >= charge[t] - tolerance) most = surplus; // limited to the room once already
            isBroken |= most < charge[t];
            charge[t] = Math.Min(charge[t], most);
        }

        return isBroken;
    }

    private double GridCharge(double importPrice, double dimmedTo) =>
        wishes.MayChargeFromGrid && (wishes.GridChargeMaxCents is not { } most || importPrice <= (double)most / 100) ? dimmedTo : 0;

    /// <summary>kWh wanted at the end of the slot: of a target whose time lies in the slot after it, or at its end.</summary>
    private double TargetAt(QuarterHour slot, DateTimeZone zone, double capacity)
    {
        double target = 0;
        foreach (var wish in wishes.Targets)
        {
            // A slot is followed by its target's time if that time, on the day it falls on, is not earlier than the slot's end and earlier than the next one's.
            var date = slot.End.InZone(zone).Date;
            if (!wish.Days.IsDefaultOrEmpty && !wish.Days.Contains(date.DayOfWeek)) continue;
            var by = zone.AtLeniently(date + wish.By).ToInstant();
            if (by >= slot.End && by < slot.Next.End) target = Math.Max(target, (double)wish.Percent / 100 * capacity);
        }

        return target;
    }

    private static double[] Least(double[]? a, double[] b) => a is null ? b : [.. a.Zip(b, Math.Min)];
}
