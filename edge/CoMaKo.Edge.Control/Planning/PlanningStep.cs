namespace CoMaKo.Edge.Control.Planning;

/// <summary>What one step of a plan costs and allows (dispatch-optimisation §2). Powers in kW, prices in EUR/kWh, energies in kWh, durations in hours.</summary>
public readonly record struct PlanningStep()
{
    public required double Hours { get; init; }

    /// <summary>Load less PV before curtailment; negative: surplus. In control: the measured grid power without the battery's.</summary>
    public required double NetLoad { get; init; }

    public required double ImportPrice { get; init; }

    public required double ExportPrice { get; init; }

    public double CoopImportPrice { get; init; }

    /// <summary>kW available at <see cref="CoopImportPrice"/>.</summary>
    public double CoopImportPower { get; init; }

    public double CoopExportPrice { get; init; }

    public double CoopExportPower { get; init; }

    public double GridImportMax { get; init; } = double.PositiveInfinity;

    public double GridExportMax { get; init; } = double.PositiveInfinity;

    /// <summary>Import above this raises the demand charge; a search tries values of it.</summary>
    public double PeakMax { get; init; } = double.PositiveInfinity;

    public double CurtailableMax { get; init; }

    /// <summary>Greatest charge power: the battery's own or less.</summary>
    public required double ChargeMax { get; init; }

    public required double DischargeMax { get; init; }

    /// <summary>Goal for the energy stored at the end of the step.</summary>
    public double StoredMin { get; init; }

    public double StoredMax { get; init; } = double.PositiveInfinity;

    /// <summary>Net load, kWh.</summary>
    internal double NetEnergy => NetLoad * Hours;

    /// <summary>Energy bought inside the cooperative before any other, kWh: none while the supplier is cheaper, which nobody need pay.</summary>
    internal double SharedImport => CoopImportPrice <= ImportPrice ? CoopImportPower * Hours : 0;

    /// <summary>Energy sold inside the cooperative before any other, kWh: none while the grid pays more.</summary>
    internal double SharedExport => CoopExportPrice >= ExportPrice ? CoopExportPower * Hours : 0;

    /// <summary>Step <paramref name="t"/> of a problem.</summary>
    public static PlanningStep Of(PlanningProblem problem, int t) => new()
    {
        Hours = problem.StepHours[t],
        NetLoad = problem.Load[t] - problem.Pv[t],
        ImportPrice = problem.ImportPrice[t],
        ExportPrice = problem.ExportPrice[t],
        CoopImportPrice = problem.CoopImport?.Price[t] ?? 0,
        CoopImportPower = problem.CoopImport?.Power[t] ?? 0,
        CoopExportPrice = problem.CoopExport?.Price[t] ?? 0,
        CoopExportPower = problem.CoopExport?.Power[t] ?? 0,
        GridImportMax = problem.GridImportMax?[t] ?? double.PositiveInfinity,
        GridExportMax = problem.GridExportMax?[t] ?? double.PositiveInfinity,
        CurtailableMax = problem.CurtailableMax is { } most ? Math.Min(most[t], problem.Pv[t]) : 0,
        ChargeMax = Math.Min(problem.Battery.PCharge, problem.ChargeMax?[t] ?? double.PositiveInfinity),
        DischargeMax = Math.Min(problem.Battery.PDischarge, problem.DischargeMax?[t] ?? double.PositiveInfinity),
        StoredMin = problem.StoredMin?[t] ?? 0,
        StoredMax = problem.StoredMax?[t] ?? double.PositiveInfinity,
    };

    /// <summary>Money for grid energy, EUR; + costs. No penalty, no demand charge.</summary>
    /// <param name="grid">kWh, + import.</param>
    internal double GridCost(double grid)
    {
        if (grid >= 0)
        {
            double shared = Math.Min(grid, SharedImport);
            return CoopImportPrice * shared + ImportPrice * (grid - shared);
        }

        double sold = Math.Min(-grid, SharedExport);
        return -CoopExportPrice * sold - ExportPrice * (-grid - sold);
    }

    /// <summary>Curtailed energy, kWh, that makes grid energy cheapest; the least of equal ones.</summary>
    /// <param name="wanted">Grid energy without curtailment, kWh, + import.</param>
    internal double BestCurtailment(double wanted, in Penalties penalties)
    {
        double most = CurtailableMax * Hours, best = 0;
        if (most <= 0) return 0;
        double least = Cost(0, in this, in penalties);
        ReadOnlySpan<double> kinks = [0, -SharedExport, -GridExportMax * Hours, SharedImport, GridImportMax * Hours, PeakMax * Hours, double.PositiveInfinity];
        foreach (double kink in kinks)
        {
            double curtailed = Math.Clamp(kink - wanted, 0, most), cost = Cost(curtailed, in this, in penalties);
            if (cost < least || (cost == least && curtailed < best)) (best, least) = (curtailed, cost);
        }

        return best;

        double Cost(double curtailed, in PlanningStep step, in Penalties penalties) => step.GridCost(wanted + curtailed) + step.GridPenalty(wanted + curtailed, in penalties);
    }

    /// <summary>Cost of the step if the battery does nothing, with penalties, EUR.</summary>
    internal double IdleCost(in Penalties penalties)
    {
        double grid = NetEnergy + BestCurtailment(NetEnergy, in penalties);
        return GridCost(grid) + GridPenalty(grid, in penalties);
    }

    /// <summary>Penalty for grid energy beyond the caps, EUR.</summary>
    internal double GridPenalty(double grid, in Penalties penalties) =>
        penalties.Grid * (Math.Max(0, grid - GridImportMax * Hours) + Math.Max(0, -grid - GridExportMax * Hours))
        + (penalties.Peak == 0 ? 0 : penalties.Peak * Math.Max(0, grid - PeakMax * Hours));
}
