using System.Globalization;

namespace CoMaKo.Quantities;

/// <summary>
/// A clock that runs <see cref="Factor"/> times as fast as the system's, so that simulator, gateway and hub share one model time:
/// model = start + factor × (system − origin). Timers and timestamps run on it alike.
/// </summary>
public sealed class ModelTimeProvider : TimeProvider
{
    private readonly TimeProvider system;
    private readonly long timestampOrigin;

    public ModelTimeProvider(DateTimeOffset start, double factor, DateTimeOffset origin, TimeProvider? system = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 0.001);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(factor, 100_000);
        Start = start;
        Factor = factor;
        Origin = origin;
        this.system = system ?? System;
        // Steps of the system's wall clock must not bend model time: the offset is read once, then monotonic time counts.
        modelAtConstruction = start + (this.system.GetUtcNow() - origin) * factor;
        timestampOrigin = this.system.GetTimestamp();
    }

    private readonly DateTimeOffset modelAtConstruction;

    /// <summary>Model instant at <see cref="Origin"/>.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>Model seconds per system second.</summary>
    public double Factor { get; }

    /// <summary>System instant at which the model clock stood at <see cref="Start"/>.</summary>
    public DateTimeOffset Origin { get; }

    /// <summary>Parses <c>start/factor/origin</c>, e.g. <c>2026-06-01T10:00:00Z/60/2026-11-20T12:00:00Z</c> (the form of the option <c>--clock</c>).</summary>
    /// <returns>The clock, or error <c>CME-1005</c>.</returns>
    public static ParseResult<ModelTimeProvider> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (parts.Length == 3
            && DateTimeOffset.TryParse(parts[0], CultureInfo.InvariantCulture, Utc, out var start)
            && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) && factor is >= 0.001 and <= 100_000
            && DateTimeOffset.TryParse(parts[2], CultureInfo.InvariantCulture, Utc, out var origin))
            return new ModelTimeProvider(start, factor, origin);
        return new ParseError("CME-1005", 0, "A model clock has the form START/FACTOR/ORIGIN, e.g. 2026-06-01T10:00:00Z/60/2026-11-20T12:00:00Z.");
    }

    public override string ToString() => FormattableString.Invariant($"{Start:O}/{Factor}/{Origin:O}");

    public override DateTimeOffset GetUtcNow() => modelAtConstruction + system.GetElapsedTime(timestampOrigin) * Factor;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (system.GetElapsedTime(timestampOrigin) * Factor).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new ScaledTimer(system.CreateTimer(callback, state, ToSystem(dueTime), ToSystem(period)), this);

    private TimeSpan ToSystem(TimeSpan model) => model <= TimeSpan.Zero
        ? model // zero and "never" keep their meaning
        : TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, (long)(model.Ticks / Factor)));

    private sealed class ScaledTimer(ITimer inner, ModelTimeProvider clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(clock.ToSystem(dueTime), clock.ToSystem(period));

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
