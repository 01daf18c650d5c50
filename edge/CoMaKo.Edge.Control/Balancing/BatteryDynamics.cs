using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Balancing;

/// <summary>How a battery answers a command (local-control §2.2).</summary>
/// <param name="MeterDelay">From a write to its first visible effect in the grid meter's reading: the inverter's dead time and the meter's latency.</param>
/// <param name="ReadingDelay">The same for the battery's own reading.</param>
/// <param name="TimeConstant">First-order lag.</param>
/// <param name="Ramp">Greatest change in one second, a magnitude; absent if the device has no such limit.</param>
public sealed record BatteryDynamics(Duration MeterDelay, Duration ReadingDelay, Duration TimeConstant, Power? Ramp)
{
    /// <summary>Until a device's own values are learned; stable for true delays from 0.5 to 6 s together with the cautious filter.</summary>
    public static readonly BatteryDynamics Assumed = new(Duration.FromSeconds(4), Duration.FromSeconds(4), Duration.FromSeconds(2), null);

    /// <summary>When a change has practically ended in the meter: delay and three time constants.</summary>
    public Duration Settling => MeterDelay + TimeConstant * 3;
}
