namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// One planning problem of one building with one (aggregated) battery (dispatch-optimisation §2). Powers in kW, energies in kWh, prices in EUR/kWh, durations in hours.
/// Arrays have one value per step; an absent array means that the term does not exist.
/// </summary>
public sealed record PlanningProblem
{
    /// <summary>Length of each step in hours; the first may be short.</summary>
    public required double[] StepHours { get; init; }

    /// <summary>Consumption of the house, kW.</summary>
    public required double[] Load { get; init; }

    /// <summary>PV production, kW.</summary>
    public required double[] Pv { get; init; }

    /// <summary>Price of energy from the supplier.</summary>
    public required double[] ImportPrice { get; init; }

    /// <summary>Price for energy into the public grid.</summary>
    public required double[] ExportPrice { get; init; }

    /// <summary>Price of energy from the cooperative and how many kW of it there are.</summary>
    public PriceBlock? CoopImport { get; init; }

    /// <summary>Price for energy to the cooperative and how many kW it takes.</summary>
    public PriceBlock? CoopExport { get; init; }

    /// <summary>Greatest import at the connection, kW; kept if it can be (soft, penalised).</summary>
    public double[]? GridImportMax { get; init; }

    /// <summary>Greatest export at the connection, kW; kept if it can be.</summary>
    public double[]? GridExportMax { get; init; }

    /// <summary>How much PV may be curtailed, kW; at most <see cref="Pv"/>.</summary>
    public double[]? CurtailableMax { get; init; }

    /// <summary>Greatest charge power in each step, kW, where it is less than the battery's (§14a, grid charging not permitted).</summary>
    public double[]? ChargeMax { get; init; }

    /// <summary>Greatest discharge power in each step, kW, where it is less than the battery's.</summary>
    public double[]? DischargeMax { get; init; }

    /// <summary>Lowest stored energy at the end of each step, kWh, where it is above the battery's minimum (reserve, target of the owner).</summary>
    public double[]? StoredMin { get; init; }

    /// <summary>Highest stored energy at the end of each step, kWh, where it is below the battery's maximum.</summary>
    public double[]? StoredMax { get; init; }

    public required BatteryModel Battery { get; init; }

    /// <summary>Less is paid for what is left above a level at the end; absent: every kWh left is worth <see cref="BatteryModel.TerminalValue"/>.</summary>
    public TerminalStep? TerminalAbove { get; init; }

    /// <summary>Demand charge on the highest mean import of a step; absent: none.</summary>
    public DemandCharge? Demand { get; init; }
}

/// <param name="Price">EUR/kWh.</param>
/// <param name="Power">kW available at this price.</param>
public sealed record PriceBlock(double[] Price, double[] Power);

/// <param name="EMin">Lowest stored energy, kWh.</param>
/// <param name="EMax">Highest stored energy, kWh.</param>
/// <param name="E0">Stored energy at the start, kWh; may lie outside the window.</param>
/// <param name="PCharge">kW at the grid side.</param>
/// <param name="PDischarge">kW at the grid side.</param>
/// <param name="EtaCharge">0 &lt; η ≤ 1, one way.</param>
/// <param name="EtaDischarge">0 &lt; η ≤ 1, one way.</param>
/// <param name="Wear">EUR per kWh discharged, measured at the grid side.</param>
/// <param name="TerminalValue">EUR per stored kWh left at the end.</param>
/// <param name="SelfDischarge">Share of the stored energy lost per hour.</param>
public sealed record BatteryModel(
    double EMin, double EMax, double E0, double PCharge, double PDischarge, double EtaCharge, double EtaDischarge, double Wear, double TerminalValue,
    double SelfDischarge = 0)
{
    /// <summary>Value of what is stored at the end, EUR.</summary>
    internal double ValueOf(double stored, TerminalStep? above) =>
        TerminalValue * stored - (above is null ? 0 : (TerminalValue - above.Value) * Math.Max(0, stored - above.Stored));
}

/// <param name="Stored">kWh from which on the other value counts.</param>
/// <param name="Value">EUR per kWh left above it; convex while it is at most <see cref="BatteryModel.TerminalValue"/>.</param>
public sealed record TerminalStep(double Stored, double Value);

/// <param name="Price">EUR per kW of the peak above <paramref name="Free"/>.</param>
/// <param name="Free">kW that cost nothing, or the peak already billed in this period.</param>
public sealed record DemandCharge(double Price, double Free);

/// <summary>The cheapest schedule. One value per step; powers in kW, stored energy in kWh at the end of the step.</summary>
/// <param name="Cost">EUR, without penalties.</param>
/// <param name="Value">Marginal value of one more stored kWh at the end of the step, EUR/kWh.</param>
/// <param name="KeepsLimits">False if a grid or energy limit could not be kept; the schedule is then the nearest one.</param>
public sealed record Plan(
    double Cost, double[] Charge, double[] Discharge, double[] GridImport, double[] GridExport, double[] Curtailed, double[] Stored, double[] Value, bool KeepsLimits);

public interface IPlanner
{
    Plan Plan(PlanningProblem problem);
}
