using CoMaKo.Contracts.Wire;

namespace CoMaKo.Hub.Ingest;

/// <summary>Lets few batches at work at once and some wait; more are told to come back, so that latency stays bounded (design of the hub, ingest).</summary>
internal sealed class Admission(int atWork, int waiting) : IDisposable
{
    private readonly SemaphoreSlim places = new(atWork, atWork);
    private int present;

    /// <summary>Waits for a place; dispose the answer to free it.</summary>
    /// <exception cref="GrpcStatusException"><see cref="GrpcStatusCode.ResourceExhausted"/> with the time to wait.</exception>
    public async ValueTask<Place> EnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref present) > atWork + waiting)
        {
            Interlocked.Decrement(ref present);
            throw new GrpcStatusException(GrpcStatusCode.ResourceExhausted, "CMH-1106. The hub has more batches than it can take. Come back later.") { RetryAfter = TimeSpan.FromSeconds(2) };
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

        return new Place(this);
    }

    public void Dispose() => places.Dispose();

    private void Leave()
    {
        places.Release();
        Interlocked.Decrement(ref present);
    }

    public readonly struct Place(Admission admission) : IDisposable
    {
        public void Dispose() => admission.Leave();
    }
}
