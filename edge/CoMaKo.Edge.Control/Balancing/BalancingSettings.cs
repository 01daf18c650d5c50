using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Balancing;

/// <summary>One battery that the gateway drives second by second.</summary>
/// <param name="Rated">Rated charge (negative) and discharge power.</param>
public sealed record BalancedBattery(DeviceId Id, PowerRange Rated);

/// <summary>Constants of the balancing law; the defaults are those of local-control §2.2.</summary>
/// <param name="Batteries">Only those that follow the gateway (<see cref="BatteryFollower.Gateway"/>): a device with its own loop is net load here.</param>
public sealed record BalancingSettings(ImmutableArray<BalancedBattery> Batteries)
{
    /// <summary>Smaller changes are not written.</summary>
    public Power WriteThreshold { get; init; } = Power.FromWatts(20);

    /// <summary>Greatest change of the command, as share of rated power per second.</summary>
    public double RampShare { get; init; } = 0.5;

    /// <summary>A net load that moved further than this is taken at once; less is smoothed.</summary>
    public Power Jump { get; init; } = Power.FromWatts(300);

    /// <summary>Weight of a new value below <see cref="Jump"/>.</summary>
    public double Smoothing { get; init; } = 0.5;

    /// <summary>Weight of a new value that deviates no further than a small error of the delay explains.</summary>
    public double DoubtfulSmoothing { get; init; } = 0.1;

    /// <summary>Weight of every new value while a battery's answer is not known or not trusted.</summary>
    public double CautiousSmoothing { get; init; } = 0.2;

    /// <summary>A battery counts as not following only after this long.</summary>
    public Duration NotFollowingAfter { get; init; } = Duration.FromSeconds(8);
}

/// <summary>Grid targets while following the meter (local-control §2.1, §3), + import.</summary>
public static class GridTargets
{
    /// <summary>Keeps the meter's error on the side of import.</summary>
    public static readonly Power Normal = Power.FromWatts(30);

    /// <summary>Where nothing may be exported at all.</summary>
    public static readonly Power ZeroExport = Power.FromWatts(50);
}
