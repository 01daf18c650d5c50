using CoMaKo.Contracts.Wire;

namespace CoMaKo.Hub.Ingest;

/// <summary>
/// Lets few calls at work at once and some wait; more are told to come back (design of the hub, ingest). Who waits is bounded by number, which bounds
/// memory, and by the time that the calls before it will take, which bounds how late an answer comes on a machine of any speed.
/// </summary>
internal sealed class Admission(int atWork, int waiting, TimeSpan longestWait, TimeProvider clock) : IDisposable
{
    /// <summary>Share of the newest call in the average.</summary>
    private const double Newest = 1.0 / 16;

    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim places = new(atWork, atWork);
    private int present;
    private long averageTicks;

    /// <summary>Waits for a place; dispose the answer to free it.</summary>
    /// <exception cref="GrpcStatusException"><see cref="GrpcStatusCode.ResourceExhausted"/> with the time to wait.</exception>
    public async ValueTask<Place> EnterAsync(CancellationToken cancellationToken)
    {
        int before = Interlocked.Increment(ref present) - 1;
        var wait = TimeSpan.FromTicks(Math.Max(0, before - atWork + 1) * Interlocked.Read(ref averageTicks) / atWork);
        if (before >= atWork + waiting || wait > longestWait)
        {
            Interlocked.Decrement(ref present);
            throw new GrpcStatusException(GrpcStatusCode.ResourceExhausted, "CMH-1106. The hub has more calls than it can take. Come back later.") { RetryAfter = wait > ShortestPause ? wait : ShortestPause };
        }

        try
        {
            await places.WaitAsync(cancellationToken);
        }
        catch
        {
            Interlocked.Decrement(ref present);
            throw;
        }

        return new Place(this, clock.GetTimestamp());
    }

    public void Dispose() => places.Dispose();

    private void Leave(long entered)
    {
        long average = Interlocked.Read(ref averageTicks);
        // Two that leave at once may count as one: an average bears that.
        Interlocked.Exchange(ref averageTicks, average + (long)((clock.GetElapsedTime(entered).Ticks - average) * Newest));
        places.Release();
        Interlocked.Decrement(ref present);
    }

    public readonly struct Place(Admission admission, long entered) : IDisposable
    {
        public void Dispose() => admission.Leave(entered);
    }
}
