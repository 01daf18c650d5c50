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
        bool isIn = false;
        try
        {
            // The average lags behind a rush: who has waited twice as long as was to be expected is told to come back as well.
            isIn = before < atWork + waiting && wait <= longestWait && await places.WaitAsync(longestWait * 2, cancellationToken);
        }
        finally
        {
            if (!isIn) Interlocked.Decrement(ref present);
        }

        return isIn
            ? new Place(this, clock.GetTimestamp())
            : throw new GrpcStatusException(GrpcStatusCode.ResourceExhausted, "CMH-1106. The hub has more calls than it can take. Come back later.") { RetryAfter = wait > ShortestPause ? wait : ShortestPause };
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
