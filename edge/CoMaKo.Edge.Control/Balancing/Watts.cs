using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Balancing;

/// <summary>The law computes in watts as floating point; commands are whole watts.</summary>
internal static class Watts
{
    public static double ToWatts(this Power power) => power.Milliwatts / 1000.0;

    public static Power ToPower(double watts) => new((long)Math.Round(watts) * 1000);

    /// <summary>The nearest power inside, in watts.</summary>
    public static double ClampWatts(this PowerRange range, double watts) => Math.Clamp(watts, range.Min.ToWatts(), range.Max.ToWatts());
}
