namespace CoMaKo.Testing;

/// <summary>A clock that stands still until the test moves it. Timers fire inside <see cref="Advance"/>, in order of their due time, at exactly that time.</summary>
public sealed class FakeTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock gate = new();
    private readonly PriorityQueue<(Timer Timer, long Version), (long Due, long Order)> due = new();
    private DateTimeOffset wall = start;
    private long monotonic;
    private long order;

    public FakeTimeProvider()
        : this(new DateTimeOffset(2026, 6, 1, 10, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate) return wall;
    }

    public override long GetTimestamp()
    {
        lock (gate) return monotonic;
    }

    /// <summary>Sets the wall clock forwards or backwards, as a time source or a technician does; timers do not notice.</summary>
    public void StepWallClock(TimeSpan by)
    {
        lock (gate) wall += by;
    }

    /// <summary>Lets time pass, firing all timers on the way.</summary>
    public void Advance(TimeSpan by)
    {
        long until = GetTimestamp() + by.Ticks;
        while (FireNext(until))
        {
        }

        lock (gate) MoveTo(until);
    }

    /// <summary>Jumps to the next timer and fires it; false if none is waiting.</summary>
    public bool AdvanceToNextTimer() => FireNext(long.MaxValue);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private bool FireNext(long until)
    {
        Timer timer;
        lock (gate)
        {
            while (true)
            {
                if (!due.TryPeek(out var next, out var key) || key.Due > until) return false;
                due.Dequeue();
                if (next.Version != next.Timer.Version) continue; // changed or disposed since
                MoveTo(key.Due);
                timer = next.Timer;
                break;
            }
        }

        timer.Fire();
        return true;
    }

    private void MoveTo(long timestamp)
    {
        if (timestamp <= monotonic) return;
        wall += TimeSpan.FromTicks(timestamp - monotonic);
        monotonic = timestamp;
    }

    private sealed class Timer(FakeTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan period;

        public long Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan newPeriod)
        {
            lock (clock.gate)
            {
                period = newPeriod;
                Version++;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    clock.due.Enqueue((this, Version), (clock.monotonic + dueTime.Ticks, clock.order++));
                return true;
            }
        }

        public void Fire()
        {
            lock (clock.gate)
            {
                if (period > TimeSpan.Zero) clock.due.Enqueue((this, Version), (clock.monotonic + period.Ticks, clock.order++));
            }

            callback(state);
        }

        public void Dispose()
        {
            lock (clock.gate) Version++;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
