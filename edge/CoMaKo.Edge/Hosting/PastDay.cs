using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Control.Shadow;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Hosting;

/// <summary>A local day out of the store, with the plans that would have been made in it: each with the readings and day-ahead prices that were there when its slot began.</summary>
internal sealed class PastDay : IPastSlots
{
    private readonly PlanFrame frame;
    private readonly PriceKeeper prices;
    private readonly RollingPlanner planner;
    private readonly History history;
    private readonly HubOutlook? outlook;
    private readonly QuarterHour[] slots;
    private readonly Dictionary<QuarterHour, ControlSlot> measured;
    private readonly PlanHorizon horizon;
    private readonly ValueFunction after = new();

    /// <param name="day">Prices of the day's slots, as they were in the end.</param>
    /// <param name="measured">At least the day's slots, and the one before it for the charge in the morning.</param>
    /// <param name="outlook">The hub's forecasts, if plans followed them on that day.</param>
    public PastDay(
        PlanFrame frame, PriceKeeper prices, RollingPlanner planner, History history, QuarterHour[] slots, PriceCurve day, IEnumerable<ControlSlot> measured, HubOutlook? outlook)
    {
        (this.frame, this.prices, this.planner, this.history, this.slots, this.outlook) = (frame, prices, planner, history, slots, outlook);
        this.measured = measured.ToDictionary(s => s.Slot);
        horizon = frame.Horizon(slots[0], day, null);
        Measured = [.. slots.Select(Of)];
    }

    public IReadOnlyList<ShadowSlot> Measured { get; }

    public int Missing => Measured.Count(s => !s.IsMeasured);

    public Penalties Penalties => horizon.Penalties;

    public BatteryModel Battery => horizon.Battery;

    /// <summary>Stored energy of the model in the morning, kWh; half full where the charge is not known.</summary>
    public double Morning => Stored(slots[0].Previous) is { } stored ? Math.Clamp(stored, 0, Battery.EMax) : Battery.EMax / 2;

    /// <summary>kWh by which the charge has changed over the day; absent unless all of it was measured.</summary>
    public double? Change => Missing == 0 && Stored(slots[0].Previous) is { } morning && Stored(slots[^1]) is { } evening ? evening - morning : null;

    public PlanningStep Step(int slot, double stored) => horizon.Step(slot, Measured[slot].NetLoad ?? 0, Kilowatts(Row(slots[slot])?.Pv) ?? 0, stored, horizon.Hours);

    public ValueFunction? After(int slot)
    {
        var start = slots[slot].Start;
        if (prices.Curve(slots[slot], PlanFrame.Slots, null, start, out _) is not { } curve) return null;
        var coming = frame.Horizon(slots[slot], curve, null) with { PvExpected = outlook?.Pv(slots[slot], PlanFrame.Slots, start) };
        return planner.Value(history.AsOf(start), coming, [after]) ? after : null;
    }

    private ShadowSlot Of(QuarterHour slot) => Row(slot) is { Load: { } load, Pv: { } pv } row ? new(Kilowatts(load - pv), Kilowatts(row.Grid), Kilowatts(row.Battery)) : default;

    private double? Stored(QuarterHour end) => Row(end)?.SoCPermille is { } permille ? permille / 1000.0 * frame.Battery.Capacity - frame.Battery.Empty : null;

    private ControlSlot? Row(QuarterHour slot) => measured.GetValueOrDefault(slot);

    private static double? Kilowatts(Power? power) => (double?)power?.Watts / 1000;
}
