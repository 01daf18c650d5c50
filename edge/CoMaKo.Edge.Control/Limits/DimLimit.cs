using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>
/// §14a EnWG: what controllable consumers draw from the grid together. Own surplus may be used in addition: it goes to the batteries first, as their charging from PV is free,
/// and what they cannot take to the other consumers. Discharge is not limited (local-control §6.1).
/// </summary>
internal sealed class DimLimit : ILimit
{
    private readonly DimSettings dim;
    private readonly LimitSettings settings;
    private readonly Power formula;
    private readonly ImmutableArray<Device> devices;
    private readonly int[] batteries;

    public DimLimit(LimitSettings settings)
    {
        (this.settings, dim) = (settings, settings.Dim);
        batteries = [.. settings.Batteries.Select(b => b.IsDimmable ? 1 : 0)];
        devices =
        [
            .. settings.Batteries.Select((b, i) => (b, i)).Where(d => d.b.IsDimmable).Select(d => NewDevice(d.b.Id, -d.b.Rated.Min, null, d.i)),
            .. settings.Loads.Select((load, i) => NewDevice(load.Id, load.Rated, load.Kind, i)),
        ];
        formula = dim.Mode == DimMode.PerDevice
            ? new(devices.Sum(d => d.Minimum.Milliwatts))
            : DimFormula.Group(dim, [.. devices.Select(d => (d.Rated, d.Kind))]);
    }

    public string Name => "dim-14a";

    public LimitRank Rank => LimitRank.GridOperator;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        var state = State(now);
        return new(state.Kind == LimitKind.Idle || devices.IsEmpty ? allowed : Dim(allowed, now, state.Value!.Value), state);
    }

    private LimitState State(ControlImage now)
    {
        if (dim.HasRelay)
        {
            var relay = now.Relays.Find(RelayMeaning.Dim);
            if (relay?.IsActive is not { } isActive) return new(LimitKind.Failsafe, LimitSource.DimRelay, relay?.Source, formula, relay?.Since);
            if (isActive) return new(LimitKind.Active, LimitSource.DimRelay, relay.Source, formula, relay.Since);
        }

        var directive = now.Orders.InForce(DirectedLimit.Dim14a, now).MinBy(d => d.Limit);
        // Less than the guaranteed minimum cannot be asked for.
        return directive is null
            ? LimitState.Idle(dim.HasRelay ? LimitSource.DimRelay : LimitSource.DimDirective, now.Relays.Find(RelayMeaning.Dim)?.Source)
            : new(LimitKind.Active, LimitSource.DimDirective, directive.Id, PowerMath.Max(directive.Limit, formula), directive.From);
    }

    private AllowedRanges Dim(AllowedRanges allowed, ControlImage now, Power limit)
    {
        var balance = SiteBalance.Of(now);
        var pool = balance.Surplus;
        var charge = Power.Zero;
        var loads = new Power[now.Loads.Length];
        foreach (var device in devices)
        {
            var share = Share(device, limit);
            if (device.Kind is null)
            {
                charge += share;
                continue;
            }

            loads[device.Index] = PowerMath.Min(share, allowed.Loads[device.Index]);
            pool += share - loads[device.Index];
        }

        var room = Chargeable(allowed, now) - charge;
        var free = PowerMath.Min(balance.Surplus, PowerMath.Max(room, Power.Zero));
        (charge, room, pool) = (charge + free, room - free, pool - free);
        if (room < Power.Zero) pool -= room;
        for (int i = 0; i < loads.Length; i++)
        {
            var more = PowerMath.Min(allowed.Loads[i] - loads[i], pool);
            (loads[i], pool) = (loads[i] + more, pool - more);
            allowed = allowed.NarrowLoad(i, loads[i]);
        }

        charge += PowerMath.Min(pool, PowerMath.Max(room, Power.Zero));
        return BatterySum.Narrow(allowed, now, batteries, -charge.Milliwatts, null, Name);
    }

    /// <summary>What the dimmable batteries could take at most.</summary>
    private Power Chargeable(AllowedRanges allowed, ControlImage now)
    {
        var sum = Power.Zero;
        for (int i = 0; i < batteries.Length; i++)
        {
            if (batteries[i] > 0 && now.Batteries[i].IsControlled) sum += PowerMath.Max(-allowed.Batteries[i].Min, Power.Zero);
        }

        return sum;
    }

    private Power Share(Device device, Power limit)
    {
        if (dim.Mode == DimMode.PerDevice && limit == formula) return device.Minimum;
        decimal sum = devices.Sum(d => d.Weight);
        return sum > 0 ? new((long)decimal.Truncate(limit.Milliwatts * device.Weight / sum)) : Power.Zero;
    }

    private Device NewDevice(DeviceId id, Power rated, LoadKind? kind, int index)
    {
        var minimum = DimFormula.Minimum(settings.Dim, rated, kind);
        return new(index, kind, rated, minimum, settings.Dim.Weights.GetValueOrDefault(id, minimum.Watts / 1000));
    }

    /// <param name="Index">Among the batteries or among the loads.</param>
    /// <param name="Kind">Absent: a battery.</param>
    private sealed record Device(int Index, LoadKind? Kind, Power Rated, Power Minimum, decimal Weight);
}
