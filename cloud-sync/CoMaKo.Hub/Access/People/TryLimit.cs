using System.Net;
using System.Net.Sockets;

namespace CoMaKo.Hub.Access.People;

/// <summary>
/// Slows guessing: a bucket of tries for each address and each name, which fills again with time. Never permanent, and a try that is refused costs nothing.
/// Each process counts by itself.
/// </summary>
/// <remarks>A try counts before it is judged, so that a thousand at once are not a thousand.</remarks>
internal sealed class TryLimit(RealClock clock)
{
    public const int PerAddress = 30;
    public const int PerName = 10;
    public const int Most = 8192;

    private static readonly TimeSpan AddressRefill = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan NameRefill = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();

    /// <summary>When each bucket is full again; absent: it is.</summary>
    private readonly Dictionary<string, TimeSpan> fullAt = new(StringComparer.Ordinal);

    /// <summary>Counts a try, unless it has to wait.</summary>
    /// <param name="name">Whose door it is; absent where none is named.</param>
    /// <returns>How long to wait; absent if the try may be judged.</returns>
    public TimeSpan? Take(IPAddress? address, string? name)
    {
        lock (gate)
        {
            var now = clock.Elapsed;
            (string Key, TimeSpan Refill, int Size)[] buckets = name is null ? [("a " + Network(address), AddressRefill, PerAddress)] : [("a " + Network(address), AddressRefill, PerAddress), ("n " + name, NameRefill, PerName)];
            var wait = buckets.Max(bucket => Later(fullAt.GetValueOrDefault(bucket.Key), now) + bucket.Refill - (bucket.Size * bucket.Refill) - now);
            if (wait > TimeSpan.Zero) return wait;
            foreach (var (key, refill, _) in buckets) fullAt[key] = Later(fullAt.GetValueOrDefault(key), now) + refill;
            if (fullAt.Count > Most) MakeRoom(now);
            return null;
        }
    }

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;

    /// <summary>Who has one IPv6 address has 2^64 of them.</summary>
    private static string Network(IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true }) address = address.MapToIPv4();
        return address is { AddressFamily: AddressFamily.InterNetworkV6 } ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address?.ToString() ?? "";
    }

    // Strangers choose the names they try, so the table has an end: full buckets go, and if that is not enough those that are nearly full.
    private void MakeRoom(TimeSpan now)
    {
        foreach (string key in fullAt.Where(bucket => bucket.Value <= now).Select(bucket => bucket.Key).ToList()) fullAt.Remove(key);
        if (fullAt.Count <= Most / 2) return;
        foreach (string key in fullAt.OrderBy(bucket => bucket.Value).Take(fullAt.Count - (Most / 2)).Select(bucket => bucket.Key).ToList()) fullAt.Remove(key);
    }
}
