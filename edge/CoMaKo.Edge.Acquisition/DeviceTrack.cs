using CoMaKo.Devices;
using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>One device in the consumer's hands: its filter, its book, its status.</summary>
internal sealed class DeviceTrack(IDevice device, PlausibilityFilter filter, DeviceBook book, EventJournal journal, Instant now, Duration monotonic)
{
    private const int PeriodsUntilStale = 3;
    private Duration seen = monotonic;
    private MeterAlarms alarms;

    public DeviceId Id => device.Id;

    public DeviceBook Book => book;

    public PlausibilityFilter Filter => filter;

    /// <summary>Meter of the last reading that passed, in hex; absent before the first.</summary>
    public string? Meter { get; set; }

    public DeviceSnapshot Snapshot { get; private set; } = new(device.Id, device.Role, new DeviceStatus(DeviceStatusKind.Starting, null, null, now), null);

    /// <summary>A reading arrived, whatever is in it: the device is there.</summary>
    public void Arrived(Reading reading, Duration at)
    {
        seen = at;
        var before = Snapshot.Status;
        if (before.Kind != DeviceStatusKind.Ok) Become(new DeviceStatus(DeviceStatusKind.Ok, null, null, reading.At), at);
        if (before.Kind is DeviceStatusKind.Stale or DeviceStatusKind.Faulted)
            journal.Add(reading.At, at, EventCodes.DeviceBack, Id.Value, "The device answers again.", ("since", before.Since.ToString()));
        if ((reading.Status & ~alarms) != MeterAlarms.None)
            journal.Add(reading.At, at, EventCodes.MeterAlarm, Id.Value, "The meter reports an alarm; the operator must look at it.", ("alarms", reading.Status.ToString()));
        alarms = reading.Status;
    }

    /// <summary>The last plausible reading.</summary>
    public void Show(Reading reading) => Snapshot = Snapshot with { Last = reading };

    /// <summary>The driver gave up for now.</summary>
    public void Failed(string reason, Instant at, Duration mono)
    {
        if (Snapshot.Status is { Kind: DeviceStatusKind.Faulted } status && status.Reason == reason) return;
        Become(new DeviceStatus(DeviceStatusKind.Faulted, EventCodes.DeviceFaulted, reason, at), mono);
    }

    /// <summary>Judges the silence. Returns whether the status changed.</summary>
    public bool Tick(Instant at, Duration mono)
    {
        if (Snapshot.Status.Kind is DeviceStatusKind.Stale or DeviceStatusKind.Faulted || mono - seen < device.ExpectedPeriod * PeriodsUntilStale) return false;
        string reason = FormattableString.Invariant($"No reading for {(mono - seen).TotalSeconds:0} s; check cable, head and power of the device.");
        Become(new DeviceStatus(DeviceStatusKind.Stale, EventCodes.DeviceStale, reason, at), mono);
        return true;
    }

    private void Become(DeviceStatus status, Duration mono)
    {
        Snapshot = Snapshot with { Status = status };
        if (status is { Code: { } code, Reason: { } reason }) journal.Add(status.Since, mono, code, Id.Value, reason);
    }
}
