using CoMaKo.Quantities;

namespace CoMaKo.Edge.Acquisition;

/// <summary>Where a coarse register stands inside its step: anchored at each step of the register, shaped by measured power in between.</summary>
public sealed class InStepEstimate
{
    /// <summary>An estimate stays this far below the register's next step, in Wh.</summary>
    private const decimal Below = 0.001m;

    private decimal anchor = -1;
    private decimal inside;

    /// <summary>The estimate in Wh; never above what the register can hold without stepping.</summary>
    /// <param name="value">The register's value in Wh.</param>
    /// <param name="step">Its step in Wh.</param>
    /// <param name="energy">Measured energy since the last call, in Wh.</param>
    public decimal Add(decimal value, decimal step, decimal energy)
    {
        inside = value == anchor ? Math.Min(inside + energy, step - Below) : 0;
        anchor = value;
        return value + inside;
    }

    /// <summary>Quality of a register by the step of its display (before the CT factor).</summary>
    /// <param name="step">Step in Wh after the CT factor; 0 where unknown.</param>
    public static Quality QualityOf(decimal step, bool isFloat, bool isDerived, decimal ctFactor) => (isDerived, step / ctFactor) switch
    {
        (true, _) => Quality.Derived,
        (_, >= 1000m) => Quality.Coarse,
        (_, >= 100m) => Quality.InterpolatedInStep,
        (_, >= 1m) when isFloat => Quality.InterpolatedInStep,
        _ => Quality.Measured,
    };
}
