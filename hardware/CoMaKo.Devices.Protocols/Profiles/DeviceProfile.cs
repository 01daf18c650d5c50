using CoMaKo.Devices.Protocols.SunSpec;
using CoMaKo.Quantities;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>What sort of device a profile describes.</summary>
public enum DeviceKind
{
    Meter,
    Inverter,
    Battery,

    /// <summary>A consumer: wallbox, heat pump.</summary>
    Load,
}

/// <summary>How the device is read.</summary>
public enum ProfileTransport
{
    /// <summary>By the profile's own register map.</summary>
    Modbus,

    /// <summary>By walking the SunSpec model chain; the profile has no registers.</summary>
    SunSpec,
}

/// <summary>A device type as data: which registers to read and what they mean (architecture §14).</summary>
/// <param name="Name">Its name in building files.</param>
/// <param name="Title">Maker and type, as people say it.</param>
/// <param name="Serial">Serial number as a whole number; absent where the device has none that is known.</param>
/// <param name="Identify">What must be so before the device is believed.</param>
/// <param name="Setpoints">What can be written.</param>
/// <param name="Control">How a battery or a consumer is driven with them; absent: read only.</param>
/// <param name="Verify">Golden capture beside the profile; absent if it has none.</param>
public sealed record DeviceProfile(
    string Name, DeviceKind Kind, ProfileTransport Transport, string Title, IReadOnlyList<RegisterBlock> Blocks, IReadOnlyList<RegisterReading> Readings,
    RegisterField? Serial, IReadOnlyList<RegisterCheck> Identify, IReadOnlyList<RegisterSetpoint> Setpoints, ProfileControl? Control, ProfileVerification? Verify)
{
    /// <summary>The driver of a device of this type.</summary>
    /// <param name="client">The device's client on its bus.</param>
    /// <param name="time">Stamps and paces the readings.</param>
    public IDevice Connect(IModbusClient client, ModbusDeviceOptions options, TimeProvider time) =>
        Transport == ProfileTransport.SunSpec ? new SunSpecDevice(client, options, time) : new ModbusDevice(this, client, options, time);
}

/// <summary>One value of the map.</summary>
/// <param name="Obis">Present for energy.</param>
/// <param name="Factor">Measurand's unit per raw unit: scale times unit, e.g. 100 for 0.1 kWh as Wh.</param>
public sealed record RegisterReading(Measurand Measurand, ObisCode? Obis, RegisterField Field, decimal Factor)
{
    /// <summary>The value in the measurand's unit; absent if the device has none now.</summary>
    public MeasuredValue? Decode(ReadOnlySpan<ushort> words) => Field.Decode(words) is { } raw
        ? new MeasuredValue(Measurand, Obis, raw.Value * Factor, Math.Abs(raw.Step * Factor), raw.IsFloat, IsDerived: false)
        : null;
}

/// <summary>A register that lies between two values in devices of this type.</summary>
public sealed record RegisterCheck(RegisterField Field, decimal Min, decimal Max);

/// <summary>A value that can be written.</summary>
/// <param name="Name">E.g. <c>dischargeLimit</c>.</param>
/// <param name="Factor">Unit per raw unit.</param>
/// <param name="IsVolatile">Kept in RAM; others wear out an EEPROM and are written only on change.</param>
/// <param name="RevertSeconds">After this time without renewal the device falls back; absent if it never does.</param>
public sealed record RegisterSetpoint(string Name, RegisterField Field, decimal Factor, decimal Min, decimal Max, bool IsVolatile, int? RevertSeconds)
{
    /// <summary>Written by function 6.</summary>
    public bool IsSingle { get; init; }

    /// <summary>A settings register that holds this much less than wanted is left as it is; in the set-point's unit.</summary>
    public decimal Hysteresis { get; init; }

    /// <summary>The registers for a value in the set-point's unit, brought between <see cref="Min"/> and <see cref="Max"/>; whole numbers are rounded towards 0.</summary>
    public ushort[] Encode(decimal value) => Field.Encode(Math.Clamp(value, Min, Max) / Factor);

    /// <summary>The value in these registers, in the set-point's unit; absent if they hold none.</summary>
    public decimal? Decode(ReadOnlySpan<ushort> words) => Field.Decode(words)?.Value * Factor;
}

/// <summary>A capture of documented bytes and what the profile must read from it.</summary>
/// <param name="Capture">File name beside the profile.</param>
/// <param name="Writes">File with commands and the frames that each must become; absent if it has none.</param>
public sealed record ProfileVerification(string Capture, IReadOnlyDictionary<Measurand, decimal> Expect, string? Writes);
