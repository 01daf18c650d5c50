using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Planning;

/// <summary>
/// Turns the value of stored energy into a wish for the coming seconds (dispatch-optimisation §6). Import costs no less than export pays, so the best power for a net load n is n
/// itself, cut to two bounds that do not depend on n: what is worth buying for, and what is worth selling. The balancing law then follows the meter inside them without a forecast.
/// </summary>
public static class ValueWish
{
    /// <summary>The batteries' mode and bounds while the prices of a step hold.</summary>
    /// <param name="step">Prices and powers of the running step, its hours as long as the wish will be followed; its net load, caps and cooperative blocks are not used: limits keep the caps.</param>
    /// <param name="after">Cost to go at the end of the step.</param>
    /// <param name="stored">kWh now.</param>
    /// <param name="tolerance">As in <see cref="ForwardStep.BatteryPower"/>; infinite: self-consumption.</param>
    /// <param name="gridTarget">Power wanted at the connection while following, + import.</param>
    public static BatteryWish Of(in PlanningStep step, BatteryModel battery, ValueView after, double stored, double tolerance, Power gridTarget)
    {
        ArgumentNullException.ThrowIfNull(battery);
        double beyond = 1 + step.ChargeMax + step.DischargeMax;
        var bare = new PlanningStep
        {
            Hours = step.Hours, NetLoad = -beyond, ImportPrice = step.ImportPrice, ExportPrice = step.ExportPrice, ChargeMax = step.ChargeMax, DischargeMax = step.DischargeMax,
        };
        double least = ForwardStep.BatteryPower(in bare, battery, default, after, stored, tolerance);
        double most = ForwardStep.BatteryPower(bare with { NetLoad = beyond }, battery, default, after, stored, tolerance);
        var bounds = new PowerRange(Kilowatts(Math.Min(least, most)), Kilowatts(most));
        return new(Mode(bounds), bounds, gridTarget);
    }

    private static BatteryMode Mode(PowerRange bounds) => (bounds.Min.Milliwatts, bounds.Max.Milliwatts) switch
    {
        (0, 0) => BatteryMode.Idle,
        ( < 0, > 0) => BatteryMode.Balance,
        (0, > 0) => BatteryMode.FollowDeficit,
        ( < 0, 0) => BatteryMode.AbsorbSurplus,
        _ => BatteryMode.ForcedPower,
    };

    private static Power Kilowatts(double power) => new((long)Math.Round(power * 1000) * 1000);
}
