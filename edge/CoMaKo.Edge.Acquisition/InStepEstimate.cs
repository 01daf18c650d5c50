using CoMaKo.Quantities;

namespace CoMaKo.Edge.Acquisition;

/// <summary>Where a coarse register stands inside its step: anchored at each step of the register, shaped by measured power in between.</summary>
public sealed class InStepEstimate
{
    /// <summary>An estimate stays this far below the register's next step, in Wh.</summary>
    private const decimal Below = 0.001m;

    /// <summary>Below this step of a float, in Wh, power between two readings says no more than the register.</summary>
    private const decimal FloatStep = 5m;

    /// <summary>Power is measured to some per cent: an estimate that stays behind the truth keeps each slot within one step of it.</summary>
    private const decimal Caution = 0.95m;

    private decimal anchor = -1;
    private decimal inside;

    /// <summary>The estimate in Wh; never above what the register can hold without stepping.</summary>
    /// <param name="value">The register's value in Wh.</param>
    /// <param name="room">How far it can be above that before the register steps, in Wh: a whole step, half of one for a float, which is rounded to the nearest.</param>
    /// <param name="energy">Energy that flowed at least since the last call, in Wh.</param>
    public decimal Add(decimal value, decimal room, decimal energy)
    {
        inside = value == anchor ? Math.Min(inside + energy * Caution, room - Below) : 0;
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
        (_, >= FloatStep) when isFloat => Quality.InterpolatedInStep,
        _ => Quality.Measured,
    };
}
