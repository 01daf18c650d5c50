using CoMaKo.Edge.Control.Planning;

namespace CoMaKo.Edge.Control.Shadow;

/// <summary>A slot of the past with what was known when it began: so nobody decides with what came later.</summary>
public interface IPastSlots
{
    /// <summary>The slot as a step, with the measured net load.</summary>
    /// <param name="slot">From 0.</param>
    /// <param name="stored">At its start, kWh: limits may depend on it.</param>
    PlanningStep Step(int slot, double stored);

    /// <summary>Cost to go at the slot's end as planned when it began; absent where nothing could be planned: then every driver follows the rule.</summary>
    ValueFunction? After(int slot);

    /// <summary>What breaking a soft limit costs.</summary>
    Penalties Penalties { get; }
}

/// <summary>Mean powers of one slot as they were measured, kW; absent where too little of it was.</summary>
/// <param name="NetLoad">House without battery, + deficit.</param>
/// <param name="Grid">+ import.</param>
/// <param name="Battery">+ discharge.</param>
public readonly record struct ShadowSlot(double? NetLoad, double? Grid, double? Battery)
{
    public bool IsMeasured => NetLoad is not null && Grid is not null && Battery is not null;
}

/// <summary>What a measured day costs without battery, as it was driven, and with each driver on a battery of the same model (dispatch-optimisation §6.2). Only slots that were measured count, for all alike.</summary>
/// <param name="battery">Stored energy and terminal value are not used.</param>
/// <param name="tolerances">Of the drivers, EUR/kWh; infinite: the rule.</param>
public sealed class ShadowRun(BatteryModel battery, IReadOnlyList<double> tolerances)
{
    /// <param name="stored">kWh of each driver's battery in the morning; written with that of the evening.</param>
    /// <param name="measuredChange">kWh by which the charge of the real battery has changed; absent: reckoned from its power.</param>
    /// <param name="worth">EUR of a stored kWh in the evening: what a driver leaves to the next day is no loss.</param>
    public ShadowCosts Score(IReadOnlyList<ShadowSlot> slots, IPastSlots past, Span<double> stored, double? measuredChange, double worth)
    {
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(past);
        double[] drivers = new double[tolerances.Count];
        for (int d = 0; d < drivers.Length; d++) drivers[d] = worth * stored[d];
        double without = 0, money = 0, wear = 0, change = 0;
        for (int t = 0; t < slots.Count; t++)
        {
            if (slots[t] is not { NetLoad: not null, Grid: { } grid, Battery: { } power }) continue;
            var after = past.After(t);
            var idle = past.Step(t, 0);
            without += Cost(in idle, 0);
            money += idle.GridCost(grid * idle.Hours);
            wear += battery.Wear * Math.Max(0, power) * idle.Hours;
            change += Change(power, idle.Hours);
            for (int d = 0; d < drivers.Length; d++) drivers[d] += Follow(past, t, after, tolerances[d], ref stored[d]);
        }

        for (int d = 0; d < drivers.Length; d++) drivers[d] -= worth * stored[d];
        return new(without, money, money + wear - worth * (measuredChange ?? change), [.. drivers]);
    }

    private double Follow(IPastSlots past, int t, ValueFunction? after, double tolerance, ref double stored)
    {
        var step = past.Step(t, stored);
        double power = after is null
            ? ForwardStep.BatteryPower(in step, battery, past.Penalties, Nothing.View, stored, double.PositiveInfinity)
            : ForwardStep.BatteryPower(in step, battery, past.Penalties, after.View, stored, tolerance);
        stored = Math.Clamp(stored * ForwardStep.Retention(battery, step.Hours) + Change(power, step.Hours), Math.Min(stored, battery.EMin), Math.Max(stored, battery.EMax));
        return Cost(in step, power);
    }

    private ValueFunction Nothing { get; } = new(battery.EMin, 0, [0], [battery.EMax - battery.EMin]);

    private double Cost(in PlanningStep step, double power) => step.GridCost((step.NetLoad - power) * step.Hours) + battery.Wear * Math.Max(0, power) * step.Hours;

    private double Change(double power, double hours) => -hours * (power > 0 ? power / battery.EtaDischarge : power * battery.EtaCharge);
}

/// <summary>Costs of one day over its measured slots, EUR; negative = earned.</summary>
/// <param name="Without">A building without battery.</param>
/// <param name="Money">As driven, what the grid meter counted.</param>
/// <param name="Driven">As driven, with the battery's wear, and less what it holds more than in the morning.</param>
/// <param name="Drivers">Likewise of each driver on a battery of the same model.</param>
public sealed record ShadowCosts(double Without, double Money, double Driven, IReadOnlyList<double> Drivers);
