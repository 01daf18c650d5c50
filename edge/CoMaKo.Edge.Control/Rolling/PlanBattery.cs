using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>Losses and wear of a battery where nothing else is known (dispatch-optimisation §2).</summary>
/// <param name="EtaCharge">One way.</param>
/// <param name="EtaDischarge">One way.</param>
/// <param name="Wear">EUR per kWh discharged.</param>
public sealed record BatteryCosts(double EtaCharge = 0.95, double EtaDischarge = 0.95, double Wear = 0.02);

/// <summary>All batteries of a building as the one that plans know: stored energy counts from the lower end of the window of the state of charge.</summary>
public sealed class PlanBattery(LimitSettings site)
{
    /// <summary>kWh at 100 %, of all batteries that can be commanded.</summary>
    public double Capacity { get; } = site.Batteries.Sum(b => (double)(b.Capacity?.WattHours ?? 0) / 1000);

    /// <summary>kWh that stay in them always.</summary>
    public double Empty => Capacity * (double)site.SoC.WindowMin / 100;

    /// <summary>The model for planning; absent if no battery can be commanded.</summary>
    public BatteryModel? Model(BatteryCosts costs)
    {
        ArgumentNullException.ThrowIfNull(costs);
        double usable = Capacity * (double)(site.SoC.WindowMax - site.SoC.WindowMin) / 100;
        (double charge, double discharge) = (-site.Batteries.Sum(b => (double)b.Rated.Min.Watts) / 1000, site.Batteries.Sum(b => (double)b.Rated.Max.Watts) / 1000);
        return usable <= 0 || charge + discharge <= 0 ? null : new(0, usable, 0, charge, discharge, costs.EtaCharge, costs.EtaDischarge, costs.Wear, 0);
    }

    /// <summary>State of charge in per cent at a stored energy of the model.</summary>
    public double Percent(double stored) => Capacity <= 0 ? 0 : 100 * (stored + Empty) / Capacity;

    /// <summary>How full the usable batteries are inside the window, 0 to 1; absent while no state of charge is known.</summary>
    public double? Share(ControlImage now)
    {
        ArgumentNullException.ThrowIfNull(now);
        (double stored, double usable) = (0, 0);
        for (int i = 0; i < site.Batteries.Length; i++)
        {
            var image = now.Batteries[i];
            if (site.Batteries[i].Capacity is not { } capacity || !BatteryCrew.IsUsable(image) || image.SoC is not { } soc || soc.AgeAt(now.Monotonic) > site.SoC.UnknownAfter) continue;
            double width = (double)(site.SoC.WindowMax - site.SoC.WindowMin);
            stored += capacity.WattHours * Math.Clamp((double)(soc.Percent - site.SoC.WindowMin) / width, 0, 1);
            usable += capacity.WattHours;
        }

        return usable > 0 ? stored / usable : null;
    }

    /// <summary>The house without the batteries that can be commanded, kW, + deficit; absent while a part of it is not known.</summary>
    public static double? NetLoad(ControlImage now)
    {
        ArgumentNullException.ThrowIfNull(now);
        if (now.Grid is not { } grid) return null;
        var sum = grid.Value;
        foreach (var one in now.Batteries)
        {
            if (!BatteryCrew.IsUsable(one)) continue;
            if ((one.PowerAtMeter ?? one.Power?.Value) is not { } power) return null;
            sum += power;
        }

        return (double)sum.Watts / 1000;
    }
}
