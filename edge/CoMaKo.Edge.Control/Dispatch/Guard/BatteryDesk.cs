using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>The batteries' part of the write guard.</summary>
internal sealed class BatteryDesk
{
    private const decimal EdgeOfWindow = 3;
    private readonly SoCSettings window;
    private readonly DeviceLane?[] lanes;

    public BatteryDesk(LimitSettings site, Dictionary<DeviceId, DeviceLane> lanes)
    {
        window = site.SoC;
        this.lanes = [.. site.Batteries.Select(b => lanes.GetValueOrDefault(b.Id))];
    }

    public bool IsReleased => Array.TrueForAll(lanes, lane => lane is null || (!lane.IsBusy && !lane.MayHold));

    public void Release(long number)
    {
        foreach (var lane in lanes) lane?.Offer(new(OrderKind.Release, default, default, number));
    }

    public ImmutableArray<PowerRange?> Submit(
        long number, ImmutableArray<BatteryOrder> orders, AllowedRanges allowed, ControlImage image, Func<DeviceLane, ControlReach> reachOf, WriteTest? test, Duration now)
    {
        var ready = new LaneOrder?[lanes.Length];
        var told = new PowerRange?[lanes.Length];
        for (int i = 0; i < lanes.Length; i++)
        {
            if (lanes[i] is not { } lane) continue;
            lane.Observe(image.Batteries[i].Power, MayRest(image.Batteries[i].SoC), now);
            ready[i] = Order(lane, reachOf(lane), orders[i], allowed.Batteries[i], allowed.Following[i], test, now) with { Number = number };
            if (ready[i] is { Kind: OrderKind.Command, Range: var range }) told[i] = range;
        }

        LastCheck.Unite(told, allowed.Batteries.AsSpan());
        for (int i = 0; i < lanes.Length; i++)
        {
            if (ready[i] is not { } order) continue;
            lanes[i]!.Offer(told[i] is { } range ? order with { Range = range } : order);
        }

        return [.. told];
    }

    /// <summary>Near the ends of its window a battery stops by its own BMS, a little before or after ours would: that is no disobedience.</summary>
    private (bool Discharge, bool Charge) MayRest(MeasuredSoC? soc) =>
        soc is { } known ? (known.Percent <= window.WindowMin + EdgeOfWindow, known.Percent >= window.WindowMax - EdgeOfWindow) : (false, false);

    private static LaneOrder Order(DeviceLane lane, ControlReach reach, BatteryOrder order, PowerRange command, PowerRange following, WriteTest? test, Duration now)
    {
        var traits = ((BatteryPort)lane.Port).Traits;
        switch (reach)
        {
            case ControlReach.ReadOnly or ControlReach.NotControllable:
                return default(LaneOrder) with { Kind = OrderKind.Release };
            case ControlReach.Testing:
                return TestOrder(test, command, following, traits);
            case ControlReach.Unreachable when order.Kind == OrderKind.Command:
                // What it held goes on as long as it would have held; later it finds 0 W, and its share as soon as it answers.
                var last = lane.HeldAt(now) ?? PowerRange.Pin(Power.Zero);
                return NewCommand(PowerRange.Pin(last.Clamp(Power.Zero)), command, following, traits);
        }

        return order.Kind switch
        {
            OrderKind.Command => NewCommand(order.Wanted, command, following, traits),
            OrderKind.Keep => new(OrderKind.Keep, default, BoundOf(lane.HeldAt(now) ?? default, command, following), 0),
            _ => default(LaneOrder) with { Kind = OrderKind.Release },
        };
    }

    private static LaneOrder TestOrder(WriteTest? test, PowerRange command, PowerRange following, BatteryControlTraits traits)
    {
        if (test is not { IsOver: false, Wanted: { } wanted }) return default(LaneOrder) with { Kind = OrderKind.Release };
        var power = test.Permitted.Clamp(wanted.Power);
        var order = NewCommand(PowerRange.Pin(power), command, following, traits);
        // A limit may forbid what the test wants; what is then left must still lie inside the permission.
        return test.Permitted.Contains(order.Range.Min) && test.Permitted.Contains(order.Range.Max)
            ? order with { Validity = wanted.ValidFor }
            : default(LaneOrder) with { Kind = OrderKind.Release };
    }

    private static LaneOrder NewCommand(PowerRange wanted, PowerRange command, PowerRange following, BatteryControlTraits traits)
    {
        var range = LastCheck.Battery(wanted, command, following, traits);
        return new(OrderKind.Command, range, BoundOf(range, command, following), 0);
    }

    /// <summary>A single power must stay a permitted command, bounds must stay permitted bounds.</summary>
    private static PowerRange BoundOf(PowerRange range, PowerRange command, PowerRange following) => range.Min == range.Max ? command : following;
}
