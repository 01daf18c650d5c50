using CoMaKo.Devices;
using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Sync;
using NodaTime;
using PageSyncStatus = CoMaKo.Edge.Diagnostics.SyncStatus;

namespace CoMaKo.Edge.Hosting;

/// <summary>The building as acquisition sees it.</summary>
internal sealed class SnapshotSource(AcquisitionService acquisition) : ISnapshotSource
{
    public BuildingSnapshot Current => acquisition.Current;
}

/// <summary>Uplink and buffer together.</summary>
internal sealed class SyncSource(GatewayOptions options, StoreWatch store, Uplink? uplink = null) : ISyncStatus
{
    public PageSyncStatus Current
    {
        get
        {
            var held = store.Status;
            var line = uplink?.Status;
            // The buffer knows best what it holds; until its first look the uplink's last word counts.
            long next = held?.NextSequence ?? line?.NextSequence ?? 1;
            long acknowledged = held?.AcknowledgedSequence ?? line?.AcknowledgedSequence ?? 0;
            var fault = line?.Problem is { } problem ? new SyncFault(problem.Code, problem.Text, problem.Since) : null;
            return new(
                options.Hub?.ToString(), line?.ConnectedSince is not null, line?.ConnectedSince ?? line?.OfflineSince, fault,
                held?.Epoch ?? line?.Epoch ?? default, next, acknowledged, held?.OldestWaiting, line?.LastAcknowledged, line?.RoundTrip);
        }
    }
}

/// <summary>Quarter hours from the buffer.</summary>
internal sealed class IntervalSource(Outbox store, AcquisitionService acquisition) : IIntervalSource
{
    public async ValueTask<IReadOnlyList<RegisterDay>> ReadAsync(IReadOnlyList<QuarterHour> slots, CancellationToken cancellationToken)
    {
        var since = await store.KnownSinceAsync(cancellationToken);
        var devices = acquisition.Registers.ToDictionary(view => view.Register, view => view.Device);
        var days = new List<RegisterDay>();
        foreach (var state in await store.LoadRegistersAsync(cancellationToken))
        {
            var begin = state.Begin;
            // From one border earlier: the first slot's energy is a difference, too.
            var totals = await store.TotalsAsync(begin.Register, slots[0].Previous.Start, slots[^1].End, cancellationToken);
            DeviceId? device = devices.TryGetValue(begin.Register, out var id) ? id : null;
            days.Add(new(begin.Register, begin.Obis, begin.Role, device, since.GetValueOrDefault(begin.Register, begin.At), Slots(totals, slots[0])));
        }

        return days;
    }

    private static List<SlotTotal> Slots(IReadOnlyList<(RegisterTotal Total, long Sequence)> totals, QuarterHour first)
    {
        var slots = new List<SlotTotal>(totals.Count);
        RegisterTotal? before = null;
        foreach (var (total, sequence) in totals)
        {
            if (total.Segment == 0) continue; // taken while the clock was unknown: evidence, not a border
            var slot = QuarterHour.EndingAt(total.SlotEnd);
            bool joined = before is not null && before.SlotEnd == slot.StartUnixSeconds && before.Segment == total.Segment;
            if (slot >= first) slots.Add(new(slot, total.Total, joined ? total.Total - before!.Total : null, total.Quality, total.Segment, sequence));
            before = total;
        }

        return slots;
    }
}

/// <summary>What the gateway knows about itself.</summary>
internal sealed class GatewayInfo(GatewayOptions options, IReadOnlyList<DeviceInfo> devices, AcquisitionService acquisition, StoreWatch store, Watchdog watchdog, EnclosureWatch enclosure) : IGatewayInfo
{
    public GatewayId Id => options.Building.Gateway;

    public string Building => options.Building.Name;

    public DateTimeZone Zone => options.Building.Zone;

    public string Version => GatewayOptions.Version;

    public Instant Started => options.Started;

    public Power ConnectionPower => options.Building.ConnectionPower;

    public IReadOnlyList<DeviceInfo> Devices => devices;

    public ClockInfo Clock
    {
        get
        {
            var clock = acquisition.Clock;
            var trust = clock.State switch
            {
                ClockState.Synced => ClockTrust.Synchronised,
                ClockState.Holdover => ClockTrust.Holdover,
                ClockState.SetByTechnician => ClockTrust.SetByTechnician,
                _ => ClockTrust.Unknown,
            };
            return new(trust, clock.Since, clock.LastStep);
        }
    }

    public StoreInfo Store
    {
        get
        {
            var held = store.Status;
            var writer = acquisition.Writer;
            var fault = writer.Fault is { } text ? new StoreFault("CME-1541", text, writer.Since) : null;
            return new(store.Engine, held?.StoreBytes, held?.FreeBytes, RoomLeft(held), fault);
        }
    }

    public IReadOnlyList<LoopInfo> Loops => watchdog.Loops;

    public EnclosureInfo? Enclosure => enclosure.Current;

    /// <summary>About 200 bytes a record; four totals an hour of every register.</summary>
    private Duration? RoomLeft(StoreStatus? held)
    {
        const long BytesPerRecord = 200;
        int registers = acquisition.Registers.Count;
        return held is null || registers == 0 ? null : Duration.FromHours(held.FreeBytes / (4L * registers * BytesPerRecord));
    }
}
