using CoMaKo.Devices;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>What goes through one feeder of the busbar.</summary>
public enum FlowState
{
    /// <summary>No such device in this building.</summary>
    Absent,

    /// <summary>There is one, and it is silent.</summary>
    Unknown,

    /// <summary>Below 20 W.</summary>
    Idle,
    Towards,
    Away,
}

/// <summary>One feeder of the power-flow picture: fixed place, arrow by power.</summary>
/// <param name="Power">Absent where unknown.</param>
/// <param name="ArrowWidth">In units of the picture; 0 without arrow.</param>
public sealed record Flow(FlowState State, Power? Power, double ArrowWidth)
{
    private const decimal IdleBelowWatts = 20;

    // 3 px at least, 28 px at rated power on a 390 px phone, where one unit is 1.23 px.
    private const double UnitsPerPixel = 0.81;

    /// <summary>The sum of all devices of a role.</summary>
    internal static Flow Of(View view, DeviceRole role)
    {
        var devices = view.Of(role).ToList();
        if (devices.Count == 0) return new Flow(FlowState.Absent, null, 0);
        return Of(devices.All(device => device.Freshness == Freshness.Fresh) ? view.Snapshot.PowerOf(role) : null, view.Gateway.ConnectionPower);
    }

    /// <summary>home = grid + pv + battery, shown only if each of them is known; towards the home.</summary>
    internal static Flow Home(View view, params ReadOnlySpan<Flow> feeders)
    {
        foreach (var feeder in feeders)
            if (feeder.State == FlowState.Unknown) return Of(null, view.Gateway.ConnectionPower);
        return Of(view.Snapshot.Home, view.Gateway.ConnectionPower);
    }

    private static Flow Of(Power? power, Power rated)
    {
        if (power is not { } p) return new Flow(FlowState.Unknown, null, 0);
        if (Math.Abs(p.Watts) < IdleBelowWatts) return new Flow(FlowState.Idle, p, 0);
        double share = Math.Min(1, (double)(Math.Abs(p.Watts) / Math.Max(1, rated.Watts)));
        return new Flow(p > Quantities.Power.Zero ? FlowState.Towards : FlowState.Away, p, (3 + 25 * share) * UnitsPerPixel);
    }

    /// <summary>Outline of a vertical arrow around <paramref name="x"/> from <paramref name="tail"/> to <paramref name="tip"/>; either may be above.</summary>
    public string Arrow(double x, double tail, double tip)
    {
        double half = ArrowWidth / 2;
        double head = Math.Max(13, ArrowWidth / UnitsPerPixel + 9) * UnitsPerPixel / 2;
        double neck = tip + Math.Sign(tail - tip) * Math.Min(head, Math.Abs(tail - tip) / 2);
        return Svg.Path($"M{x - half} {tail}L{x - half} {neck}L{x - head} {neck}L{x} {tip}L{x + head} {neck}L{x + half} {neck}L{x + half} {tail}z");
    }
}
