using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;
using CoMaKo.Sync;

namespace CoMaKo.Edge.Hosting;

/// <summary>Shows the buffer to the uplink.</summary>
internal sealed class StoreReader(Outbox store) : IOutboxReader
{
    public ValueTask<OutboxState> StateAsync(CancellationToken cancellationToken) => store.StateAsync(cancellationToken);

    public ValueTask<OutboxBatch?> ReadAfterAsync(long sequence, int maxRecords, int maxBytes, CancellationToken cancellationToken) =>
        store.ReadAfterAsync(sequence, maxRecords, maxBytes, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>?> ChainAtAsync(long sequence, CancellationToken cancellationToken) => store.ChainAtAsync(sequence, cancellationToken);

    public ValueTask SetMarkAsync(long acknowledgedSequence, CancellationToken cancellationToken) => store.SetMarkAsync(acknowledgedSequence, cancellationToken);

    public ValueTask<Epoch> StartNewEpochAsync(CancellationToken cancellationToken) => store.StartNewEpochAsync(cancellationToken);

    public ValueTask WaitForRecordsAsync(CancellationToken cancellationToken) => store.WaitForRecordsAsync(cancellationToken);
}
