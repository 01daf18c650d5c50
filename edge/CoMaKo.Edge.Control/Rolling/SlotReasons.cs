using NodaTime;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>What happens in a slot, for its reason. Powers in kW, energies in kWh.</summary>
/// <param name="NetLoad">House without the batteries, + deficit.</param>
/// <param name="Power">Of the batteries, + discharge.</param>
/// <param name="Stored">At the start.</param>
/// <param name="Value">Of one more stored kWh afterwards, EUR/kWh; may hold penalties of goals.</param>
internal readonly record struct Doing(double NetLoad, double Power, double Stored, double Value, double Curtailed);

/// <summary>Finds out why a plan does what it does: the comparison of prices and worth that decided (user-experience: a sentence that people can check).</summary>
internal static class SlotReasons
{
    /// <summary>kW below which nothing happens.</summary>
    private const double Least = 0.05;

    /// <summary>Share of the battery that counts as none or as all.</summary>
    private const double Edge = 0.005;

    /// <param name="powers">Expected battery power of each slot of the horizon, kW.</param>
    public static PlanReason Of(PlanHorizon horizon, int slot, in Doing now, IReadOnlyList<double> powers)
    {
        double import = horizon.Prices.Import[slot], export = horizon.Prices.Export[slot], dearest = horizon.Prices.Import.Max();
        bool isGoal = now.Value > 2 * Math.Max(dearest, 0.01);
        double value = Math.Min(now.Value, Math.Max(dearest, 0));
        if (now.Curtailed > Least) return new(ReasonCase.Curtail) { Power = now.Curtailed, Now = export };
        if (now.Power < -Least) return isGoal && Goal(horizon, slot, now.Stored) is { } goal ? goal with { Power = -now.Power } : Charging(horizon, slot, in now, powers, value);
        if (now.Power > Least)
        {
            bool sells = now.Power > Math.Max(0, now.NetLoad) + Least;
            return new(sells ? ReasonCase.Sell : ReasonCase.Cover) { Power = now.Power, Now = sells ? export : import, Value = value };
        }

        double edge = Edge * horizon.Battery.EMax, reserve = horizon.Limits?.Reserve ?? 0;
        if (now.NetLoad > Least)
        {
            if (now.Stored <= edge) return new(ReasonCase.Empty) { Stored = now.Stored };
            return reserve > 0 && now.Stored <= reserve + edge ? new(ReasonCase.Reserve) { Stored = reserve } : new(ReasonCase.Keep) { Now = import, Value = value };
        }

        if (now.NetLoad < -Least)
            return now.Stored >= horizon.Battery.EMax - edge ? new(ReasonCase.Full) { Stored = now.Stored } : new(ReasonCase.ReleaseSurplus) { Now = export, Value = value };
        return new(ReasonCase.Follow) { Value = value, Import = import, Export = export };
    }

    private static PlanReason Charging(PlanHorizon horizon, int slot, in Doing now, IReadOnlyList<double> powers, double value)
    {
        double power = -now.Power, bought = power - Math.Max(0, -now.NetLoad);
        bool buys = bought > Least;
        if (buys && horizon.Limits?.DimmedTo(slot) is { } dimmed && bought >= dimmed - Least) return new(ReasonCase.Dimmed) { Power = power, Limit = dimmed };
        double price = buys ? horizon.Prices.Import[slot] : horizon.Prices.Export[slot];
        double efficiency = horizon.Battery.EtaCharge * horizon.Battery.EtaDischarge;
        if (Use(horizon, slot, powers) is { } later && (later.Price - horizon.Battery.Wear) * efficiency > price)
            return new(buys ? ReasonCase.StoreCheap : ReasonCase.StoreSurplus) { Power = power, Now = price, Later = later.Price, At = later.At };
        if (buys && Goal(horizon, slot, now.Stored) is { } goal) return goal with { Power = power };
        return new(buys ? ReasonCase.StoreCheapValue : ReasonCase.StoreSurplusValue) { Power = power, Now = price, Value = value };
    }

    /// <summary>The dearest slot of the next time that the batteries are discharged; absent if the plan does not discharge.</summary>
    private static (double Price, Instant At)? Use(PlanHorizon horizon, int slot, IReadOnlyList<double> powers)
    {
        int best = -1;
        for (int j = slot + 1; j < powers.Count && (best < 0 || powers[j] > -Least); j++)
        {
            if (powers[j] > Least && (best < 0 || horizon.Prices.Import[j] > horizon.Prices.Import[best])) best = j;
        }

        return best < 0 ? null : (horizon.Prices.Import[best], horizon.StartOf(best));
    }

    /// <summary>The next goal that is not met yet.</summary>
    private static PlanReason? Goal(PlanHorizon horizon, int slot, double stored)
    {
        for (int j = slot; horizon.Limits is { } limits && j < horizon.Count; j++)
        {
            if (limits.StoredMin(j) <= stored) continue;
            bool isReserve = limits.StoredMin(j) <= limits.Reserve;
            return isReserve ? new(ReasonCase.Reserve) { Stored = limits.Reserve } : new(ReasonCase.Target) { Stored = limits.StoredMin(j), At = horizon.StartOf(j + 1) };
        }

        return null;
    }
}
