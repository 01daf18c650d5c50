using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Balancing;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>
/// Turns the wish for all batteries into orders for each one. Batteries that the gateway drives follow the balancing law; those with an own loop get bounds.
/// In a building with both, the own loops go first and the driven ones help in the same direction only, so that the two loops never work against each other.
/// </summary>
internal sealed class BatteryCrew(LimitSettings site, BalancingLaw law, BatterySplit split, WriteGuard guard, PeakShavingSettings? peaks)
{
    /// <summary>Share of their bounds at which own loops need help, and below which they no longer do.</summary>
    private const decimal HelpFrom = 0.95m, HelpUntil = 0.85m;

    /// <summary>What helping leaves to the grid, so that the own loops stay at their bounds.</summary>
    private static readonly Power HelpTarget = Power.FromWatts(50);
    private readonly PeakShaving? shaving = peaks is null ? null : new(peaks);
    private readonly bool[] ownLoop = [.. site.Batteries.Select(b => guard.FollowsByItself(b.Id))];
    private ImmutableArray<Power?> lastPins = [];
    private Power lastTotal;
    private Power? wanted;
    private PowerRange? connection;
    private bool isHelping;
    private ImmutableHashSet<DeviceId> lastDriven = [];

    public BalancingState State => law.State;

    /// <summary>The house without the batteries that the gateway drives, as the law estimates it; absent before the first sample.</summary>
    public Power? NetLoad => law.NetLoad;

    public ImmutableArray<BalancingEvent> Events { get; private set; } = [];

    /// <summary>Tells the law what devices have taken.</summary>
    public void Confirm(ImmutableArray<Confirmation> confirmations)
    {
        foreach (var one in confirmations)
        {
            if (one.Range is { } range && range.Min == range.Max) law.Confirm(one.Device, range.Min, one.At);
            else law.Released(one.Device, one.At);
        }
    }

    /// <summary>Shows the law the readings; the limits then judge the house by its estimate, in which meter and batteries speak of one moment.</summary>
    /// <returns>The image with each driven battery's part in the meter's sample.</returns>
    public ControlImage Look(ControlImage now)
    {
        (wanted, Events) = (null, []);
        connection = shaving?.Next(now);
        var driven = Driven(now);
        if (driven.IsEmpty) return now;
        law.Observe(now, Except(driven));
        return law.NetLoad is { } netLoad && now.Grid is { } grid ? Aligned(now, driven, netLoad - grid.Value) : now;
    }

    /// <summary>Lets the law decide inside what the limits have left.</summary>
    public void Decide(ControlImage now, AllowedRanges allowed, BatteryWish wish)
    {
        var driven = Driven(now);
        if (driven.IsEmpty) return;
        var step = law.Next(now, Helping(wish, now), Sum(now, driven, allowed), connection, Except(driven));
        (wanted, Events) = (step.Wanted, step.Events);
    }

    /// <summary>Orders that follow the wish.</summary>
    public ImmutableArray<BatteryOrder> Follow(ControlImage now, AllowedRanges allowed, BatteryWish wish)
    {
        var pins = wish.Bounds.Min == wish.Bounds.Max && HasOwnLoop(now)
            ? split.Of(wish.Bounds.Min, allowed.Batteries, now.Batteries, now.At, now.Monotonic, Unusable(now))
            : DrivenPins(now, allowed);
        return [.. site.Batteries.Select((_, i) => Order(i, now, allowed, wish, pins.IsDefaultOrEmpty ? null : pins[i]))];
    }

    /// <summary>Orders that go from what is held to 0 W; own loops are released.</summary>
    /// <param name="share">What is left of the held power, 1 to 0.</param>
    public ImmutableArray<BatteryOrder> Leave(ControlImage now, ImmutableArray<Power> from, decimal share) =>
    [
        .. site.Batteries.Select((_, i) => !IsUsable(now.Batteries[i]) || ownLoop[i] ? BatteryOrder.Release : Pin(from[i].Scale(share))),
    ];

    /// <summary>The same order for all that can take one.</summary>
    public ImmutableArray<BatteryOrder> All(ControlImage now, BatteryOrder order) => [.. now.Batteries.Select(b => IsUsable(b) || IsUnreachable(b) ? order : BatteryOrder.Release)];

    /// <summary>What each battery holds as a single power; 0 W if nothing.</summary>
    public ImmutableArray<Power> Held() => [.. site.Batteries.Select(b => guard.Held(b.Id) is { } range && range.Min == range.Max ? range.Min : Power.Zero)];

    public static bool IsUsable(BatteryImage battery) => battery is { IsControlled: true, IsFaulted: false } && battery.IsOnGrid != false;

    private bool IsUnreachable(BatteryImage battery) => guard.Reach(battery.Id) == ControlReach.Unreachable;

    /// <summary>Forgets the last split: the next one begins with the law's next word.</summary>
    public void Forget() => lastPins = [];

    private BatteryOrder Order(int i, ControlImage now, AllowedRanges allowed, BatteryWish wish, Power? pin)
    {
        // The guard turns this into what the device last held, or 0 W, so that it finds an order when it answers again.
        if (IsUnreachable(now.Batteries[i])) return Pin(Power.Zero);
        if (!IsUsable(now.Batteries[i])) return BatteryOrder.Release;
        if (pin is { } power) return Pin(power);
        if (!ownLoop[i]) return BatteryOrder.Keep;
        return new(OrderKind.Command, wish.Bounds.Min == wish.Bounds.Max ? PowerRange.Pin(allowed.Batteries[i].Clamp(wish.Bounds.Min)) : Part(i, allowed, wish.Bounds));
    }

    /// <summary>Each own loop's part of the bounds, in proportion to what it could do.</summary>
    private PowerRange Part(int i, AllowedRanges allowed, PowerRange bounds)
    {
        Power min = Power.Zero, max = Power.Zero;
        for (int k = 0; k < allowed.Following.Length; k++)
        {
            if (ownLoop[k]) (min, max) = (min + PowerMath.Min(allowed.Following[k].Min, Power.Zero), max + PowerMath.Max(allowed.Following[k].Max, Power.Zero));
        }

        var own = allowed.Following[i];
        return new(Portion(PowerMath.Min(own.Min, Power.Zero), bounds.Min, min), Portion(PowerMath.Max(own.Max, Power.Zero), bounds.Max, max));

        static Power Portion(Power own, Power bound, Power all) =>
            all == Power.Zero || PowerMath.Abs(bound) >= PowerMath.Abs(all) ? own : new((long)((Int128)own.Milliwatts * Math.Abs(bound.Milliwatts) / Math.Abs(all.Milliwatts)));
    }

    private ImmutableArray<Power?> DrivenPins(ControlImage now, AllowedRanges allowed)
    {
        var driven = Driven(now);
        if (driven.IsEmpty) return [];
        if (wanted is null && lastPins.IsEmpty) return [];
        bool isSame = wanted is null && driven.SetEquals(lastDriven);
        if (isSame && AllInside(allowed)) return lastPins;
        lastTotal = Sum(now, driven, allowed).Clamp(wanted ?? lastTotal);
        lastDriven = driven;
        return lastPins = split.Of(lastTotal, allowed.Batteries, now.Batteries, now.At, now.Monotonic, Except(driven));
    }

    private bool AllInside(AllowedRanges allowed)
    {
        for (int i = 0; i < lastPins.Length; i++) if (lastPins[i] is { } pin && !allowed.Batteries[i].Contains(pin)) return false;
        return true;
    }

    /// <summary>
    /// Beside own loops the driven batteries only add to what these do when they can do no more, and in the same direction; otherwise they rest. Two loops that
    /// both answer to one meter would share the work by chance, or charge one battery from the other.
    /// </summary>
    private BatteryWish Helping(BatteryWish wish, ControlImage now)
    {
        if (wish.Bounds.Min == wish.Bounds.Max || !HasOwnLoop(now)) return wish;
        Power power = Power.Zero, give = Power.Zero, take = Power.Zero;
        for (int i = 0; i < ownLoop.Length; i++)
        {
            if (!ownLoop[i] || !IsUsable(now.Batteries[i])) continue;
            var range = guard.Held(now.Batteries[i].Id) ?? site.Batteries[i].Rated;
            power += now.Batteries[i].Power?.Value ?? Power.Zero;
            (give, take) = (give + range.Max, take + range.Min);
        }

        decimal enough = isHelping ? HelpUntil : HelpFrom;
        bool gives = power >= give.Scale(enough), takes = power <= take.Scale(enough);
        isHelping = gives || takes;
        var (min, max) = (takes ? wish.Bounds.Min : Power.Zero, gives ? wish.Bounds.Max : Power.Zero);
        return wish with { Bounds = new(PowerMath.Min(min, Power.Zero), PowerMath.Max(max, Power.Zero)), GridTarget = gives ? HelpTarget : -HelpTarget };
    }

    private bool HasOwnLoop(ControlImage now)
    {
        for (int i = 0; i < ownLoop.Length; i++) if (ownLoop[i] && IsUsable(now.Batteries[i])) return true;
        return false;
    }

    private ImmutableHashSet<DeviceId> Driven(ControlImage now) => [.. now.Batteries.Where((b, i) => !ownLoop[i] && IsUsable(b)).Select(b => b.Id)];

    private static HashSet<DeviceId> Unusable(ControlImage now) => [.. now.Batteries.Where(b => !IsUsable(b)).Select(b => b.Id)];

    private HashSet<DeviceId> Except(ImmutableHashSet<DeviceId> driven) => [.. site.Batteries.Select(b => b.Id).Where(id => !driven.Contains(id))];

    private static PowerRange Sum(ControlImage now, ImmutableHashSet<DeviceId> driven, AllowedRanges allowed)
    {
        Power min = Power.Zero, max = Power.Zero;
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            if (driven.Contains(now.Batteries[i].Id)) (min, max) = (min + allowed.Batteries[i].Min, max + allowed.Batteries[i].Max);
        }

        return new(min, max);
    }

    /// <summary>Lays what the readings and the law differ by on the driven batteries, by their size.</summary>
    private ControlImage Aligned(ControlImage now, ImmutableHashSet<DeviceId> driven, Power batteries)
    {
        long rated = 0;
        foreach (var battery in site.Batteries) if (driven.Contains(battery.Id)) rated += (battery.Rated.Max - battery.Rated.Min).Milliwatts;
        if (rated == 0) return now;
        var rest = batteries;
        foreach (var battery in now.Batteries) if (driven.Contains(battery.Id)) rest -= battery.Power?.Value ?? Power.Zero;
        return now with
        {
            Batteries =
            [
                .. now.Batteries.Select((battery, i) => driven.Contains(battery.Id)
                    ? battery with { PowerAtMeter = (battery.Power?.Value ?? Power.Zero) + new Power((long)((Int128)rest.Milliwatts * (site.Batteries[i].Rated.Max - site.Batteries[i].Rated.Min).Milliwatts / rated)) }
                    : battery),
            ],
        };
    }

    private static BatteryOrder Pin(Power power) => new(OrderKind.Command, PowerRange.Pin(power));
}
