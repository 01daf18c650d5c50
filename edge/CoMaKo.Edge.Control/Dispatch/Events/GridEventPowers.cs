using System.Collections.Immutable;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>Powers of all devices that an event may concern: now, and as means over the running minute.</summary>
internal sealed class GridEventPowers
{
    /// <summary>The connection and all PV plants; no device can have these names.</summary>
    public const string Grid = "site.grid", Pv = "site.pv";

    private readonly Dictionary<string, (Int128 Sum, int Count)> minute = [];

    public static ImmutableArray<DevicePower> Of(ControlImage now)
    {
        var powers = ImmutableArray.CreateBuilder<DevicePower>(2 + now.Batteries.Length + now.Loads.Length);
        powers.Add(new(Grid, SiteBalance.Fresh(now.Grid, now)));
        powers.Add(new(Pv, SiteBalance.Fresh(now.Pv, now)));
        foreach (var battery in now.Batteries) powers.Add(new(battery.Id.Value, SiteBalance.Fresh(battery.Power, now)));
        foreach (var load in now.Loads) powers.Add(new(load.Id.Value, SiteBalance.Fresh(load.Power, now)));
        return powers.MoveToImmutable();
    }

    public void Add(ImmutableArray<DevicePower> powers)
    {
        foreach (var one in powers)
        {
            var (sum, count) = minute.GetValueOrDefault(one.Device);
            minute[one.Device] = one.Power is { } power ? (sum + power.Milliwatts, count + 1) : (sum, count);
        }
    }

    /// <summary>Means of what was added since the last call; absent where nothing was measured.</summary>
    public ImmutableArray<DevicePower> TakeMeans()
    {
        ImmutableArray<DevicePower> means = [.. minute.Select(m => new DevicePower(m.Key, m.Value.Count > 0 ? new Power((long)(m.Value.Sum / m.Value.Count)) : null))];
        minute.Clear();
        return means;
    }
}
