using NodaTime;

namespace CoMaKo.Edge.Acquisition;

/// <summary>
/// Judges the wall clock each second (reliability reference §4): is it synchronised, was it stepped, can it be true at all.
/// A clock earlier than the build or the last known good time is not believed; 60 s of slack let an ordinary correction pass.
/// </summary>
/// <param name="lastGood">The last known good time of an earlier run; absent if there is none.</param>
public sealed class ClockWatch(TimeProvider time, IClockSource source, Instant buildDate, Instant? lastGood, Duration stepTolerance, EventJournal journal)
{
    /// <summary>State key of the last known good time, in Unix seconds.</summary>
    public const string StateKey = "clock/last-good-unix-s";

    /// <summary>The last known good time is renewed this often.</summary>
    public static readonly Duration Period = Duration.FromSeconds(60);

    private static readonly Duration Slack = Duration.FromSeconds(60);
    private static readonly Duration NotedStep = Duration.FromSeconds(2);

    private readonly long origin = time.GetTimestamp();
    private Instant earliest = Instant.Max(buildDate, lastGood ?? buildDate);
    private Duration earliestAt = Duration.Zero; // monotonic time at which it was not earlier than that
    private (Instant Wall, Duration Monotonic)? last;
    private bool setByTechnician;
    private bool remembered;

    public ClockStatus Status { get; private set; } = new(ClockState.Unknown, Instant.FromDateTimeOffset(time.GetUtcNow()), null);

    /// <summary>Whether totals may be booked by this clock.</summary>
    public bool IsTrusted => Status.State != ClockState.Unknown;

    /// <summary>Time since this watch began, monotonic.</summary>
    public Duration Monotonic => Duration.FromTimeSpan(time.GetElapsedTime(origin));

    /// <summary>It is not earlier than this now.</summary>
    public Instant EarliestNow => earliest + (Monotonic - earliestAt);

    /// <summary>Looks at the clocks. Called each second.</summary>
    /// <returns>The last known good time if it is due to be remembered; absent otherwise.</returns>
    public Instant? Tick()
    {
        Instant now = Instant.FromDateTimeOffset(time.GetUtcNow());
        Duration monotonic = Monotonic;
        NoteStep(now, monotonic);
        last = (now, monotonic);

        bool possible = now + Slack >= earliest;
        Become(Next(possible), now, monotonic, possible);
        bool due = IsTrusted && Status.State != ClockState.Holdover && (!remembered || monotonic - earliestAt >= Period);
        if (!due) return null;
        remembered = true;
        (earliest, earliestAt) = (Instant.Max(earliest, now), monotonic);
        return earliest;
    }

    /// <summary>A technician has set or confirmed the system's clock: it is believed as it is, even if it is earlier than the last known good time.</summary>
    public void SetByTechnician()
    {
        Instant now = Instant.FromDateTimeOffset(time.GetUtcNow());
        (setByTechnician, earliest, earliestAt, remembered) = (true, Instant.Max(buildDate, now), Monotonic, false);
        journal.Add(now, earliestAt, EventCodes.ClockSetByTechnician, "clock", "A technician confirmed the clock.");
    }

    private ClockState Next(bool possible) => possible switch
    {
        false => ClockState.Unknown,
        _ when source.IsSynchronised => ClockState.Synced,
        _ when setByTechnician => ClockState.SetByTechnician,
        _ when Status.State is ClockState.Synced or ClockState.Holdover => ClockState.Holdover,
        _ => ClockState.Unknown,
    };

    private void Become(ClockState state, Instant now, Duration monotonic, bool possible)
    {
        if (!possible && source.IsSynchronised)
        {
            journal.Add(now, monotonic, EventCodes.ClockRefused, "clock",
                "The clock is earlier than the last known good time or the build of this software and is not believed.", ("earliest", earliest.ToString()), ("clock", now.ToString()));
        }

        if (state == Status.State) return;
        Status = Status with { State = state, Since = now };
        if (state == ClockState.Synced) journal.Add(now, monotonic, EventCodes.ClockTrusted, "clock", "The clock is synchronised.");
        if (state == ClockState.Holdover) journal.Add(now, monotonic, EventCodes.ClockSourceLost, "clock", "The time source is lost; the clock runs on by itself.");
    }

    private void NoteStep(Instant now, Duration monotonic)
    {
        if (last is not { } before) return;
        Duration step = now - before.Wall - (monotonic - before.Monotonic);
        if (step <= stepTolerance && step >= -stepTolerance) return;
        Status = Status with { LastStep = step };
        if (step <= NotedStep && step >= -NotedStep) return;
        journal.Add(now, monotonic, EventCodes.ClockStepped, "clock", "The wall clock was set; nothing is interpolated across the step.",
            ("step_ms", FormattableString.Invariant($"{step.TotalMilliseconds:0}")));
    }
}
