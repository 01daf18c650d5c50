using CoMaKo.Quantities;

namespace CoMaKo.Edge.Control.Limits;

/// <summary>What import and export limits at the connection mean for the batteries. While the meter is not known nothing may make it worse.</summary>
internal static class ConnectionBounds
{
    /// <summary>Export at most <paramref name="most"/>: the batteries discharge no more than house and limit take, and charge what is too much.</summary>
    public static AllowedRanges Export(AllowedRanges allowed, ControlImage now, Power most, string limit)
    {
        var balance = SiteBalance.Of(now);
        long bound = balance.NetLoad is { } netLoad ? (netLoad + most).Milliwatts : 0;
        return BatterySum.Narrow(allowed.NarrowGridExport(most), now, BatterySum.Once.AsSpan(), null, bound, limit);
    }

    /// <summary>Import at most <paramref name="most"/>: the batteries charge no more than that leaves, and discharge for what is too much.</summary>
    public static AllowedRanges Import(AllowedRanges allowed, ControlImage now, Power most, string limit)
    {
        var balance = SiteBalance.Of(now);
        long bound = balance.NetLoad is { } netLoad ? (netLoad - most).Milliwatts : 0;
        return BatterySum.Narrow(allowed.NarrowGridImport(most), now, BatterySum.Once.AsSpan(), bound, null, limit);
    }
}
