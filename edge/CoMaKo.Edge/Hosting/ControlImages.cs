using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Hosting;

/// <summary>Freezes acquisition's picture of the building into the process image of one control cycle.</summary>
/// <param name="devices">How often each device is expected.</param>
/// <param name="loads">Consumers that the grid operator may dim, in the order of the building file.</param>
internal sealed class ControlImages(AcquisitionService acquisition, IReadOnlyList<DeviceInfo> devices, ImmutableArray<DeviceId> loads, IRelaySignals relays, TimeProvider clock)
{
    private readonly Dictionary<DeviceId, Duration> periods = devices.ToDictionary(d => d.Id, d => d.ExpectedPeriod);

    /// <summary>The building now.</summary>
    public ControlImage Now()
    {
        var seen = acquisition.Current.Devices;
        var grid = seen.FirstOrDefault(d => d.Role == DeviceRole.Grid);
        return new(
            Instant.FromDateTimeOffset(clock.GetUtcNow()), Duration.FromTimeSpan(clock.GetElapsedTime(0)),
            acquisition.Clock.State is ClockState.Synced or ClockState.Holdover or ClockState.SetByTechnician,
            PowerOf(grid), Phases(grid?.Last), Sum([.. seen.Where(d => d.Role == DeviceRole.Pv)]),
            [.. seen.Where(d => d.Role == DeviceRole.Battery).Select(Battery)],
            [.. loads.Select(id => new LoadImage(id, PowerOf(seen.FirstOrDefault(d => d.Id == id))))],
            relays.Current);
    }

    private BatteryImage Battery(DeviceSnapshot device)
    {
        var last = device.Last;
        return new(
            device.Id, PowerOf(device), last?.Find(Measurand.StateOfCharge) is { } soc ? new(soc, last.Monotonic) : null,
            Watts(last, Measurand.MaxChargePower), Watts(last, Measurand.MaxDischargePower), last?.Find(Measurand.Temperature),
            IsOnGrid: null, device.Status.Kind == DeviceStatusKind.Faulted || last?.Status.HasFlag(MeterAlarms.FatalError) == true);
    }

    private Measured? PowerOf(DeviceSnapshot? device) =>
        Watts(device?.Last, Measurand.ActivePower) is { } power ? new(power, device!.Last!.Monotonic, periods[device.Id]) : null;

    /// <summary>All PV plants together are as old as the oldest; one that was never read makes the sum unknown.</summary>
    private Measured? Sum(IReadOnlyList<DeviceSnapshot> plants)
    {
        Measured? sum = null;
        foreach (var plant in plants)
        {
            if (PowerOf(plant) is not { } one) return null;
            sum = sum is { } so ? new(so.Value + one.Value, Duration.Min(so.Monotonic, one.Monotonic), Duration.Max(so.Period, one.Period)) : one;
        }

        return sum;
    }

    private static ImmutableArray<Power> Phases(Reading? last)
    {
        Power?[] phases = [Watts(last, Measurand.ActivePowerL1), Watts(last, Measurand.ActivePowerL2), Watts(last, Measurand.ActivePowerL3)];
        return phases.Any(p => p is null) ? [] : [.. phases.Select(p => p!.Value)];
    }

    private static Power? Watts(Reading? last, Measurand measurand) => last?.Find(measurand) is { } watts ? Power.FromWatts(watts) : null;
}
