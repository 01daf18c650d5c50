using System.Collections.Concurrent;
using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>
/// Writes to one device, one write at a time, never on the cycle's thread: a device that hangs, throws or answers late misses its turn and stops nobody.
/// There is no retry inside; the next cycle's order is the retry.
/// </summary>
internal sealed class DeviceLane(DevicePort port, GuardSettings settings, Power coarseStep, TimeProvider time, Func<Func<Task>, Task> start, ConcurrentQueue<Confirmation> confirmations)
{
    private readonly Lock gate = new();
    private readonly ReachTrack reach = new(settings);
    private LaneOrder? order;
    private Holding? held;
    private bool isUnsure;
    private Duration? busySince;
    private Duration? refusedAt;
    private Instant? writtenAt;
    private PowerRange? readBack;
    private (string Code, string Text)? fault;

    public DevicePort Port => port;

    /// <summary>Something of ours may be in force there.</summary>
    public bool MayHold
    {
        get
        {
            lock (gate) return held is not null || isUnsure;
        }
    }

    public bool IsBusy
    {
        get
        {
            lock (gate) return busySince is not null;
        }
    }

    /// <summary>An earlier run may have left something there.</summary>
    public void Doubt()
    {
        lock (gate) isUnsure = true;
    }

    /// <summary>Whether commands reach it, judged now.</summary>
    public ControlReach ReachAt(Duration now)
    {
        lock (gate)
        {
            bool hangs = busySince is { } since && now - since > settings.WriteBudget + Duration.FromSeconds(1);
            return hangs ? ControlReach.Unreachable : reach.At(now);
        }
    }

    /// <summary>What the device holds from us; absent if nothing, or its time has run out.</summary>
    public PowerRange? HeldAt(Duration now)
    {
        lock (gate) return Valid(now)?.Range;
    }

    public void Offer(LaneOrder next)
    {
        lock (gate)
        {
            Expire();
            order = next;
            StartIfDue();
        }
    }

    /// <summary>Compares what is measured with what is held. Only for batteries, each cycle.</summary>
    /// <param name="mayRest">Whether it may do less than it is told because it is nearly empty or full.</param>
    public void Observe(Measured? measured, (bool Discharge, bool Charge) mayRest, Duration now)
    {
        lock (gate)
        {
            if (reach.Observe(Valid(now)?.Range, measured, mayRest, now)) (held, isUnsure) = (null, true);
        }
    }

    public DeviceWrites Status(ControlReach shown, Verified? verified, Duration now)
    {
        lock (gate)
        {
            var wrong = reach.Fault(now) ?? (ReachAt(now) == ControlReach.Unreachable ? fault ?? (ControlCodes.NoAnswer, "The device does not answer a write.") : fault);
            return new(port.Device, shown, verified, Valid(now)?.Range, writtenAt, readBack, wrong?.Code, wrong?.Text, busySince is not null);
        }
    }

    private Duration Now => Duration.FromTimeSpan(time.GetElapsedTime(0));

    private Holding? Valid(Duration now) => held is { } h && now < h.At + h.Validity ? h : null;

    /// <summary>The device's timer has run out: it is in its own mode, and the balancing law has to know.</summary>
    private void Expire()
    {
        if (held is not { } h || Valid(Now) is not null) return;
        (held, isUnsure) = (null, true);
        confirmations.Enqueue(new(port.Device, null, h.At + h.Validity));
    }

    private void StartIfDue()
    {
        if (busySince is not null || order is not { } now || Choose(now) is not { } act) return;
        busySince = Now;
        _ = start(() => RunAsync(act));
    }

    private Act? Choose(LaneOrder wanted)
    {
        var now = Now;
        if (refusedAt is { } refused && now - refused < settings.AnswerTime) return null;
        var valid = Valid(now);
        switch (wanted.Kind)
        {
            case OrderKind.Release:
                return held is not null || isUnsure ? new(null, Duration.Zero, wanted.Number) : null;
            case OrderKind.Keep:
                return valid is { } kept && !Contains(wanted.Bound, kept.Range) ? New(Narrowed(kept.Range, wanted.Bound), wanted) : null;
            default:
                bool isDue = valid is not { } h || isUnsure || !Contains(wanted.Bound, h.Range) || IsWorthIt(wanted.Range, h, now) || now - h.At >= h.Validity / 3;
                return isDue ? New(wanted.Range, wanted) : null;
        }
    }

    private Act New(PowerRange range, LaneOrder wanted) => new(range, Duration.Min(wanted.Validity ?? settings.Validity, port.LongestValidity), wanted.Number);

    private bool IsWorthIt(PowerRange wanted, Holding now, Duration at)
    {
        long change = Math.Max(Math.Abs(wanted.Min.Milliwatts - now.Range.Min.Milliwatts), Math.Abs(wanted.Max.Milliwatts - now.Range.Max.Milliwatts));
        bool isPin = wanted.Min == wanted.Max && now.Range.Min == now.Range.Max;
        if (change == 0 || change < (isPin && coarseStep == Power.Zero ? port.Resolution : coarseStep).Milliwatts) return false;
        return isPin || !Contains(wanted, now.Range) || at - now.At >= settings.WidenAfter;
    }

    private async Task RunAsync(Act act)
    {
        Outcome outcome;
        var started = Now;
        try
        {
            using var budget = new CancellationTokenSource(settings.WriteBudget.ToTimeSpan(), time);
            outcome = await WriteAsync(act, budget.Token);
        }
        catch (WriteRefusedException refused)
        {
            outcome = new(Result.Refused, null, null, (refused.Code, refused.Message));
        }
        catch (Exception broken)
        {
            outcome = new(Result.Failed, null, null, (ControlCodes.WriteFailed, broken.Message));
        }

        lock (gate)
        {
            Take(act, outcome, started);
            busySince = null;
            // A newer order has been waiting; the same one waits for the next cycle.
            if (order is { } next && next.Number != act.Number) StartIfDue();
        }
    }

    private async Task<Outcome> WriteAsync(Act act, CancellationToken cancellationToken)
    {
        if (act.Range is not { } range)
        {
            await port.ReleaseAsync(cancellationToken);
            return new(Result.Written, Now, null, null);
        }

        await port.SetAsync(range, act.Validity, cancellationToken);
        var at = Now;
        try
        {
            var (holds, said) = await port.ReadBackAsync(range, cancellationToken);
            return holds == false
                ? new(Result.Mismatch, at, said, (ControlCodes.ReadBackDiffers, "The device holds something else than was written."))
                : new(Result.Written, at, said, null);
        }
        catch (Exception broken)
        {
            return new(Result.Mismatch, at, null, (ControlCodes.ReadBackFailed, broken.Message));
        }
    }

    private void Take(Act act, Outcome outcome, Duration started)
    {
        (readBack, fault) = (outcome.Said, outcome.Fault);
        refusedAt = outcome.Result == Result.Refused ? Now : null;
        reach.Wrote(outcome.Result, Now);
        if (outcome.WrittenAt is not { } at)
        {
            // Nobody knows whether a failed write arrived; a refused one did not.
            isUnsure |= outcome.Result == Result.Failed;
            return;
        }

        // The device may have started its timer long before its answer came.
        held = act.Range is { } range ? new(range, started, act.Validity) : null;
        isUnsure = outcome.Result == Result.Mismatch;
        writtenAt = Instant.FromDateTimeOffset(time.GetUtcNow()) - (Now - at);
        confirmations.Enqueue(new(port.Device, act.Range, at));
    }

    private static bool Contains(PowerRange outer, PowerRange inner) => outer.Contains(inner.Min) && outer.Contains(inner.Max);

    private static PowerRange Narrowed(PowerRange range, PowerRange bound) => new(bound.Clamp(range.Min), bound.Clamp(range.Max));

    /// <param name="Range">Absent: release.</param>
    private readonly record struct Act(PowerRange? Range, Duration Validity, long Number);

    private readonly record struct Holding(PowerRange Range, Duration At, Duration Validity);

    private readonly record struct Outcome(Result Result, Duration? WrittenAt, PowerRange? Said, (string Code, string Text)? Fault);
}

/// <summary>How a write ended.</summary>
internal enum Result
{
    Written,

    /// <summary>Taken, but the read-back was another or failed.</summary>
    Mismatch,
    Failed,

    /// <summary>The driver did not write; the device is as it was.</summary>
    Refused,
}
