using CoMaKo.Devices;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Dispatch;

/// <summary>Whether a device does what it is told, by its answers to writes and by its measured power (inverters §3.7).</summary>
internal sealed class ReachTrack(GuardSettings settings)
{
    private static readonly Duration LongestExclusion = Duration.FromHours(1);
    private static readonly Duration Rehabilitated = Duration.FromMinutes(30);
    private readonly Queue<(Duration At, PowerRange Range)> recent = [];
    private int failures;
    private int wrongReadBacks;
    private int wrongAnswers;
    private Duration? wrongSince;
    private Duration? excludedUntil;
    private Duration exclusion = settings.Probation;
    private (string Code, string Text)? why;

    public ControlReach At(Duration now)
    {
        if (excludedUntil is { } until && now < until) return ControlReach.NotControllable;
        return failures >= settings.Misses ? ControlReach.Unreachable : ControlReach.Controlled;
    }

    /// <summary>Why the device is excluded; absent if it is not.</summary>
    public (string Code, string Text)? Fault(Duration now) => At(now) == ControlReach.NotControllable ? why : null;

    public void Wrote(Result result, Duration now)
    {
        if (result == Result.Refused) return;
        failures = result == Result.Failed ? failures + 1 : 0;
        wrongReadBacks = result switch
        {
            Result.Mismatch => wrongReadBacks + 1,
            Result.Written => 0,
            _ => wrongReadBacks,
        };
        if (wrongReadBacks >= settings.Misses) Exclude(now, (ControlCodes.NotControllable, "The device does not hold what is written to it; it is left alone for now."));
    }

    /// <summary>One look at the measured power; true if the device has just been excluded.</summary>
    public bool Observe(PowerRange? held, Measured? measured, (bool Discharge, bool Charge) mayRest, Duration now)
    {
        if (held is not { } range || measured is not { } reading || reading.AgeAt(now) > settings.AnswerTime)
        {
            (wrongSince, wrongAnswers) = (null, held is null ? 0 : wrongAnswers);
            if (held is null) recent.Clear();
            return false;
        }

        recent.Enqueue((now, range));
        while (now - recent.Peek().At > settings.AnswerTime) recent.Dequeue();
        if (IsAnswer(reading.Value, mayRest))
        {
            (wrongSince, wrongAnswers) = (null, 0);
            return false;
        }

        wrongSince ??= now;
        if (now - wrongSince < settings.AnswerTime) return false;
        wrongSince = now;
        if (++wrongAnswers < settings.Misses) return false;
        Exclude(now, (ControlCodes.DoesNotFollow, "The battery's power does not follow its commands; it is left alone for now."));
        return true;
    }

    /// <summary>Anything between the commands of the last seconds may be on its way.</summary>
    private bool IsAnswer(Power measured, (bool Discharge, bool Charge) mayRest)
    {
        var (min, max) = (recent.Peek().Range.Min, recent.Peek().Range.Max);
        foreach (var (_, range) in recent) (min, max) = (range.Min < min ? range.Min : min, range.Max > max ? range.Max : max);
        if (mayRest.Discharge && min > Power.Zero) min = Power.Zero;
        if (mayRest.Charge && max < Power.Zero) max = Power.Zero;
        return measured >= min - Tolerance(min) && measured <= max + Tolerance(max);
    }

    private Power Tolerance(Power power)
    {
        var share = new Power((long)(Math.Abs(power.Milliwatts) * settings.AnswerShare));
        return share > settings.AnswerPower ? share : settings.AnswerPower;
    }

    private void Exclude(Duration now, (string Code, string Text) reason)
    {
        if (excludedUntil is { } before && now - before > Rehabilitated) exclusion = settings.Probation;
        (excludedUntil, why) = (now + exclusion, reason);
        exclusion = Duration.Min(exclusion * 2, LongestExclusion);
        (wrongReadBacks, wrongAnswers, wrongSince) = (0, 0, null);
        recent.Clear();
    }
}
