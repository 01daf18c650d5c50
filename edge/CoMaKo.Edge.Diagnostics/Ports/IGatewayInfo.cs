using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics;

/// <summary>What the gateway knows about itself.</summary>
public interface IGatewayInfo
{
    GatewayId Id { get; }

    /// <summary>Name of the building for people.</summary>
    string Building { get; }

    /// <summary>The building's zone: display and local days.</summary>
    DateTimeZone Zone { get; }

    /// <summary>Product version, e.g. <c>0.1.0</c>.</summary>
    string Version { get; }

    Instant Started { get; }

    /// <summary>Rated power of the grid connection; arrows of the flow picture are drawn relative to it.</summary>
    Power ConnectionPower { get; }

    /// <summary>Every device of the building file, in its order.</summary>
    IReadOnlyList<DeviceInfo> Devices { get; }

    ClockInfo Clock { get; }

    StoreInfo Store { get; }

    /// <summary>The loops whose progress feeds the watchdog.</summary>
    IReadOnlyList<LoopInfo> Loops { get; }

    /// <summary>The sensor in the enclosure; absent if there is none.</summary>
    EnclosureInfo? Enclosure { get; }
}

/// <summary>A configured device.</summary>
/// <param name="Name">For people, as in the building file.</param>
/// <param name="Profile">Profile or driver, e.g. <c>eastron-sdm630</c>, <c>sml</c>, <c>sunspec</c>.</param>
/// <param name="Link">How it is connected, e.g. <c>/dev/ttyUSB0 9600-8N1</c>.</param>
/// <param name="ExpectedPeriod">Readings at most this far apart are normal.</param>
public sealed record DeviceInfo(DeviceId Id, string Name, DeviceRole Role, string Profile, string Link, Duration ExpectedPeriod, LinkStatistics Statistics);

/// <summary>How far the clock can be trusted.</summary>
/// <param name="LastStep">Size of the last step of the clock; absent if there was none since the start.</param>
public sealed record ClockInfo(ClockTrust Trust, Instant Since, Duration? LastStep);

public enum ClockTrust
{
    /// <summary>Started, not synchronised yet.</summary>
    Unknown,

    Synchronised,

    /// <summary>Was synchronised; the source is lost.</summary>
    Holdover,

    SetByTechnician,
}

/// <summary>The buffer.</summary>
/// <param name="Engine">E.g. <c>SQLite 3.40.1</c>.</param>
/// <param name="SizeBytes">Files of the store; absent if it cannot be opened.</param>
/// <param name="FreeBytes">Free on its disk; absent if unknown.</param>
/// <param name="RoomLeft">Until the disk is full at the present rate; absent if unknown.</param>
/// <param name="Fault">Why nothing can be stored now; absent if all is well.</param>
public sealed record StoreInfo(string Engine, long? SizeBytes, long? FreeBytes, Duration? RoomLeft, StoreFault? Fault);

/// <param name="Code">Stable code; the page has words for those it knows.</param>
/// <param name="Text">One English sentence with the details.</param>
public sealed record StoreFault(string Code, string Text, Instant Since);

/// <summary>What the sensor in the enclosure measures.</summary>
/// <param name="Sensor">E.g. <c>sht3x (hwmon1)</c>.</param>
/// <param name="Celsius">As last measured; absent if nothing was, or the sensor measures none.</param>
/// <param name="HumidityPercent">Relative humidity, likewise.</param>
/// <param name="At">When it was measured; absent before the first answer.</param>
/// <param name="Allowed">Older values are not the present ones.</param>
/// <param name="Fault">Why there is no newer value; absent if all is well.</param>
public sealed record EnclosureInfo(string Sensor, decimal? Celsius, decimal? HumidityPercent, Instant? At, Duration Allowed, CodedText? Fault)
{
    public bool IsFresh(Instant now) => At is { } at && now - at <= Allowed;
}

/// <summary>One loop of the process.</summary>
/// <param name="LastProgress">When it last came round.</param>
/// <param name="Allowed">Longer without progress is a fault.</param>
public sealed record LoopInfo(string Name, Instant LastProgress, Duration Allowed);
