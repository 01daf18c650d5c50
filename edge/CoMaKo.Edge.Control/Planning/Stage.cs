namespace CoMaKo.Edge.Control.Planning;

/// <summary>The cost of one step over the change δ of the stored energy (kWh, + charging), as pieces with slopes in EUR per stored kWh (dispatch-optimisation §5.1).</summary>
/// <param name="Count">Pieces written.</param>
/// <param name="Left">Least δ: full discharge; not positive.</param>
/// <param name="Right">Greatest δ: full charge.</param>
/// <param name="ValueAtRight">Cost at <paramref name="Right"/>, EUR.</param>
/// <param name="IsConvex">The inequality of §2.3 holds, and the prices are in order.</param>
/// <param name="HasOrderedGridCost">False if something can be curtailed and the prices are out of order: the pieces are then wrong.</param>
internal readonly record struct Stage(int Count, double Left, double Right, double ValueAtRight, bool IsConvex, bool HasOrderedGridCost)
{
    /// <summary>Most pieces of a step: three kinds of export, four of import, curtailment, and a cut at idle.</summary>
    public const int MaxPieces = 10;

    private const int MaxGridPieces = 8;

    /// <summary>Slopes may fall by so much and count as equal: rounding, not money.</summary>
    private const double SlopeTolerance = 1e-12;

    /// <summary>Writes the pieces of a step into two buffers of at least <see cref="MaxPieces"/>.</summary>
    public static Stage Build(in PlanningStep step, BatteryModel battery, in Penalties penalties, Span<double> slopes, Span<double> lengths)
    {
        double net = step.NetEnergy, charge = step.ChargeMax * step.Hours, discharge = step.DischargeMax * step.Hours, curtailable = step.CurtailableMax * step.Hours;
        Span<double> gridSlopes = stackalloc double[MaxGridPieces], gridLengths = stackalloc double[MaxGridPieces];
        int count = WriteGridCost(in step, in penalties, gridSlopes, gridLengths, out double left);
        bool isOrdered = curtailable <= 0 || IsSorted(gridSlopes[..count]);
        if (curtailable > 0)
        {
            InsertCurtailment(curtailable, gridSlopes, gridLengths, count++);
            left -= curtailable;
        }

        var cut = new PieceCut(gridSlopes[..count], gridLengths, net - discharge - left);
        int written = cut.TakeBoth(discharge, charge, battery, slopes, lengths);
        return new(written, -discharge / battery.EtaDischarge, charge * battery.EtaCharge, step.IdleCost(in penalties) + cut.Cost, isOrdered && IsSorted(slopes[..written]), isOrdered);
    }

    /// <summary>Writes the cost over grid energy, kWh, + import, as far as load, PV, battery and curtailment can reach. Returns the pieces written.</summary>
    public static int WriteGridCost(in PlanningStep step, in Penalties penalties, Span<double> slopes, Span<double> lengths, out double left)
    {
        double least = step.NetEnergy - step.DischargeMax * step.Hours, most = step.NetEnergy + (step.ChargeMax + step.CurtailableMax) * step.Hours;
        left = Math.Min(0, least);
        int count = AddExport(in step, in penalties, -left, slopes, lengths);
        return AddImport(in step, in penalties, Math.Max(0, most), slopes, lengths, count);
    }

    /// <summary>Replaces the slopes by those of the greatest convex function below: the relaxation in which charging and discharging may overlap. Returns the pieces left.</summary>
    public static int Convexify(Span<double> slopes, Span<double> lengths)
    {
        int count = 0;
        for (int i = 0; i < slopes.Length; i++)
        {
            (double slope, double length) = (slopes[i], lengths[i]);
            while (count > 0 && slopes[count - 1] >= slope)
            {
                count--;
                slope = (slope * length + slopes[count] * lengths[count]) / (length + lengths[count]);
                length += lengths[count];
            }

            (slopes[count], lengths[count]) = (slope, length);
            count++;
        }

        return count;
    }

    private static int AddExport(in PlanningStep step, in Penalties penalties, double reach, Span<double> slopes, Span<double> lengths)
    {
        double shared = step.SharedExport, cap = step.GridExportMax * step.Hours;
        int count = 0;
        for (double at = 0; at < reach; count++)
        {
            double end = at < shared ? Math.Min(reach, shared) : reach, slope = at < shared ? step.CoopExportPrice : step.ExportPrice;
            if (at < cap) end = Math.Min(end, cap);
            else slope -= penalties.Grid;
            (slopes[count], lengths[count], at) = (slope, end - at, end);
        }

        slopes[..count].Reverse();
        lengths[..count].Reverse();
        return count;
    }

    private static int AddImport(in PlanningStep step, in Penalties penalties, double reach, Span<double> slopes, Span<double> lengths, int count)
    {
        double shared = step.SharedImport, cap = step.GridImportMax * step.Hours, peak = step.PeakMax * step.Hours;
        for (double at = 0; at < reach; count++)
        {
            double end = at < shared ? Math.Min(reach, shared) : reach, slope = at < shared ? step.CoopImportPrice : step.ImportPrice;
            if (at < cap) end = Math.Min(end, cap);
            else slope += penalties.Grid;
            if (at < peak) end = Math.Min(end, peak);
            else slope += penalties.Peak;
            (slopes[count], lengths[count], at) = (slope, end - at, end);
        }

        return count;
    }

    /// <summary>Curtailment is a piece of slope 0 before the first piece that costs.</summary>
    private static void InsertCurtailment(double length, Span<double> slopes, Span<double> lengths, int count)
    {
        int place = 0;
        while (place < count && slopes[place] < 0) place++;
        slopes[place..count].CopyTo(slopes[(place + 1)..]);
        lengths[place..count].CopyTo(lengths[(place + 1)..]);
        (slopes[place], lengths[place]) = (0, length);
    }

    private static bool IsSorted(ReadOnlySpan<double> slopes)
    {
        for (int i = 1; i < slopes.Length; i++)
            if (slopes[i] < slopes[i - 1] - SlopeTolerance) return false;
        return true;
    }
}

/// <summary>Walks along the pieces of the grid's cost from left to right and cuts ranges out of it, turned from grid energy into stored energy.</summary>
internal ref struct PieceCut
{
    private readonly ReadOnlySpan<double> slopes;
    private readonly ReadOnlySpan<double> lengths;
    private int piece;
    private double used;

    /// <param name="skip">Energy to leave out at the left, kWh.</param>
    public PieceCut(ReadOnlySpan<double> slopes, ReadOnlySpan<double> lengths, double skip)
    {
        this.slopes = slopes;
        this.lengths = lengths;
        used = Math.Max(0, skip);
        while (piece < slopes.Length && used >= lengths[piece]) used -= lengths[piece++];
    }

    /// <summary>Grid cost of what was taken, EUR.</summary>
    public double Cost { get; private set; }

    /// <summary>Takes full discharge to idle, then idle to full charge; <see cref="Cost"/> is then that of charging. Returns the pieces written.</summary>
    public int TakeBoth(double discharge, double charge, BatteryModel battery, Span<double> intoSlopes, Span<double> intoLengths)
    {
        int count = Take(discharge, battery.Wear, battery.EtaDischarge, intoSlopes, intoLengths);
        Cost = 0;
        return count + Take(charge, 0, 1 / battery.EtaCharge, intoSlopes[count..], intoLengths[count..]);
    }

    /// <summary>Takes the next <paramref name="energy"/> kWh of grid energy: slope m becomes (m − wear)·factor, length ÷ factor. Returns the pieces written.</summary>
    private int Take(double energy, double wear, double factor, Span<double> intoSlopes, Span<double> intoLengths)
    {
        int count = 0;
        while (energy > 0 && piece < slopes.Length)
        {
            double length = Math.Min(energy, lengths[piece] - used);
            if (length > 0)
            {
                (intoSlopes[count], intoLengths[count]) = ((slopes[piece] - wear) * factor, length / factor);
                Cost += slopes[piece] * length;
                energy -= length;
                used += length;
                count++;
            }

            if (used < lengths[piece]) continue;
            piece++;
            used = 0;
        }

        return count;
    }
}
