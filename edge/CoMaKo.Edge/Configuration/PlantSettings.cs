using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Rolling;

namespace CoMaKo.Edge.Configuration;

/// <summary>Turns the building file into the settings of the limits.</summary>
public static class PlantSettings
{
    /// <summary>Devices in the order of the file, as the process image has them.</summary>
    public static LimitSettings Of(Building building) => new(
        [.. Batteries(building).Select(Site)],
        [.. Loads(building).Select(d => new LoadSite(d.Id, d.Load!.Rated, d.Load.Kind))],
        [.. building.Devices.Where(d => d.Plant is not null).Select(d => new PlantSite(d.Id, d.Plant!.Installed) { StaticShare = d.Plant.Share, Phases = d.Plant.Phases })])
    {
        SoC = building.Control.SoC,
        Dim = building.Control.Dim,
        FeedIn = building.Control.FeedIn,
        Fuse = building.Control.Fuse,
        Reserve = building.Control.Reserve,
        Contract = building.Control.Contract,
        GridChargeAllowed = building.Control.GridCharging,
    };

    /// <summary>Losses and wear of all commanded batteries together, by their capacity; losses are alike in both directions.</summary>
    public static BatteryCosts Costs(Building building)
    {
        var usual = new BatteryCosts();
        var batteries = Batteries(building).Select(d => d.Battery).OfType<ConfiguredBattery>().Where(b => b.Capacity > Quantities.Energy.Zero).ToList();
        double capacity = batteries.Sum(b => (double)b.Capacity.WattHours);
        if (capacity <= 0) return usual;
        double oneWay = batteries.Sum(b => b.Capacity.WattHours * (b.RoundTrip is { } back ? Math.Sqrt((double)back) : usual.EtaCharge)) / capacity;
        return new(oneWay, oneWay, batteries.Sum(b => b.Capacity.WattHours * ((double?)b.Wear ?? usual.Wear)) / capacity);
    }

    public static IEnumerable<ConfiguredDevice> Batteries(Building building) => building.Devices.Where(d => d.Role == DeviceRole.Battery);

    public static IEnumerable<ConfiguredDevice> Loads(Building building) => building.Devices.Where(d => d.Load is not null);

    /// <summary>A battery that is only read has no power to command.</summary>
    private static BatterySite Site(ConfiguredDevice device) => device.Battery is { } battery
        ? new(device.Id, battery.Rated, battery.Capacity) { Phases = battery.Phases, IsDimmable = battery.IsDimmable }
        : new(device.Id, PowerRange.Pin(Quantities.Power.Zero));
}
