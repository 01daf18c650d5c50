using CoMaKo.Devices;
using CoMaKo.Edge.Control;
using CoMaKo.Edge.Control.Dispatch;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Edge.Control.Rolling;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using ControlMode = CoMaKo.Edge.Diagnostics.ControlMode;

namespace CoMaKo.Edge.Hosting;

/// <summary>The newest control cycle as the pages show it.</summary>
internal sealed class ControlSource(ControlLoop loop, LockKeeper locks, PlanKeeper plans, Contacts contacts) : IControlSource
{
    private readonly PlanBattery battery = new(loop.Site);
    private (DispatcherStatus Of, ControlState State)? last;

    public ControlState? Current
    {
        get
        {
            if (loop.Dispatcher.Current is not { } now) return null;
            if (last is { } known && ReferenceEquals(known.Of, now)) return known.State;
            var state = State(now);
            last = (now, state);
            return state;
        }
    }

    private ControlState State(DispatcherStatus now)
    {
        var outcome = now.Limits;
        var image = outcome.Image;
        var head = plans.Head;
        return new(
            now.At, Mode(now.Mode), now.Since, now.Cause, now.Reason is { } reason ? PlanShown.Of(reason, battery) : null,
            [.. loop.Site.Batteries.Select((site, i) => Battery(now, site, i))],
            [.. outcome.Trace.Select(Row)],
            [.. contacts.Signals.Inputs.Select(s => new RelayRow(s.Meaning, s.IsActive, s.Since, s.Source, s.IsClosed, s.Edges))],
            locks.Current is { } kept ? new(kept.Since, kept.By, kept.Note, kept.Until) : null)
        {
            Plan = head,
            GridImport = outcome.Allowed.GridImport,
            GridExport = outcome.Allowed.GridExport,
            PvOutput = outcome.Allowed.PvOutput,
            ReservePercent = loop.Site.Reserve?.Percent,
        };
    }

    private BatteryRow Battery(DispatcherStatus now, BatterySite site, int index)
    {
        var image = now.Limits.Image.Batteries[index];
        var writes = now.Devices.FirstOrDefault(d => d.Device == site.Id);
        return new(
            site.Id, site.Rated, image.Power?.Value, image.SoC?.Percent, now.Limits.Allowed.Batteries[index], writes?.Held, writes?.ReadBack,
            writes is { Code: { } code, Text: { } text } ? new(code, text) : null, Verifications.Shown(loop.Tests.Verification(site.Id)),
            [.. now.Alarms.Where(a => a.Device is null || a.Device == site.Id.Value).Select(a => new CodedText(a.Code, a.Text))]);
    }

    private static LimitRow Row(LimitTrace trace) => new(
        trace.Name, Stand(trace.State.Kind),
        trace.State.Source.ToString(), trace.State.Detail, trace.Since, trace.State.Value, Sum(trace.Before), Sum(trace.After)) { IsConflict = trace.IsConflict };

    private static PowerRange Sum(AllowedRanges ranges)
    {
        Power min = Power.Zero, max = Power.Zero;
        foreach (var one in ranges.Batteries) (min, max) = (min + one.Min, max + one.Max);
        return new(min, max);
    }

    public static LimitStand Stand(LimitKind kind) => kind switch { LimitKind.Active => LimitStand.Active, LimitKind.Failsafe => LimitStand.Failsafe, _ => LimitStand.Idle };

    public static ControlMode Mode(Control.Dispatch.ControlMode mode) => mode switch
    {
        Control.Dispatch.ControlMode.Planned => ControlMode.Planned,
        Control.Dispatch.ControlMode.Balancing => ControlMode.Balancing,
        Control.Dispatch.ControlMode.Hold => ControlMode.Hold,
        _ => ControlMode.Released,
    };
}
