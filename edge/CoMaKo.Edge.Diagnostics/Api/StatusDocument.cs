using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Views;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Api;

/// <summary>Answer of <c>GET /api/status</c>.</summary>
internal sealed record StatusDocument(
    string Gateway, string Building, string TimeZone, string Version, Instant Started, Instant? Now, State State, string Sentence,
    ClockDocument Clock, StoreDocument Store, SyncDocument Sync, IReadOnlyList<DeviceDocument> Devices, IReadOnlyList<LoopDocument> Loops,
    EnclosureDocument? Enclosure)
{
    /// <param name="withNow">Ages and clock are left out of the event stream, where they would make every event differ.</param>
    public static StatusDocument Of(View view, bool withNow)
    {
        var gateway = view.Gateway;
        var answer = Answer.Of(view);
        return new StatusDocument(
            gateway.Id.Value, gateway.Building, gateway.Zone.Id, gateway.Version, gateway.Started, withNow ? view.Now : null, answer.State, answer.Sentence,
            ClockDocument.Of(gateway.Clock), StoreDocument.Of(gateway.Store), SyncDocument.Of(view.Sync), view.Devices.Select(device => DeviceDocument.Of(device, withNow)).ToList(),
            gateway.Loops.Select(loop => new LoopDocument(loop.Name, withNow ? loop.LastProgress : null, view.Now - loop.LastProgress <= loop.Allowed)).ToList(),
            gateway.Enclosure is { } enclosure ? EnclosureDocument.Of(enclosure, view.Now, withNow) : null);
    }
}

/// <summary>The sensor in the enclosure; no value while it is not fresh.</summary>
internal sealed record EnclosureDocument(string Sensor, decimal? Celsius, decimal? HumidityPercent, Instant? At, Duration? AgeSeconds, CodedText? Fault)
{
    public static EnclosureDocument Of(EnclosureInfo enclosure, Instant now, bool withNow) => new(
        enclosure.Sensor, enclosure.IsFresh(now) ? enclosure.Celsius : null, enclosure.IsFresh(now) ? enclosure.HumidityPercent : null,
        withNow ? enclosure.At : null, withNow ? now - enclosure.At : null, enclosure.Fault);
}

/// <summary>The clock.</summary>
internal sealed record ClockDocument(ClockTrust Trust, Instant Since, Duration? LastStepSeconds)
{
    public static ClockDocument Of(ClockInfo clock) => new(clock.Trust, clock.Since, clock.LastStep);
}

/// <summary>The buffer.</summary>
internal sealed record StoreDocument(string Engine, long? SizeBytes, long? FreeBytes, Duration? RoomLeftSeconds, StoreFault? Fault)
{
    public static StoreDocument Of(StoreInfo store) => new(store.Engine, store.SizeBytes, store.FreeBytes, store.RoomLeft, store.Fault);
}

/// <summary>The uplink.</summary>
internal sealed record SyncDocument(
    string? Hub, bool Connected, Instant? Since, SyncFault? Fault, string Epoch, long NextSequence, long AcknowledgedSequence, long Backlog,
    Instant? OldestWaiting, Instant? LastAcknowledged, Duration? RoundTripSeconds)
{
    public static SyncDocument Of(SyncStatus sync) => new(
        sync.Hub, sync.Connected, sync.Since, sync.Fault, sync.Epoch.ToString(), sync.NextSequence, sync.AcknowledgedSequence, sync.Backlog,
        sync.OldestWaiting, sync.LastAcknowledged, sync.RoundTrip);
}

/// <summary>One device and its link.</summary>
internal sealed record DeviceDocument(
    string Id, string Name, DeviceRole Role, string Profile, string Link, Duration PeriodSeconds, DeviceStatusKind? State, string? Code, string? Reason, Instant? Since,
    Instant? LastReading, Duration? AgeSeconds, FrameDocument? Frames)
{
    public static DeviceDocument Of(DeviceView device, bool withNow)
    {
        var (info, status) = (device.Info, device.Seen?.Status);
        return new DeviceDocument(
            info.Id.Value, info.Name, info.Role, info.Profile, info.Link, info.ExpectedPeriod, status?.Kind, status?.Code, status?.Reason, status?.Since,
            withNow ? device.Seen?.Last?.At : null, withNow ? device.Age : null, withNow ? FrameDocument.Of(info.Statistics) : null);
    }
}

/// <summary>Frames since the start.</summary>
internal sealed record FrameDocument(long Good, long Crc, long Timeout, long Other, long Bytes)
{
    public static FrameDocument Of(LinkStatistics statistics) =>
        new(statistics.GoodFrames, statistics.CrcErrors, statistics.Timeouts, statistics.OtherErrors, statistics.Bytes);
}

/// <summary>One loop of the process.</summary>
internal sealed record LoopDocument(string Name, Instant? LastProgress, bool Progresses);
