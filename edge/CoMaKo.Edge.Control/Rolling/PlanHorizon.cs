using CoMaKo.Edge.Control.Planning;
using NodaTime;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>
/// The coming slots, the running one first: what energy costs in them and what batteries and connection may do. Stored energy counts from the lower end of the window
/// that the battery is used in, so that 0 is empty. Powers in kW, energies in kWh, prices in EUR/kWh.
/// </summary>
public sealed record PlanHorizon
{
    /// <summary>Start of the running slot, a multiple of the step in UTC.</summary>
    public required Instant Start { get; init; }

    public required int StepSeconds { get; init; }

    /// <summary>All batteries together, from 0 to <see cref="BatteryModel.EMax"/>; stored energy and terminal value are not used.</summary>
    public required BatteryModel Battery { get; init; }

    /// <summary>One value for each slot.</summary>
    public required PriceCurve Prices { get; init; }

    /// <summary>Prepared for these slots; absent: nothing but the battery limits.</summary>
    public StepLimits? Limits { get; init; }

    /// <summary>Greatest import at the connection; infinite: no limit.</summary>
    public double GridImportMax { get; init; } = double.PositiveInfinity;

    /// <summary>Greatest export, a magnitude.</summary>
    public double GridExportMax { get; init; } = double.PositiveInfinity;

    /// <summary>Share of the PV production that the gateway can curtail, 0 to 1.</summary>
    public double CurtailableShare { get; init; }

    /// <summary>PV that somebody expects who has proven better than the building's past, kW; absent, as a whole or for a slot: nobody.</summary>
    public double?[]? PvExpected { get; init; }

    /// <summary>EUR per stored kWh at the end of the horizon.</summary>
    public required double TerminalValue { get; init; }

    /// <summary>Slots.</summary>
    public int Count => Prices.Import.Length;

    /// <summary>Length of a slot.</summary>
    public double Hours => StepSeconds / 3600.0;

    /// <summary>Price of energy beyond the caps of the connection.</summary>
    public Penalties Penalties => Penalties.Of(Problem(0, Count, new double[Count], new double[Count]), PenaltyFactors.Default);

    /// <summary>Start of a slot.</summary>
    public Instant StartOf(int slot) => Start + Duration.FromSeconds((long)slot * StepSeconds);

    /// <summary>Number of the slot that holds a moment; negative before the first, <see cref="Count"/> or more behind the last.</summary>
    public int SlotAt(Instant at) => (int)Math.Clamp(Math.Floor((at - Start).TotalSeconds / StepSeconds), -1, Count);

    /// <summary>The problem of a stretch of slots with one course of load and PV.</summary>
    public PlanningProblem Problem(int from, int to, double[] load, double[] pv)
    {
        int steps = to - from;
        double[] import = Prices.Import[from..to];
        double[]? charge = Limits is null ? null : new double[steps], discharge = Limits is null ? null : new double[steps], least = Limits is null ? null : new double[steps];
        Limits?.Write(load, pv, import, charge, discharge, from);
        for (int t = 0; t < least?.Length; t++) least[t] = Limits!.StoredMin(from + t);
        return new()
        {
            StepHours = Filled(steps, Hours), Load = load, Pv = pv, ImportPrice = import, ExportPrice = Prices.Export[from..to], Battery = Battery with { E0 = Battery.EMax, TerminalValue = 0 },
            CoopImport = Part(Prices.CoopImport, from, to), CoopExport = Part(Prices.CoopExport, from, to),
            GridImportMax = double.IsPositiveInfinity(GridImportMax) ? null : Filled(steps, GridImportMax),
            GridExportMax = double.IsPositiveInfinity(GridExportMax) ? null : Filled(steps, GridExportMax),
            CurtailableMax = CurtailableShare > 0 ? [.. pv.Select(p => p * CurtailableShare)] : null,
            ChargeMax = charge, DischargeMax = discharge, StoredMin = least,
        };
    }

    /// <summary>One slot, or what is left of it, with a net load that is known.</summary>
    /// <param name="netLoad">House without the battery, + deficit.</param>
    /// <param name="pv">Production in it, for curtailment.</param>
    /// <param name="stored">At its start.</param>
    public PlanningStep Step(int slot, double netLoad, double pv, double stored, double hours) => new()
    {
        Hours = hours, NetLoad = netLoad, ImportPrice = Prices.Import[slot], ExportPrice = Prices.Export[slot],
        CoopImportPrice = Prices.CoopImport?.Price[slot] ?? 0, CoopImportPower = Prices.CoopImport?.Power[slot] ?? 0,
        CoopExportPrice = Prices.CoopExport?.Price[slot] ?? 0, CoopExportPower = Prices.CoopExport?.Power[slot] ?? 0,
        GridImportMax = GridImportMax, GridExportMax = GridExportMax, CurtailableMax = Math.Max(0, pv) * CurtailableShare,
        ChargeMax = Math.Min(Battery.PCharge, Limits?.ChargeMax(slot, netLoad, Prices.Import[slot], stored, hours, Battery.EtaCharge) ?? double.PositiveInfinity),
        DischargeMax = Math.Min(Battery.PDischarge, Limits?.DischargeMax(netLoad) ?? double.PositiveInfinity),
        StoredMin = Limits?.StoredMin(slot) ?? 0,
    };

    private static PriceBlock? Part(PriceBlock? block, int from, int to) => block is null ? null : new(block.Price[from..to], block.Power[from..to]);

    private static double[] Filled(int count, double value)
    {
        double[] values = new double[count];
        Array.Fill(values, value);
        return values;
    }
}
