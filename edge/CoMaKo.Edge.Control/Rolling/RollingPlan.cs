using System.Collections.Immutable;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Planning;
using NodaTime;

namespace CoMaKo.Edge.Control.Rolling;

/// <summary>One slot of a plan; powers in kW (+ towards the building), energies in kWh, prices in EUR/kWh.</summary>
/// <param name="Law">What the batteries are told at the expected net load.</param>
/// <param name="Expected">Battery power expected over the slot.</param>
/// <param name="Stored">At its end.</param>
/// <param name="Value">Of one more stored kWh at its end; no more than the dearest price, where only a goal asks for energy.</param>
/// <param name="Grid">Expected at the connection.</param>
/// <param name="Curtailed">PV that is better not used.</param>
public sealed record RollingSlot(
    Instant Start, double ImportPrice, double ExportPrice, PriceSource Source, PowerBand Load, PowerBand Pv, LawAnswer Law, double Expected, double Stored, double Value,
    double Grid, double Curtailed, PlanReason Reason);

/// <summary>A plan as control follows it: the cost to go at the end of each slot, and what is expected to happen.</summary>
/// <param name="Values">Cost to go at the end of each slot of the horizon, EUR over kWh.</param>
/// <param name="ExpectedCost">Of grid energy until the end, EUR, mean over the scenarios; negative = earns.</param>
/// <param name="IsColdStart">Made without a day of history.</param>
public sealed record RollingPlan(
    Instant IssuedAt, PlanHorizon Horizon, ImmutableArray<ValueFunction> Values, ImmutableArray<RollingSlot> Slots, double StoredAtIssue, double ExpectedCost, bool IsColdStart)
{
    /// <summary>Price of energy beyond the caps of the connection.</summary>
    public Penalties Penalties { get; } = Horizon.Penalties;

    /// <summary>End of the last slot.</summary>
    public Instant Until => Horizon.StartOf(Horizon.Count);

    /// <summary>Why control does what it does now.</summary>
    /// <param name="netLoad">Measured, kW.</param>
    /// <param name="power">Of the batteries, kW.</param>
    /// <param name="stored">kWh.</param>
    public PlanReason ReasonNow(int slot, double netLoad, double power, double stored) =>
        SlotReasons.Of(Horizon, slot, new(netLoad, power, stored, -Values[slot].View.SlopeAt(Math.Min(stored, Horizon.Battery.EMax * (1 - 1e-9))), 0), powers);

    private readonly double[] powers = [.. Slots.Select(s => s.Expected)];

    /// <summary>Stored energy that the plan expects at a moment, kWh; absent outside its slots.</summary>
    public double? StoredAt(Instant at)
    {
        int slot = Horizon.SlotAt(at);
        if (slot < 0 || slot >= Slots.Length || at < IssuedAt) return null;
        var from = slot == 0 ? IssuedAt : Horizon.StartOf(slot);
        double before = slot == 0 ? StoredAtIssue : Slots[slot - 1].Stored, span = (Horizon.StartOf(slot + 1) - from).TotalSeconds;
        return span <= 0 ? before : before + (Slots[slot].Stored - before) * (at - from).TotalSeconds / span;
    }
}
