using CoMaKo.Devices;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Api;

/// <summary><c>/api/control</c>: the newest cycle in W and per cent; + towards the building. Ranges are lowest and highest power.</summary>
internal sealed record ControlDocument(
    Instant At, ControlMode Mode, Instant Since, string? Cause, string? Reason, bool IsLocked, IReadOnlyList<ControlDocument.Battery> Batteries,
    IReadOnlyList<ControlDocument.Limit> Limits, IReadOnlyList<ControlDocument.Relay> Relays, decimal? GridImportW, decimal? GridExportW, decimal? PvOutputW)
{
    public static ControlDocument Of(ControlState state) => new(
        state.At, state.Mode, state.Since, state.Cause, state.Reason?.Code, state.Lock is not null,
        [.. state.Batteries.Select(b => new Battery(b.Device.Value, b.Power?.Watts, b.SoCPercent, Range(b.Allowed), Range(b.Command), Range(b.ReadBack), b.Verified is not null, [.. b.Alarms.Select(alarm => alarm.Code)]))],
        [.. state.Limits.Select(l => new Limit(l.Name, l.Stand, l.Source, l.Detail, l.Since, l.Value?.Watts, Range(l.After)!))],
        [.. state.Relays.Select(r => new Relay(r.Meaning, r.IsActive, r.Since, r.Source))],
        state.GridImport?.Watts, state.GridExport?.Watts, state.PvOutput?.Watts);

    private static decimal[]? Range(PowerRange? range) => range is { } known ? [known.Min.Watts, known.Max.Watts] : null;

    internal sealed record Battery(string Device, decimal? PowerW, decimal? SoCPercent, decimal[]? AllowedW, decimal[]? CommandW, decimal[]? ReadBackW, bool IsVerified, IReadOnlyList<string> Alarms);

    internal sealed record Limit(string Name, LimitStand Stand, string Source, string? Detail, Instant? Since, decimal? ValueW, decimal[] LeavesW);

    internal sealed record Relay(RelayMeaning Meaning, bool? IsActive, Instant Since, string Source);
}
