using System.Collections.Immutable;
using CoMaKo.Devices;
using CoMaKo.Edge.Control.Limits;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>
/// Finds out when something worth a record has changed. Following the meter is none: only another mode, limit, wish or device state is, and the summary of a minute.
/// A record waits until its writes are read back, so that it tells what came of it.
/// </summary>
internal sealed class DecisionJournal(IDecisionLog log, DispatcherSettings settings)
{
    private static readonly Duration LongestWait = Duration.FromSeconds(4), Minute = Duration.FromMinutes(1);
    private Keys? before;
    private Pending? pending;
    private Duration? minuteAt;
    private int inMinute;
    private int suppressed;

    /// <param name="earlier">Devices as they were when this cycle began: what came of the orders before it.</param>
    /// <param name="wasQuiet">No write was under way then.</param>
    public void Observe(DispatcherStatus status, ImmutableArray<DeviceWrites> earlier, bool wasQuiet)
    {
        var now = status.Limits.Image.Monotonic;
        var keys = Keys.Of(status);
        var trigger = status.Events.IsEmpty ? Trigger(keys) : DecisionTrigger.Event;
        before = keys;
        minuteAt ??= now;
        bool isMinute = now - minuteAt >= Minute;
        if (isMinute) (minuteAt, inMinute) = (now, 0);
        if (trigger is null && isMinute) trigger = DecisionTrigger.Minute;

        if (trigger is { } why)
        {
            Finish(earlier);
            if (inMinute++ < settings.RecordsPerMinute) pending = new(why, status, now);
            else suppressed++;
        }
        else if (pending is { } open && (wasQuiet || now - open.Since >= LongestWait))
        {
            Finish(earlier);
        }
    }

    private DecisionTrigger? Trigger(Keys now) => before switch
    {
        null => DecisionTrigger.Mode,
        _ when before.Mode != now.Mode => DecisionTrigger.Mode,
        _ when before.Limits != now.Limits => DecisionTrigger.Limit,
        _ when before.Wish != now.Wish => DecisionTrigger.Wish,
        _ when before.Devices != now.Devices => DecisionTrigger.Device,
        _ => null,
    };

    private void Finish(ImmutableArray<DeviceWrites> devices)
    {
        if (pending is not { } open) return;
        pending = null;
        log.Append(Record(open, devices));
        suppressed = 0;
    }

    private DecisionRecord Record(Pending open, ImmutableArray<DeviceWrites> devices)
    {
        var then = open.Status;
        var image = then.Limits.Image;
        var inputs = new DecisionInputs(
            image.Grid?.Value, image.Pv?.Value, then.NetLoad, [.. image.Batteries.Select(b => new DecisionBattery(b.Id.Value, b.Power?.Value, b.SoC?.Percent))]);
        ImmutableArray<DecisionLimit> limits =
        [
            .. then.Limits.Trace.Where(t => t.State.Kind != LimitKind.Idle).Select(t => new DecisionLimit(t.Name, t.State.Kind, t.State.Source, t.State.Detail, t.State.Value, Sum(t.After))),
        ];
        return new(
            then.At, open.Trigger, then.Mode, then.Cause, inputs, then.Wish, then.WishFrom, limits, then.Limits.Allowed.Conflicts,
            Sum(then.Limits.Allowed), then.Limits.Allowed.PvOutput, Writes(then, devices), then.Events, suppressed) { Reason = then.Reason };
    }

    private static ImmutableArray<DecisionWrite> Writes(DispatcherStatus then, ImmutableArray<DeviceWrites> devices) =>
    [
        .. devices.Select(device =>
        {
            int battery = then.Limits.Image.Batteries.Select((b, i) => b.Id == device.Device ? i : -1).Max();
            return new DecisionWrite(device.Device.Value, battery >= 0 ? then.Told[battery] : null, device.Held, device.ReadBack, device.Code);
        }),
    ];

    internal static PowerRange Sum(AllowedRanges allowed)
    {
        Power min = Power.Zero, max = Power.Zero;
        foreach (var range in allowed.Batteries) (min, max) = (min + range.Min, max + range.Max);
        return new(min, max);
    }

    private sealed record Keys(string Mode, string Limits, string Wish, string Devices)
    {
        public static Keys Of(DispatcherStatus status) => new(
            FormattableString.Invariant($"{status.Mode} {status.Cause}"),
            string.Join('|', status.Limits.Trace.Select(t => FormattableString.Invariant($"{t.State.Kind} {t.State.Source} {t.State.Detail} {t.IsConflict}"))),
            FormattableString.Invariant($"{status.Wish?.Mode} {status.WishFrom}"),
            string.Join('|', status.Devices.Select(d => FormattableString.Invariant($"{d.Reach} {d.Code}"))));
    }

    private sealed record Pending(DecisionTrigger Trigger, DispatcherStatus Status, Duration Since);
}
