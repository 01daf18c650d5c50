using System.Globalization;
using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Mqtt;
using CoMaKo.Devices.Protocols.Profiles;
using CoMaKo.Devices.Protocols.Sml;
using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Configuration;
using CoMaKo.Edge.Diagnostics;

namespace CoMaKo.Edge.Hosting;

/// <summary>Makes a driver of every device of the building file.</summary>
internal sealed class Drivers : IAsyncDisposable
{
    private readonly Buses buses;
    private readonly Func<ConfiguredDevice, IDevice> pulses;
    private readonly MqttSessions brokers;

    /// <param name="buses">Shared with the write sides; they belong to their owner.</param>
    /// <param name="brokers">MQTT; not yet started.</param>
    /// <param name="profiles">The register-map profiles by name.</param>
    /// <param name="frames">Sees every raw frame.</param>
    /// <param name="pulses">Makes the driver of a pulse output.</param>
    public Drivers(Building building, Buses buses, MqttSessions brokers, ProfileLibrary profiles, TimeProvider clock, IFrameTap frames, Func<ConfiguredDevice, IDevice> pulses)
    {
        (this.buses, this.brokers, this.pulses) = (buses, brokers, pulses);
        var acquired = new List<AcquiredDevice>();
        var infos = new List<DeviceInfo>();
        foreach (var configured in building.Devices)
        {
            var statistics = new LinkStatistics();
            var device = Create(configured, profiles, clock, statistics, frames);
            acquired.Add(new(device, Booking(configured, building, profiles)));
            infos.Add(new(configured.Id, configured.Name, configured.Role, configured.Profile ?? configured.Driver.ToString(), Place(configured), device.ExpectedPeriod, statistics));
        }

        (Acquired, Infos) = (acquired, infos);
    }

    public IReadOnlyList<AcquiredDevice> Acquired { get; }

    public IReadOnlyList<DeviceInfo> Infos { get; }

    private string Place(ConfiguredDevice configured) => configured switch
    {
        { Pulses: { } output } => string.Create(CultureInfo.InvariantCulture, $"{output.Chip} line {output.Line}"),
        { Mqtt: not null } => brokers.Of(configured.Bus).Name,
        _ => buses.Describe(configured.Bus),
    };

    private IDevice Create(ConfiguredDevice configured, ProfileLibrary profiles, TimeProvider clock, LinkStatistics statistics, IFrameTap frames)
    {
        if (configured.Driver == DeviceDriver.S0) return pulses(configured);
        if (configured.Driver == DeviceDriver.Sml)
        {
            var options = new SmlDeviceOptions { Invert = configured.Invert, Ratio = configured.Ratio };
            return new SmlDevice(configured.Id, configured.Role, buses.Open(configured.Bus), clock, options, statistics, frames);
        }

        if (configured.Mqtt is { } map)
        {
            var options = new MqttDeviceOptions(configured.Id, configured.Role) { Invert = configured.Invert, Ratio = configured.Ratio };
            return new MqttDevice(brokers.Of(configured.Bus).Subscribe(map.Topics), map, options, clock, statistics, frames);
        }

        var client = buses.Modbus(configured.Bus).For(configured.Id, statistics, frames);
        var polled = new ModbusDeviceOptions(configured.Id, configured.Role, configured.Unit) { Poll = configured.Poll, Invert = configured.Invert, Ratio = configured.Ratio };
        return configured.Driver == DeviceDriver.SunSpec
            ? new SunSpecDevice(client, polled, clock)
            : profiles.Profiles[configured.Profile!].Connect(client, polled, clock);
    }

    private static DeviceSettings Booking(ConfiguredDevice configured, Building building, ProfileLibrary profiles) => new(
        building.ConnectionPower.Watts,
        decimal.ToInt64(configured.Ratio * DeviceSettings.DirectCtFactorMicro),
        configured.Invert,
        configured.EnergyFromPower ?? HasPowerOnly(configured, profiles));

    /// <summary>SunSpec storages count the energy of the whole inverter, if any; a profile says what it reads.</summary>
    private static bool HasPowerOnly(ConfiguredDevice configured, ProfileLibrary profiles) => configured.Driver switch
    {
        DeviceDriver.SunSpec => configured.Role == DeviceRole.Battery,
        DeviceDriver.Mqtt => configured.Mqtt!.HasPowerOnly,
        DeviceDriver.Profile => profiles.Profiles[configured.Profile!].Readings is { Count: > 0 } readings && readings.All(reading => reading.Obis is null),
        _ => false,
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var (device, _) in Acquired) await device.DisposeAsync();
    }
}
