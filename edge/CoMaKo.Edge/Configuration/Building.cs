using CoMaKo.Devices;
using CoMaKo.Devices.Linux;
using CoMaKo.Devices.Protocols.Mqtt;
using CoMaKo.Edge.Control.Planning;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Configuration;

/// <summary>What <c>building.yaml</c> says: the building, its buses and devices. Described for people by <c>contracts/schemas/building.schema.json</c>.</summary>
/// <param name="Name">As people say it.</param>
/// <param name="Zone">The building's time zone, for display and local rules.</param>
/// <param name="ConnectionPower">Rated power of the grid connection.</param>
/// <param name="HubAddress">Sync port of the hub; absent: everything is buffered and nothing sent.</param>
public sealed record Building(
    string Name, GatewayId Gateway, DateTimeZone Zone, Power ConnectionPower, Uri? HubAddress,
    IReadOnlyList<BusSettings> Buses, IReadOnlyList<ConfiguredDevice> Devices)
{
    /// <summary>Contacts of the grid operator.</summary>
    public IReadOnlyList<ConfiguredRelay> Relays { get; init; } = [];

    public ControlConfiguration Control { get; init; } = ControlConfiguration.Usual;

    /// <summary>What energy costs and earns here; absent: nothing is planned for money.</summary>
    public TariffSettings? Tariff { get; init; }

    /// <summary>Key <c>wishes</c>, with the permission to charge from the grid and the reserve of <c>control</c>.</summary>
    public OwnerWishes Wishes { get; init; } = new();

    /// <summary>Absent: the sun's position is not used.</summary>
    public Place? Place { get; init; }

    /// <summary>What is published over MQTT; absent: nothing.</summary>
    public PublishSettings? Publish { get; init; }

    public ChosenParts Parts { get; init; } = ChosenParts.Usual;

    /// <summary>Absent: there is no sensor in the enclosure.</summary>
    public EnclosureSettings? Enclosure { get; init; }

    /// <summary>Absent: there is no lamp.</summary>
    public StatusLightSettings? StatusLight { get; init; }

    /// <summary>Whether a contact, a pulse output or the lamp is wired to a GPIO line.</summary>
    public bool UsesGpio => StatusLight?.Chip is not null || Relays.Any(r => r.Contact.Chip is not null) || Devices.Any(d => d.Pulses is not null || d.Load?.SgReady?.Chip is not null);

    /// <summary>Whether anything is commanded; without it the gateway reads, stores and shows.</summary>
    public bool HasControl => Devices.Any(d => d.Battery is not null || d.Load is not null || d.Plant is { IsLimited: true });
}

/// <summary>One line or connection on which devices are read one after another.</summary>
/// <param name="Framing">How Modbus is framed; absent on a bus of an SML meter.</param>
/// <param name="Timeout">How long a Modbus device may take to answer.</param>
public abstract record BusSettings(string Id, ModbusFramingName? Framing, Duration Timeout)
{
    /// <summary>Name of the part that serves it; empty on a bus whose devices need none (SML).</summary>
    public string Part { get; init; } = "";
}

/// <param name="Path">Device file, best its stable name.</param>
public sealed record SerialBus(string Id, string Path, SerialSettings Settings, ModbusFramingName? Framing, Duration Timeout) : BusSettings(Id, Framing, Timeout);

public sealed record TcpBus(string Id, string Host, int Port, ModbusFramingName? Framing, Duration Timeout) : BusSettings(Id, Framing, Timeout);

/// <summary>Framing words of the building file.</summary>
public enum ModbusFramingName
{
    ModbusTcp,
    ModbusRtu,
    RtuOverTcp,
}

/// <summary>One device of the building.</summary>
/// <param name="Name">As shown on pages.</param>
/// <param name="Bus">Empty for a pulse output.</param>
/// <param name="Profile">Name of a register-map profile; absent if <paramref name="Driver"/> needs none.</param>
/// <param name="Unit">Modbus unit id.</param>
/// <param name="Invert">Mounted the other way round.</param>
/// <param name="Ratio">CT factor.</param>
/// <param name="Poll">How often a polled device is read.</param>
/// <param name="EnergyFromPower">Sum measured power instead of reading energy registers; absent: as the driver knows best.</param>
public sealed record ConfiguredDevice(
    DeviceId Id, string Name, DeviceRole Role, string Bus, DeviceDriver Driver, string? Profile, byte Unit, bool Invert, decimal Ratio, Duration Poll, bool? EnergyFromPower)
{
    /// <summary>How it is read through a broker; present with <see cref="DeviceDriver.Mqtt"/> only.</summary>
    public MqttMeterMap? Mqtt { get; init; }

    /// <summary>How the battery is commanded; absent: it is only read.</summary>
    public ConfiguredBattery? Battery { get; init; }

    /// <summary>The PV plant behind it; absent: not known.</summary>
    public ConfiguredPlant? Plant { get; init; }

    /// <summary>How the grid operator may dim it; absent: not at all.</summary>
    public ConfiguredLoad? Load { get; init; }

    /// <summary>Its pulse output; present for <see cref="DeviceDriver.S0"/> only, which has no bus.</summary>
    public ConfiguredPulses? Pulses { get; init; }
}

/// <summary>A pulse output (S0) on a GPIO line.</summary>
/// <param name="Chip"><c>gpiochip0</c>, or the chip's label.</param>
/// <param name="PerKilowattHour">Impulses on the meter's label.</param>
/// <param name="Length">Shortest pulse and shortest pause.</param>
/// <param name="Start">What the display showed when the count began.</param>
public sealed record ConfiguredPulses(string Chip, int Line, decimal PerKilowattHour, Duration Length, Energy Start);

public enum DeviceDriver
{
    Sml,
    SunSpec,
    Profile,
    S0,
    Mqtt,
}
