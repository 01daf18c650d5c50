using CoMaKo.Edge.Control.Planning;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>What the batteries shall do, in kW, + discharge.</summary>
/// <param name="Power">At the net load that was given.</param>
/// <param name="Min">Least power while following the meter; equal to <paramref name="Max"/> where it is pinned.</param>
/// <param name="GridTarget">Power at the connection while following, + import: 0, or where another price begins.</param>
public readonly record struct LawAnswer(BatteryMode Mode, double Power, double Min, double Max, double GridTarget)
{
    /// <param name="gridTarget">Power at the connection that is wanted besides, + import; a pinned power has none.</param>
    public BatteryWish ToWish(Power gridTarget) =>
        new(Mode, new(Kilowatts(Min), Kilowatts(Max)), Mode == BatteryMode.ForcedPower ? Quantities.Power.Zero : gridTarget + Kilowatts(GridTarget));

    private static Power Kilowatts(double power) => Quantities.Power.FromWatts((decimal)Math.Round(power * 1000));
}

/// <summary>
/// The control law (dispatch-optimisation §6): from the cost to go at the end of the slot and the measured net load to a mode with bounds. It asks for the best power at
/// several net loads, so it holds for every shape of prices: a deficit is covered if that is worth more than the energy, a surplus likewise, and what goes beyond is forced.
/// </summary>
public static class PlanLaw
{
    /// <summary>A decision for this second must not run into the end of what is stored: bounds are those of a short moment.</summary>
    private const double MomentHours = 10 / 3600.0;

    /// <summary>Net load at which the law is asked whether it covers a deficit and takes a surplus, kW.</summary>
    private const double Probe = 0.05;

    /// <summary>kW; less than this is not forced.</summary>
    private const double Least = 0.05;

    /// <param name="netLoad">House without the batteries, kW, + deficit.</param>
    /// <param name="hours">Left of the slot.</param>
    public static LawAnswer Decide(in LawQuestion question, double netLoad, double hours)
    {
        double moment = Math.Min(MomentHours, hours), most = question.Most + Math.Abs(netLoad);
        double now = question.Power(netLoad, moment);
        if (IsForced(now, netLoad) && question.Power(netLoad, hours) is var power && IsForced(power, netLoad)) return new(BatteryMode.ForcedPower, power, power, power, netLoad - power);

        bool covers = question.Power(Probe, moment) > Probe / 2, absorbs = question.Power(-Probe, moment) < -Probe / 2;
        double target = 0;
        if (now > Least && !covers) (target, absorbs, covers) = (Math.Max(0, netLoad - now), false, true);
        else if (now < -Least && !absorbs) (target, absorbs, covers) = (Math.Min(0, netLoad - now), true, false);
        double min = absorbs ? Math.Min(0, question.Power(-most, moment)) : 0, max = covers ? Math.Max(0, question.Power(most, moment)) : 0;
        return new(ModeOf(min, max), Math.Clamp(netLoad - target, min, max), min, max, target);
    }

    /// <summary>Charging from the grid, or discharging into it.</summary>
    private static bool IsForced(double power, double netLoad) => power < Math.Min(0, netLoad) - Least || power > Math.Max(0, netLoad) + Least;

    private static BatteryMode ModeOf(double min, double max) => (min < 0, max > 0) switch
    {
        (true, true) => BatteryMode.Balance,
        (true, false) => BatteryMode.AbsorbSurplus,
        (false, true) => BatteryMode.FollowDeficit,
        _ => BatteryMode.Idle,
    };
}

/// <summary>What the law needs to know beside the net load.</summary>
/// <param name="slot">Of the horizon.</param>
/// <param name="after">Cost to go at the end of the slot.</param>
/// <param name="pv">Production, kW.</param>
/// <param name="stored">kWh now.</param>
/// <param name="tolerance">EUR/kWh that a decision must be worth against self-consumption.</param>
public readonly ref struct LawQuestion(PlanHorizon horizon, Penalties penalties, int slot, ValueView after, double pv, double stored, double tolerance)
{
    private readonly ValueView after = after;

    /// <summary>A net load of this, kW, lets no price step open.</summary>
    public double Most => horizon.Battery.PCharge + horizon.Battery.PDischarge + (horizon.Prices.CoopImport?.Power[slot] ?? 0) + (horizon.Prices.CoopExport?.Power[slot] ?? 0);

    /// <summary>Money of a battery power over so many hours with what is stored afterwards, EUR; only differences count.</summary>
    public double Cost(double netLoad, double power, double hours)
    {
        var (step, battery) = (horizon.Step(slot, netLoad, pv, stored, hours), horizon.Battery);
        double change = -hours * (power > 0 ? power / battery.EtaDischarge : power * battery.EtaCharge), wanted = (netLoad - power) * hours;
        double grid = wanted + step.BestCurtailment(wanted, in penalties);
        return step.GridCost(grid) + step.GridPenalty(grid, in penalties) + battery.Wear * Math.Max(0, power) * hours + after.At(Math.Clamp(stored + change, 0, battery.EMax));
    }

    /// <summary>Best battery power at a net load over so many hours, kW, + discharge.</summary>
    public double Power(double netLoad, double hours)
    {
        var step = horizon.Step(slot, netLoad, pv, stored, hours);
        return ForwardStep.BatteryPower(in step, horizon.Battery, in penalties, after, stored, tolerance);
    }
}
