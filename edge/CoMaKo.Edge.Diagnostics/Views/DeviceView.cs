using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>How much a device's last value is worth now.</summary>
public enum Freshness
{
    /// <summary>No reading yet.</summary>
    Starting,
    Fresh,

    /// <summary>Too old to act on; shown grey with its age.</summary>
    Old,

    /// <summary>Older than 15 minutes: a dash, and what was last seen.</summary>
    Gone,
}

/// <summary>A device as a page shows it.</summary>
/// <param name="Seen">Absent if acquisition does not know the device.</param>
/// <param name="Age">Of the last reading; absent if there is none.</param>
public sealed record DeviceView(DeviceInfo Info, DeviceSnapshot? Seen, Duration? Age)
{
    // Acquisition marks a device stale after three periods. Should acquisition itself stand still, the age alone says so;
    // the wider margin keeps a fast model clock, whose periods last milliseconds, from flickering.
    private const int PeriodsUntilOld = 10;

    public static DeviceView Of(DeviceInfo info, BuildingSnapshot snapshot, Instant now)
    {
        var seen = snapshot.Devices.FirstOrDefault(device => device.Id == info.Id);
        return new DeviceView(info, seen, seen?.Last is { } last ? Duration.Max(Duration.Zero, now - last.At) : null);
    }

    public Freshness Freshness => Age is not { } age ? Freshness.Starting
        : IsWell && age <= Info.ExpectedPeriod * PeriodsUntilOld ? Freshness.Fresh
        : age > Duration.FromMinutes(15) ? Freshness.Gone
        : Freshness.Old;

    /// <summary>Acquisition is content with the device.</summary>
    public bool IsWell => Seen?.Status.Kind == DeviceStatusKind.Ok;

    public bool IsFaulted => Seen?.Status.Kind == DeviceStatusKind.Faulted;

    /// <summary>Active power, however old; absent if the device never sent one.</summary>
    public Power? Power => Value(Measurand.ActivePower) is { } watts ? Quantities.Power.FromWatts(watts) : null;

    /// <summary>The last value of a measurand, however old.</summary>
    public decimal? Value(Measurand measurand) => Seen?.Last?.Find(measurand);

    /// <summary>The last value of a measurand, only while it is fresh.</summary>
    public decimal? FreshValue(Measurand measurand) => Freshness == Freshness.Fresh ? Value(measurand) : null;
}
