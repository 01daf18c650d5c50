using NodaTime;

namespace CoMaKo.Devices.Protocols.Profiles;

/// <summary>A polled device as the building file has it.</summary>
/// <param name="Unit">Modbus unit id.</param>
public sealed record ModbusDeviceOptions(DeviceId Id, DeviceRole Role, byte Unit)
{
    /// <summary>Time from one reading to the next.</summary>
    public Duration Poll { get; init; } = Duration.FromSeconds(1);

    /// <summary>Mounted the other way round.</summary>
    public bool Invert { get; init; }

    /// <summary>CT factor; greater than 0.</summary>
    public decimal Ratio { get; init; } = 1;

    internal Mounting Mounting => new(Role, Invert, Ratio);
}
