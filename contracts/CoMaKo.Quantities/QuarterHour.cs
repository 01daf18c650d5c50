using NodaTime;

namespace CoMaKo.Quantities;

/// <summary>One market slot: half-open, start inclusive, 900 s long, aligned in UTC. Identified by its start.</summary>
public readonly record struct QuarterHour : IComparable<QuarterHour>
{
    /// <summary>Length of a slot in seconds.</summary>
    public const int Seconds = 900;

    private QuarterHour(long startUnixSeconds) => StartUnixSeconds = startUnixSeconds;

    /// <summary>Start as Unix seconds, a multiple of 900.</summary>
    public long StartUnixSeconds { get; }

    public long EndUnixSeconds => StartUnixSeconds + Seconds;

    public Instant Start => Instant.FromUnixTimeSeconds(StartUnixSeconds);

    public Instant End => Instant.FromUnixTimeSeconds(EndUnixSeconds);

    public QuarterHour Next => new(EndUnixSeconds);

    public QuarterHour Previous => new(StartUnixSeconds - Seconds);

    /// <summary>The slot that contains <paramref name="instant"/>.</summary>
    public static QuarterHour Containing(Instant instant)
    {
        long seconds = instant.ToUnixTimeSeconds();
        return new(seconds - FloorMod(seconds));
    }

    /// <summary>The slot that starts at <paramref name="unixSeconds"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a multiple of 900.</exception>
    public static QuarterHour StartingAt(long unixSeconds) => FloorMod(unixSeconds) == 0
        ? new(unixSeconds)
        : throw new ArgumentOutOfRangeException(nameof(unixSeconds), unixSeconds, "A quarter hour starts at a multiple of 900 s.");

    /// <summary>The slot that ends at <paramref name="unixSeconds"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a multiple of 900.</exception>
    public static QuarterHour EndingAt(long unixSeconds) => StartingAt(unixSeconds - Seconds);

    /// <summary>All slots of a local day: 92, 96 or 100 on the change days of zones that shift by one hour.</summary>
    public static IReadOnlyList<QuarterHour> OfDay(LocalDate day, DateTimeZone zone)
    {
        long from = zone.AtStartOfDay(day).ToInstant().ToUnixTimeSeconds();
        long to = zone.AtStartOfDay(day.PlusDays(1)).ToInstant().ToUnixTimeSeconds();
        var slots = new QuarterHour[(to - from) / Seconds];
        for (int i = 0; i < slots.Length; i++) slots[i] = StartingAt(from + (long)i * Seconds);
        return slots;
    }

    public int CompareTo(QuarterHour other) => StartUnixSeconds.CompareTo(other.StartUnixSeconds);

    public static bool operator <(QuarterHour left, QuarterHour right) => left.StartUnixSeconds < right.StartUnixSeconds;

    public static bool operator >(QuarterHour left, QuarterHour right) => left.StartUnixSeconds > right.StartUnixSeconds;

    public static bool operator <=(QuarterHour left, QuarterHour right) => left.StartUnixSeconds <= right.StartUnixSeconds;

    public static bool operator >=(QuarterHour left, QuarterHour right) => left.StartUnixSeconds >= right.StartUnixSeconds;

    public override string ToString() => $"{Start}/PT15M";

    private static long FloorMod(long value) => ((value % Seconds) + Seconds) % Seconds;
}
