using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>Arithmetic of limits, in whole milliwatts.</summary>
internal static class PowerMath
{
    /// <summary>Beyond any building; a bound that does not bind.</summary>
    public static readonly Power Unbounded = Power.FromWatts(1_000_000_000);

    public static Power Min(Power a, Power b) => a < b ? a : b;

    public static Power Max(Power a, Power b) => a > b ? a : b;

    public static Power Abs(Power power) => new(Math.Abs(power.Milliwatts));

    /// <summary>A share of a power that serves as a limit: rounded towards zero.</summary>
    public static Power Scale(this Power power, decimal share) => new((long)decimal.Truncate(power.Milliwatts * share));

    public static PowerRange AtMost(Power most) => new(-Unbounded, most);

    public static PowerRange AtLeast(Power least) => new(least, Unbounded);
}
