using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>The part of the write guard for PV plants and consumers. They are limited by force of law, so they get their order even while they do not answer well.</summary>
internal sealed class LimitDesk
{
    private static readonly Power LoadStep = Power.FromWatts(10);
    private readonly (PlantSite Site, DeviceLane? Lane)[] plants;
    private readonly (LoadSite Site, DeviceLane? Lane)[] loads;

    public LimitDesk(LimitSettings site, Dictionary<DeviceId, DeviceLane> lanes)
    {
        plants = [.. site.Plants.Select(p => (p, lanes.GetValueOrDefault(p.Id)))];
        loads = [.. site.Loads.Select(l => (l, lanes.GetValueOrDefault(l.Id)))];
    }

    public void Submit(long number, AllowedRanges allowed, ControlImage image, Func<DeviceLane, ControlReach> reachOf)
    {
        var writable = Array.FindAll(plants, p => p.Lane is { } lane && reachOf(lane) != ControlReach.ReadOnly);
        var left = allowed.PvOutput is { } most ? Left(most, writable, image) : (Power?)null;
        long installed = writable.Sum(p => p.Site.Installed.Milliwatts);
        foreach (var (site, lane) in plants)
        {
            if (lane is null) continue;
            Power? share = left is { } power && installed > 0 && reachOf(lane) != ControlReach.ReadOnly
                ? new((long)((Int128)power.Milliwatts * site.Installed.Milliwatts / installed))
                : null;
            Offer(lane, share is { } limit && limit < site.Installed ? limit : null, lane.Port.Resolution, number);
        }

        for (int i = 0; i < loads.Length; i++)
        {
            var (site, lane) = loads[i];
            if (lane is null) continue;
            bool isLimited = reachOf(lane) != ControlReach.ReadOnly && allowed.Loads[i] < site.Rated;
            Offer(lane, isLimited ? allowed.Loads[i] : null, LoadStep, number);
        }
    }

    /// <summary>What the writable plants may produce beside the others, whose share of the measured output they have to leave room for.</summary>
    private Power Left(Power most, (PlantSite Site, DeviceLane? Lane)[] writable, ControlImage image)
    {
        long all = plants.Sum(p => p.Site.Installed.Milliwatts), others = all - writable.Sum(p => p.Site.Installed.Milliwatts);
        if (others == 0) return most;
        long produced = SiteBalance.Fresh(image.Pv, image) is { } pv ? (long)((Int128)Math.Max(0, pv.Milliwatts) * others / all) : others;
        return new(Math.Max(0, most.Milliwatts - Math.Min(produced, others)));
    }

    private static void Offer(DeviceLane lane, Power? limit, Power step, long number)
    {
        if (limit is not { } most)
        {
            lane.Offer(new(OrderKind.Release, default, default, number));
            return;
        }

        var range = new PowerRange(Power.Zero, new(Math.Max(0, most.Milliwatts - most.Milliwatts % step.Milliwatts)));
        lane.Offer(new(OrderKind.Command, range, new(Power.Zero, PowerMath.Max(most, Power.Zero)), number));
    }
}
