namespace CoMaKo.Edge.Control.Planning;

/// <summary>Memory for a schedule, reused from one solve to the next. Powers in kW, stored energy in kWh at the end of the step.</summary>
/// <param name="steps">Steps of the problem.</param>
public sealed class ScheduleBuffers(int steps)
{
    /// <summary>Beside an edge of the window, a slope this large (EUR/kWh) is a penalty and no value of energy.</summary>
    private const double EdgeTolerance = 1e-9;

    public double[] Charge { get; } = new double[steps];

    public double[] Discharge { get; } = new double[steps];

    public double[] GridImport { get; } = new double[steps];

    public double[] GridExport { get; } = new double[steps];

    public double[] Curtailed { get; } = new double[steps];

    public double[] Stored { get; } = new double[steps];

    /// <summary>Marginal value of one more stored kWh at the end of the step, EUR/kWh; in a full battery that of the last one.</summary>
    public double[] Value { get; } = new double[steps];

    /// <summary>What is left of load, PV and battery by rounding is no grid energy.</summary>
    private static double Snap(double grid) => Math.Abs(grid) < 1e-12 ? 0 : grid;

    /// <summary>Full power is full power, not a rounding below it.</summary>
    private static double AtMost(double most, double power) => power > most * (1 - 1e-14) ? most : power;

    /// <summary>Copies the buffers into a plan.</summary>
    public Plan ToPlan(ScheduleTotals totals) => new(
        totals.Cost, [.. Charge], [.. Discharge], [.. GridImport], [.. GridExport], [.. Curtailed], [.. Stored], [.. Value], totals.Penalty <= ScheduleTotals.PenaltyTolerance);

    /// <summary>Writes one step and returns its money and its penalty at the grid.</summary>
    internal ScheduleTotals Write(
        int t, in PlanningStep step, BatteryModel battery, double change, double stored, ValueView next, in Penalties penalties)
    {
        double charged = Math.Max(0, change) / battery.EtaCharge, discharged = Math.Max(0, -change) * battery.EtaDischarge;
        double wanted = step.NetEnergy + charged - discharged, curtailed = step.BestCurtailment(wanted, in penalties), grid = Snap(wanted + curtailed);
        Charge[t] = AtMost(step.ChargeMax, charged / step.Hours);
        Discharge[t] = AtMost(step.DischargeMax, discharged / step.Hours);
        GridImport[t] = Math.Max(0, grid) / step.Hours;
        GridExport[t] = Math.Max(0, -grid) / step.Hours;
        Curtailed[t] = curtailed / step.Hours;
        Stored[t] = stored;
        bool isFull = stored >= Math.Min(battery.EMax, step.StoredMax) - EdgeTolerance;
        Value[t] = -next.SlopeAt(isFull ? stored - 2 * EdgeTolerance : stored + EdgeTolerance);
        return new(step.GridCost(grid) + battery.Wear * discharged, step.GridPenalty(grid, in penalties));
    }
}

/// <param name="Cost">Real money, EUR.</param>
/// <param name="Penalty">For broken limits; 0 if all are kept.</param>
public readonly record struct ScheduleTotals(double Cost, double Penalty)
{
    /// <summary>Penalties below this, EUR, are rounding: a billionth of a kWh beyond a limit.</summary>
    internal const double PenaltyTolerance = 1e-6;

    internal ScheduleTotals Add(ScheduleTotals step, double windowPenalty) => new(Cost + step.Cost, Penalty + step.Penalty + windowPenalty);

    /// <summary>With the value of what is left and the demand charge.</summary>
    internal ScheduleTotals Finish(PlanningProblem problem, ScheduleBuffers schedule)
    {
        int steps = problem.StepHours.Length;
        double left = steps > 0 ? schedule.Stored[steps - 1] : problem.Battery.E0, cost = Cost - problem.Battery.ValueOf(left, problem.TerminalAbove);
        if (problem.Demand is { } demand)
        {
            double peak = demand.Free;
            for (int t = 0; t < steps; t++) peak = Math.Max(peak, schedule.GridImport[t]);
            cost += demand.Price * (peak - demand.Free);
        }

        return this with { Cost = cost };
    }
}
