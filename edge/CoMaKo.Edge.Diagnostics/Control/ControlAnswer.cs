using CoMaKo.Edge.Diagnostics.Views;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>What keeps control from being well, and what it says when it is.</summary>
internal static class ControlAnswer
{
    /// <summary>All causes, in no order.</summary>
    public static IEnumerable<Answer> Causes(View view)
    {
        if (view.Control is not { } control) return [];
        if (control.IsStale) return [new Answer(State.Fault, view.Say["control.stands"], view.Say["control.stands.detail", view.Say.Span(view.Now - control.State.At)], PageKind.Battery)];
        return [.. OfBatteries(view, control), .. OfMode(view, control), .. OfLimits(view, control)];
    }

    /// <summary>What the batteries do and why; absent without control.</summary>
    public static Answer? Well(View view)
    {
        if (view.Control is not { IsStale: false } control) return null;
        var say = view.Say;
        return new Answer(State.Ok, say[$"control.well.{control.State.Mode}"], ReasonText.Plain(say, control.State.Reason) ?? say[$"control.well.{control.State.Mode}.detail"], PageKind.Battery);
    }

    /// <summary>Every battery takes its commands.</summary>
    public static bool Obeys(ControlView control) =>
        control is { IsStale: false, State.Batteries.Count: > 0 } && control.State.Batteries.All(battery => battery is { Verified: not null, WriteFault: null, Command: not null });

    /// <summary>What is wrong with a battery, each once. A lost input is told by its limit.</summary>
    public static IEnumerable<CodedText> Troubles(BatteryRow battery) =>
        [.. battery.WriteFault is { } fault ? [fault] : Array.Empty<CodedText>(), .. battery.Alarms.Where(alarm => alarm.Code != battery.WriteFault?.Code && alarm.Code != "CME-2009")];

    private static IEnumerable<Answer> OfBatteries(View view, ControlView control)
    {
        foreach (var battery in control.State.Batteries)
        {
            string name = view.Devices.FirstOrDefault(device => device.Info.Id == battery.Device)?.Info.Name ?? battery.Device.Value;
            if (battery.WriteFault is { } fault) yield return new Answer(State.Fault, view.Say["control.disobeys", name], Words(view, fault), PageKind.Battery);
            foreach (var alarm in Troubles(battery).Where(trouble => trouble != battery.WriteFault)) yield return new Answer(State.Fault, view.Say["control.alarm", name], Words(view, alarm), PageKind.Battery);
            if (battery.Verified is null) yield return new Answer(State.Waiting, view.Say["control.unverified", name], view.Say["control.unverified.detail"], PageKind.Battery);
        }
    }

    private static IEnumerable<Answer> OfMode(View view, ControlView control)
    {
        var (say, state) = (view.Say, control.State);
        if (state.Lock is { } held)
            yield return new Answer(State.Attention, say["control.locked"], say["control.locked.detail", view.Person(held.By), say.When(held.Since, view.Now)], PageKind.Battery);
        else if (state.Mode is ControlMode.Hold or ControlMode.Released)
            yield return new Answer(
                State.Attention, say[$"control.well.{state.Mode}"],
                (state.Cause is { } cause ? say.Find("cause." + cause) : null) ?? say[$"control.well.{state.Mode}.detail"], PageKind.Battery);
        else if (state.Plan?.Fault is { } fault) yield return new Answer(State.Waiting, say["control.noplan"], Words(view, fault), PageKind.Battery);
    }

    private static IEnumerable<Answer> OfLimits(View view, ControlView control)
    {
        var say = view.Say;
        foreach (var row in control.State.Limits)
        {
            string name = say.Find("limit." + row.Name) ?? row.Name;
            if (row.Stand == LimitStand.Failsafe) yield return new Answer(State.Attention, say["control.failsafe", name], say["control.failsafe.detail", row.Detail ?? name], PageKind.Battery);
            else if (row is { Stand: LimitStand.Active, Name: "dim-14a" or "eeg-9", Source: not "FeedInRule" } && row.Since is { } since)
                yield return new Answer(
                    State.Waiting, say["control.dimmed", name],
                    row.Value is { } value ? say["control.dimmed.value", say.When(since, view.Now), say.Power(value)] : say["control.dimmed.since", say.When(since, view.Now)], PageKind.Battery);
        }
    }

    private static string Words(View view, CodedText text) => $"{text.Code}. {view.Say.Fault(text)}";
}
