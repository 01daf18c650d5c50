using System.Net;
using System.Threading.RateLimiting;

namespace CoMaKo.Hub.Access;

/// <summary>How many requests are taken: so many at once, and so many again each second.</summary>
internal sealed record RequestRates(int KeyBurst = 1000, int KeyPerSecond = 200, int AddressBurst = 300, int AddressPerSecond = 50);

/// <summary>A bucket of requests per key or person, and per address for those who are not known.</summary>
internal sealed class RequestLimits(RequestRates rates) : IDisposable
{
    private readonly PartitionedRateLimiter<string> keys = Buckets(rates.KeyBurst, rates.KeyPerSecond);
    private readonly PartitionedRateLimiter<string> addresses = Buckets(rates.AddressBurst, rates.AddressPerSecond);

    /// <summary>Takes one request out of its bucket.</summary>
    /// <param name="caller">The key or the person; absent: nobody known.</param>
    /// <returns>Absent if it may go on; else how long to wait.</returns>
    public TimeSpan? Take(string? caller, IPAddress? address)
    {
        using var lease = caller is not null ? keys.AttemptAcquire(caller) : addresses.AttemptAcquire(address?.ToString() ?? "");
        if (lease.IsAcquired) return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1);
    }

    public void Dispose()
    {
        keys.Dispose();
        addresses.Dispose();
    }

    private static PartitionedRateLimiter<string> Buckets(int burst, int perSecond) =>
        PartitionedRateLimiter.Create<string, string>(name => RateLimitPartition.GetTokenBucketLimiter(name, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = Math.Max(1, perSecond),
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            AutoReplenishment = true,
        }));
}
