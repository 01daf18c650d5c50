namespace CoMaKo.Hub;

/// <summary>Events are kept as Unix µs.</summary>
internal static class Clock
{
    public static long UnixMicroseconds(this TimeProvider clock) => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
}
