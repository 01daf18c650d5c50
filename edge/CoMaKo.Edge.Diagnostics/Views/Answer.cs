using CoMaKo.Devices;
using CoMaKo.Edge.Diagnostics.Control;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Diagnostics.Views;

/// <summary>States of things, worst last; each has an icon, a word and a colour.</summary>
public enum State
{
    Ok,

    /// <summary>Well, but not for everybody.</summary>
    Locked,
    Waiting,
    Attention,
    Fault,
}

/// <summary>One sentence that says how things are, and one that says what to do.</summary>
/// <param name="Page">The page that shows the cause.</param>
public sealed record Answer(State State, string Sentence, string Detail, PageKind Page)
{
    // visual.md: waiting is normal in a basement; it becomes attention after a day, fault when room gets scarce.
    private static readonly Duration LongWait = Duration.FromHours(24);
    private static readonly Duration ScarceRoom = Duration.FromDays(14);

    /// <summary>The worst of all causes; others are counted behind it.</summary>
    internal static Answer Of(View view)
    {
        var causes = Causes(view).OrderByDescending(cause => cause.State).ToList();
        if (causes.Count == 0) return Well(view);
        var worst = causes[0];
        return causes.Count == 1 ? worst : worst with { Detail = $"{worst.Detail} {view.Say.Count("answer.more", causes.Count - 1)}" };
    }

    /// <summary>All causes, in no order.</summary>
    internal static IEnumerable<Answer> Causes(View view) =>
        [.. OfGateway(view), .. view.Devices.Select(device => OfDevice(view, device)).OfType<Answer>(), .. OfSync(view), .. ControlAnswer.Causes(view)];

    /// <summary>What keeps one device from being well; absent if it is.</summary>
    internal static Answer? OfDevice(View view, DeviceView device)
    {
        var (say, name) = (view.Say, device.Info.Name);
        if (device.Freshness == Freshness.Fresh) return null;
        if (device is { IsFaulted: true, Seen.Status: var status })
            return new Answer(State.Fault, say["answer.faulted", name], Words(view, status), PageKind.Meters);
        if (device.Age is { } age)
            return new Answer(State.Attention, say["answer.silent", name], say["answer.silent.detail", say.Span(age), Check(view, device)], PageKind.Meters);
        return device.Seen?.Status.Kind == DeviceStatusKind.Stale
            ? new Answer(State.Attention, say["answer.never", name], say["answer.never.detail", Check(view, device)], PageKind.Meters)
            : new Answer(State.Waiting, say["answer.starting", name], say["answer.starting.detail"], PageKind.Meters);
    }

    private static string Check(View view, DeviceView device) =>
        view.Say[device.Info.Profile.StartsWith("sml", StringComparison.OrdinalIgnoreCase) ? "answer.silent.head" : "answer.silent.cable"];

    private static string Words(View view, DeviceStatus status)
    {
        string details = status.Reason ?? view.Say["answer.silent.cable"];
        return status.Code is { } code ? $"{code}. {(view.Say.Find(code) ?? details)}" : details;
    }

    private static IEnumerable<Answer> OfGateway(View view)
    {
        var (say, gateway) = (view.Say, view.Gateway);
        if (gateway.Store.Fault is { } fault)
            yield return new Answer(State.Fault, say["answer.store"], $"{fault.Code}. {(say.Find(fault.Code) ?? fault.Text)}", PageKind.System);
        foreach (var loop in gateway.Loops)
            if (view.Now - loop.LastProgress > loop.Allowed)
                yield return new Answer(State.Fault, say["answer.loop", say.Find("loop." + loop.Name) ?? loop.Name], say["answer.loop.detail", say.Span(view.Now - loop.LastProgress)], PageKind.System);
        if (gateway.Clock.Trust == ClockTrust.Unknown)
            yield return new Answer(State.Attention, say["answer.clock"], say["answer.clock.detail"], PageKind.System);
        if (view.Devices.Count == 0)
            yield return new Answer(State.Attention, say["answer.empty"], say["answer.empty.detail"], PageKind.Meters);
    }

    private static IEnumerable<Answer> OfSync(View view)
    {
        var (say, sync) = (view.Say, view.Sync);
        if (view.Gateway.Store.RoomLeft is { } room && room < ScarceRoom)
            yield return new Answer(State.Fault, say["answer.room", say.Days(room)], say["answer.room.detail"], PageKind.Sync);
        if (sync.Hub is null || sync.Connected || sync.Since is not { } since) yield break;
        bool isLong = sync.OldestWaiting is { } oldest && view.Now - oldest > LongWait;
        yield return new Answer(
            isLong ? State.Attention : State.Waiting,
            sync.Backlog > 0 ? say.Count("answer.waiting", sync.Backlog) : say["answer.offline"],
            say["answer.waiting.detail", say.When(since, view.Now)], PageKind.Sync);
    }

    private static Answer Well(View view)
    {
        string meters = view.Say.Count("answer.ok.meters", view.Devices.Count);
        string? sent = view.Sync.Hub is null ? null
            : LastSent(view) is { } slot ? view.Say["answer.ok.sent", view.Say.Minute(slot.End)]
            : view.Say["answer.ok.connected"];
        string? obeys = view.Control is { } control && ControlAnswer.Obeys(control) ? view.Say["answer.ok.obeys"] : null;
        return new Answer(State.Ok, view.Say["answer.ok"], string.Join(", ", ((string?[])[meters, obeys, sent]).OfType<string>()) + ".", PageKind.Overview);
    }

    private static QuarterHour? LastSent(View view)
    {
        var sent = view.Today.Registers.SelectMany(register => register.Slots)
            .Where(slot => slot.Sequence <= view.Sync.AcknowledgedSequence).Select(slot => slot.Slot).ToList();
        return sent.Count == 0 ? null : sent.Max();
    }
}
