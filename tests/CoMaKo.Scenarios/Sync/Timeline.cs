using System.Globalization;
using CoMaKo.Testing;

namespace CoMaKo.Scenarios.Sync;

/// <summary>Virtual time, chance and the record of what happened. Everything of one simulation runs on one thread, inside <see cref="RunUntil"/>.</summary>
internal sealed class Timeline(int seed)
{
    private readonly Random random = new(seed);
    private readonly List<string> trace = [];

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 28, 0, 0, 0, TimeSpan.Zero));

    public DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>What happened, line by line; the same for the same seed.</summary>
    public IReadOnlyList<string> Trace => trace;

    public double Draw() => random.NextDouble();

    public bool Chance(double probability) => random.NextDouble() < probability;

    public int Draw(int below) => random.Next(below);

    /// <summary>A duration between two bounds, short ones more often.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) => least + ((most - least) * Math.Pow(random.NextDouble(), 3));

    public void After(TimeSpan delay, Action action) => Clock.CreateTimer(_ => action(), null, delay, Timeout.InfiniteTimeSpan);

    /// <summary>Repeats an action at random distances.</summary>
    public void Sometimes(TimeSpan mean, Func<bool> until, Action action) => After(mean * -Math.Log(1 - random.NextDouble()), () =>
    {
        if (until()) return;
        action();
        Sometimes(mean, until, action);
    });

    public void Note(string text) => trace.Add(Now.ToString("MM-dd HH:mm:ss.fff ", CultureInfo.InvariantCulture) + text);

    /// <summary>Lets all timers up to an instant fire, in order.</summary>
    public void RunUntil(DateTimeOffset end) => Clock.Advance(end - Now);
}
