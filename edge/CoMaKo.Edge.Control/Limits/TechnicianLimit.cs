using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>Somebody works at the plant: locked batteries stand still.</summary>
internal sealed class TechnicianLimit : ILimit
{
    public string Name => "lock";

    public LimitRank Rank => LimitRank.TechnicianLock;

    public LimitResult Apply(AllowedRanges allowed, ControlImage now)
    {
        if (now.Orders.Lock is not { } order) return new(allowed, LimitState.Idle(LimitSource.TechnicianLock));
        for (int i = 0; i < now.Batteries.Length; i++)
        {
            if (order.Battery is null || order.Battery == now.Batteries[i].Id) allowed = allowed.NarrowBattery(i, PowerRange.Pin(Power.Zero), Name);
        }

        return new(allowed, new(LimitKind.Active, LimitSource.TechnicianLock, order.By, Value: null, order.Since));
    }
}
