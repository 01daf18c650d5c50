using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Devices.Protocols.Writes;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Hosting;

/// <summary>Makes the write side of every device that the building file lets the gateway command. They go to the write guard and to nobody else.</summary>
internal static class WriteSides
{
    /// <param name="clients">The Modbus client of a device on a bus.</param>
    /// <param name="wear">Counts writes of registers that live in an EEPROM.</param>
    /// <param name="contacts">SG-Ready contacts of heat pumps, made where the lines are.</param>
    public static WritePorts Of(Building building, Func<ConfiguredDevice, IModbusClient> clients, ProfileLibrary profiles, WearBudget wear, IEnumerable<ILoadLimit> contacts, TimeProvider clock)
    {
        var devices = building.Devices;
        return new(
            [.. devices.Where(d => d.Battery is not null).Select(d => Battery(d, building, clients(d), profiles, wear, clock))],
            [.. devices.Where(d => d.Plant is { IsLimited: true } && IsSunSpec(d, profiles)).Select(d => (IFeedInLimit)new SunSpecFeedIn(clients(d), new(d.Id, d.Unit, d.Plant!.Installed)))],
            [.. devices.Where(d => d.Load is { SgReady: null }).Select(d => (ILoadLimit)new ProfileLoad(profiles.Profiles[d.Profile!], clients(d), d.Id, d.Unit, wear)), .. contacts]);
    }

    /// <summary>Devices that the building file wants commanded although nothing is known about how: <c>CME-1228</c>.</summary>
    public static IEnumerable<Finding> Check(Building building, ProfileLibrary profiles)
    {
        for (int i = 0; i < building.Devices.Count; i++)
        {
            var device = building.Devices[i];
            string? key = device.Battery is not null ? "control" : device.Load is { SgReady: null } ? "controllable" : device.Plant is { IsLimited: true } ? "feedIn" : null;
            if (key is null || IsWritable(device, key, profiles)) continue;
            yield return new("CME-1228", FormattableString.Invariant($"devices[{i}].{key}"), null, key == "feedIn"
                ? $"The output of '{device.Id}' cannot be limited by the gateway: only SunSpec inverters can. Set 'limited: false' if only its size shall count."
                : $"'{device.Profile ?? device.Driver.ToString()}' says nothing about how '{device.Id}' is commanded: choose a profile with 'control', or remove the key.");
        }
    }

    private static bool IsWritable(ConfiguredDevice device, string key, ProfileLibrary profiles) => device.Driver switch
    {
        DeviceDriver.SunSpec => key != "controllable",
        DeviceDriver.Profile when profiles.Profiles.TryGetValue(device.Profile!, out var profile) =>
            profile.Transport == ProfileTransport.SunSpec ? key != "controllable" : profile.Control is not null && key != "feedIn",
        _ => false,
    };

    private static bool IsSunSpec(ConfiguredDevice device, ProfileLibrary profiles) =>
        device.Driver == DeviceDriver.SunSpec || (device.Driver == DeviceDriver.Profile && profiles.Profiles[device.Profile!].Transport == ProfileTransport.SunSpec);

    private static IBatteryControl Battery(ConfiguredDevice device, Building building, IModbusClient client, ProfileLibrary profiles, WearBudget wear, TimeProvider clock)
    {
        var battery = device.Battery!;
        if (!IsSunSpec(device, profiles))
            return new ProfileBattery(profiles.Profiles[device.Profile!], client, new(device.Id, device.Unit) { Limits = battery.Rated, Follows = battery.Follows }, wear, clock);
        return new SunSpecBattery(client, new(device.Id, device.Unit)
        {
            Follows = battery.Follows ?? BatteryFollower.Device,
            Limits = battery.Rated,
            MayChargeFromGrid = building.Control.GridCharging,
        }, wear);
    }
}
