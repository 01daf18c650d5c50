namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>
/// Slows guessing: five tries, then a wait of 1, 2, 4, 8 and 15 minutes after each further one. Never permanent, and tries during a wait do not prolong it.
/// </summary>
/// <remarks>A try counts before it is judged, so that a thousand at once are not a thousand. Times are of the clock that never steps.</remarks>
internal sealed class TryLimit(TimeProvider time)
{
    public const int Free = 5;
    public const int Most = 4096;
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(24);
    private readonly Lock gate = new();
    private readonly Dictionary<string, Tries> kept = new(StringComparer.Ordinal);

    /// <summary>Keys that are remembered; at most <see cref="Most"/>.</summary>
    public int Count
    {
        get
        {
            lock (gate) return kept.Count;
        }
    }

    /// <summary>Counts a try for all keys, unless one of them has to wait.</summary>
    /// <returns>How long to wait; zero if the try may be judged.</returns>
    public TimeSpan Enter(params ReadOnlySpan<string> keys)
    {
        lock (gate)
        {
            long now = time.GetTimestamp();
            var wait = TimeSpan.Zero;
            foreach (string key in keys)
                if (kept.TryGetValue(key, out var tries) && Left(tries, now) is { Ticks: > 0 } left && left > wait) wait = left;
            if (wait > TimeSpan.Zero) return wait;
            foreach (string key in keys) Add(key, now);
            return TimeSpan.Zero;
        }
    }

    /// <summary>The try was right: it and those before are forgotten.</summary>
    public void Succeeded(params ReadOnlySpan<string> keys)
    {
        lock (gate)
            foreach (string key in keys) kept.Remove(key);
    }

    private void Add(string key, long now)
    {
        int count = kept.TryGetValue(key, out var tries) && time.GetElapsedTime(tries.Last, now) < Forgotten ? tries.Count + 1 : 1;
        if (count == 1 && kept.Count >= Most) MakeRoom();
        kept[key] = new Tries(count, now);
    }

    private TimeSpan Left(Tries tries, long now) => tries.Count < Free ? TimeSpan.Zero
        : TimeSpan.FromMinutes(Math.Min(15, 1 << Math.Min(4, tries.Count - Free))) - time.GetElapsedTime(tries.Last, now);

    // Strangers choose the names they try, so the table has an end. The quarter that was tried longest ago goes at once: a search at each try would be a load of its own.
    private void MakeRoom()
    {
        foreach (string old in kept.OrderBy(entry => entry.Value.Last).Take(Most / 4).Select(entry => entry.Key).ToList()) kept.Remove(old);
    }

    private readonly record struct Tries(int Count, long Last);
}
