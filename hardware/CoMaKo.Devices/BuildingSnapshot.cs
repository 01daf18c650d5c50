using System.Collections.Immutable;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Devices;

/// <summary>The building as last seen: immutable, replaced as a whole.</summary>
/// <param name="At">When the last change came in.</param>
/// <param name="Devices">Every device of the building file, in its order.</param>
public sealed record BuildingSnapshot(Instant At, ImmutableArray<DeviceSnapshot> Devices)
{
    /// <summary>Sum of the fresh active powers of this role; absent if no such device exists or any of them is not fresh.</summary>
    public Power? PowerOf(DeviceRole role)
    {
        Power sum = Power.Zero;
        bool any = false;
        foreach (var device in Devices)
        {
            if (device.Role != role) continue;
            if (device.Status.Kind != DeviceStatusKind.Ok || device.Last?.Find(Measurand.ActivePower) is not { } watts) return null;
            sum += Power.FromWatts(watts);
            any = true;
        }

        return any ? sum : null;
    }

    /// <summary>home = grid + pv + battery. A building without PV or battery counts those as nothing; absent if the grid or any present device is not fresh.</summary>
    public Power? Home
    {
        get
        {
            if (PowerOf(DeviceRole.Grid) is not { } sum) return null;
            foreach (var role in (ReadOnlySpan<DeviceRole>)[DeviceRole.Pv, DeviceRole.Battery])
            {
                if (!Devices.Any(d => d.Role == role)) continue;
                if (PowerOf(role) is not { } power) return null;
                sum += power;
            }

            return sum;
        }
    }
}

/// <summary>One device as last seen.</summary>
/// <param name="Last">The last plausible reading; absent before the first.</param>
public sealed record DeviceSnapshot(DeviceId Id, DeviceRole Role, DeviceStatus Status, Reading? Last);

/// <summary>State of a device with its reason in words (English; pages translate by <paramref name="Code"/>).</summary>
public sealed record DeviceStatus(DeviceStatusKind Kind, string? Code, string? Reason, Instant Since);

public enum DeviceStatusKind
{
    /// <summary>No reading yet, within the first three periods.</summary>
    Starting,
    Ok,

    /// <summary>Three expected periods without a reading.</summary>
    Stale,

    /// <summary>The driver gave up for now; it tries again by itself.</summary>
    Faulted,
}
