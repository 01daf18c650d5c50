using CoMaKo.Edge.Acquisition;
using CoMaKo.Edge.Storage;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Tests.Storage;

public sealed class SqliteOutboxContractTests : OutboxContract, IDisposable
{
    private readonly StoreFolder folder = new();

    public void Dispose() => folder.Dispose();

    protected override ValueTask<IStoreUnderTest> OpenAsync() => ValueTask.FromResult<IStoreUnderTest>(new Store(folder.Open().Outbox));

    private sealed class Store(SqliteOutbox store) : IStoreUnderTest
    {
        public IOutbox Outbox => store;

        public IRegisterHistory History => store;

        public ValueTask<OutboxState> StateAsync() => store.StateAsync(default);

        public ValueTask<OutboxBatch?> ReadAfterAsync(long sequence, int maxRecords, int maxBytes) => store.ReadAfterAsync(sequence, maxRecords, maxBytes, default);

        public ValueTask<ReadOnlyMemory<byte>?> ChainAtAsync(long sequence) => store.ChainAtAsync(sequence, default);

        public ValueTask SetMarkAsync(long acknowledgedSequence) => store.SetMarkAsync(acknowledgedSequence, default);

        public ValueTask<Epoch> StartNewEpochAsync() => store.StartNewEpochAsync(default);

        public ValueTask WaitForRecordsAsync(CancellationToken cancellationToken) => store.WaitForRecordsAsync(cancellationToken);

        public ValueTask DisposeAsync() => store.DisposeAsync();
    }
}
