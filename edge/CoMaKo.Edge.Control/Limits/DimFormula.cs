using System.Collections.Immutable;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>What controllable consumers may draw from the grid at least while they are dimmed (§14a EnWG, BK6-22-300 4.5 and annex 1; local-control §6.1).</summary>
public static class DimFormula
{
    /// <summary>What one device keeps: 4.2 kW, or 40 % of a heat pump or cooling above 11 kW.</summary>
    /// <param name="kind">Absent: a battery.</param>
    public static Power Minimum(DimSettings settings, Power rated, LoadKind? kind) => IsLarge(settings, rated, kind) ? rated.Scale(settings.LargeShare) : settings.PerDevice;

    /// <summary>What all devices keep together under an energy management system.</summary>
    public static Power Group(DimSettings settings, ImmutableArray<(Power Rated, LoadKind? Kind)> devices)
    {
        if (settings.GroupLimit is { } agreed) return agreed;
        if (devices.IsEmpty) return Power.Zero;
        var first = Power.Zero;
        foreach (var kind in (ReadOnlySpan<LoadKind>)[LoadKind.HeatPump, LoadKind.Cooling])
        {
            var large = Power.Zero;
            foreach (var device in devices)
            {
                if (device.Kind == kind && IsLarge(settings, device.Rated, kind)) large += device.Rated;
            }

            first = PowerMath.Max(first, large.Scale(settings.LargeShare));
        }

        if (first == Power.Zero) first = settings.PerDevice;
        return first + settings.PerDevice.Scale((devices.Length - 1) * Simultaneity(settings, devices.Length));
    }

    private static bool IsLarge(DimSettings settings, Power rated, LoadKind? kind) => kind is LoadKind.HeatPump or LoadKind.Cooling && rated > settings.LargeAbove;

    private static decimal Simultaneity(DimSettings settings, int devices) =>
        devices < 2 || settings.Simultaneity.IsEmpty ? 1 : settings.Simultaneity[Math.Min(devices - 2, settings.Simultaneity.Length - 1)];
}
