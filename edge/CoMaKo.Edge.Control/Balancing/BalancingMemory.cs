using System.Collections.Immutable;
using CoMaKo.Devices;
using NodaTime;

namespace CoMaKo.Edge.Control.Balancing;

/// <summary>What the law has learned and must keep over a restart. Plain values, to be stored as JSON.</summary>
/// <param name="Batteries">Only those whose response is known.</param>
/// <param name="IsMeterInverted">The law has stopped because the grid meter counts the wrong way round.</param>
public sealed record BalancingMemory(ImmutableArray<LearnedResponse> Batteries, bool IsMeterInverted)
{
    public static readonly BalancingMemory Empty = new([], IsMeterInverted: false);
}

/// <summary>The learned response of one battery; seconds, watts per second.</summary>
public sealed record LearnedResponse(string Device, double MeterDelay, double ReadingDelay, double TimeConstant, double? Ramp)
{
    public static LearnedResponse Of(DeviceId device, BatteryDynamics dynamics)
    {
        ArgumentNullException.ThrowIfNull(dynamics);
        return new(
            device.Value, dynamics.MeterDelay.TotalSeconds, dynamics.ReadingDelay.TotalSeconds, dynamics.TimeConstant.TotalSeconds, dynamics.Ramp?.ToWatts());
    }

    /// <summary>The same as dynamics; absent if the values cannot be true (a damaged file).</summary>
    public BatteryDynamics? ToDynamics()
    {
        bool isSane = MeterDelay is >= 0 and <= 20 && ReadingDelay is >= 0 and <= 30 && TimeConstant is >= 0 and <= 30 && Ramp is null or > 0 and < 1e9;
        return isSane
            ? new(Duration.FromSeconds(MeterDelay), Duration.FromSeconds(ReadingDelay), Duration.FromSeconds(TimeConstant), Ramp is { } ramp ? Watts.ToPower(ramp) : null)
            : null;
    }
}
