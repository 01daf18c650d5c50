using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>What the building file says about a device, as far as booking its energy needs it.</summary>
/// <param name="RatedPowerWatts">Greatest active power that the connection can carry, in W, after the CT factor. Readings beyond 1.1 times this are not believed.</param>
/// <param name="CtFactorMicro">Transformer ratio × 1 000 000. The driver has multiplied already; it is kept for the segment's record.</param>
/// <param name="Invert">The device is mounted the wrong way round. The driver has corrected it already; a change is a border of segments.</param>
/// <param name="PowerOnly">The device has no energy registers: its power is summed in virtual ones.</param>
/// <param name="CapacityWattHours">Where the energy registers roll over, in Wh after the CT factor; absent: see <see cref="CounterStep"/>.</param>
public sealed record DeviceSettings(
    decimal RatedPowerWatts = DeviceSettings.HouseConnectionWatts,
    long CtFactorMicro = DeviceSettings.DirectCtFactorMicro,
    bool Invert = false,
    bool PowerOnly = false,
    decimal? CapacityWattHours = null)
{
    /// <summary>3 × 63 A × 230 V: the usual fuse of a house.</summary>
    public const decimal HouseConnectionWatts = 43_470m;

    /// <summary>No transformer.</summary>
    public const long DirectCtFactorMicro = 1_000_000;

    /// <summary>Transformer ratio.</summary>
    public decimal CtFactor => CtFactorMicro / 1_000_000m;
}

/// <summary>A device to read.</summary>
public sealed record AcquiredDevice(IDevice Device, DeviceSettings Settings);

/// <param name="Gateway">Part of the identity of meters that have none of their own.</param>
/// <param name="BuildDate">When this software was built: no clock is believed that is earlier.</param>
/// <param name="ClockStepTolerance">A wall clock that moves this much more or less than monotonic time between two samples has been stepped.
/// With a model clock: 0.5 s times its factor, because reading two clocks takes that much longer there.</param>
public sealed record AcquisitionOptions(GatewayId Gateway, Instant BuildDate, Duration ClockStepTolerance)
{
    /// <summary>0.5 s: above any slewing of a disciplined clock within 60 s, below what shifts energy visibly.</summary>
    public static readonly Duration DefaultClockStepTolerance = Duration.FromMilliseconds(500);
}
