using CoMaKo.Contracts.V1;
using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Diagnostics;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>Composes the lossy report of live values and health for the hub.</summary>
internal sealed class StatusReport(GatewayOptions options, AcquisitionService acquisition, StoreWatch store, IReadOnlyList<DeviceInfo> devices)
{
    /// <summary>How it stands now; what is not known is absent.</summary>
    public GatewayStatus Compose()
    {
        var snapshot = acquisition.Current;
        var now = Instant.FromDateTimeOffset(options.Clock.GetUtcNow());
        var held = store.Status;
        var report = new GatewayStatus
        {
            AtUnixUs = Microseconds(now),
            SoftwareVersion = GatewayOptions.Version,
            BuildingName = options.Building.Name,
            NextSequence = held?.NextSequence ?? 0,
            AckedSequence = held?.AcknowledgedSequence ?? 0,
            ClockState = acquisition.Clock.State.ToString(),
        };
        if (held?.OldestWaiting is { } oldest) report.OldestWaitingUnixUs = Microseconds(oldest);
        if (held is not null) report.StoreFreeBytes = held.FreeBytes;
        if (snapshot.PowerOf(DeviceRole.Grid) is { } grid) report.GridPowerMilliwatt = grid.Milliwatts;
        if (snapshot.PowerOf(DeviceRole.Pv) is { } pv) report.PvPowerMilliwatt = pv.Milliwatts;
        if (snapshot.PowerOf(DeviceRole.Battery) is { } battery) report.BatteryPowerMilliwatt = battery.Milliwatts;
        if (snapshot.Home is { } home) report.HomePowerMilliwatt = home.Milliwatts;
        if (StateOfCharge(snapshot) is { } percent) report.BatterySocPermille = (int)decimal.Round(percent * 10);
        report.Devices.AddRange(snapshot.Devices.Select(device => Health(device, now)));
        return report;
    }

    private static decimal? StateOfCharge(BuildingSnapshot snapshot) => snapshot.Devices
        .Where(device => device.Role == DeviceRole.Battery && device.Status.Kind == DeviceStatusKind.Ok)
        .Select(device => device.Last?.Find(Measurand.StateOfCharge))
        .FirstOrDefault(percent => percent is not null);

    private DeviceHealth Health(DeviceSnapshot device, Instant now)
    {
        var statistics = devices.First(info => info.Id == device.Id).Statistics;
        var health = new DeviceHealth
        {
            Device = device.Id.Value,
            Role = device.Role.ToString(),
            Status = device.Status.Kind.ToString(),
            Code = device.Status.Code ?? "",
            GoodFrames = statistics.GoodFrames,
            BadFrames = statistics.CrcErrors + statistics.OtherErrors + statistics.Timeouts,
        };
        if (device.Last is { } last) health.LastReadingAgeMs = Math.Max(0, (long)(now - last.At).TotalMilliseconds);
        return health;
    }

    private static long Microseconds(Instant instant) => instant.ToUnixTimeTicks() / 10;
}
