using CoMaKo.Contracts.V1;
using CoMaKo.Quantities;

namespace CoMaKo.Sync;

/// <summary>The store as the uplink sees it: synced records only.</summary>
public interface IOutboxReader
{
    ValueTask<OutboxState> StateAsync(CancellationToken cancellationToken);

    /// <summary>Up to <paramref name="maxRecords"/> records and <paramref name="maxBytes"/> bytes after a sequence (at least one record); absent if there is none.</summary>
    ValueTask<OutboxBatch?> ReadAfterAsync(long sequence, int maxRecords, int maxBytes, CancellationToken cancellationToken);

    /// <summary>The chain after the record with this sequence; absent if the store does not hold it (nor the chain before its first held record).</summary>
    ValueTask<ReadOnlyMemory<byte>?> ChainAtAsync(long sequence, CancellationToken cancellationToken);

    /// <summary>Notes what the hub holds durably; may go down (a restored hub).</summary>
    ValueTask SetMarkAsync(long acknowledgedSequence, CancellationToken cancellationToken);

    /// <summary>One small synced write: everything held keeps sequence and chain and is sent again under the new epoch.</summary>
    ValueTask<Epoch> StartNewEpochAsync(CancellationToken cancellationToken);

    /// <summary>Completes when records may have come since the last call.</summary>
    ValueTask WaitForRecordsAsync(CancellationToken cancellationToken);
}

/// <summary>The four calls of the sync protocol. Real alternatives: gRPC (over one of two parts, <see cref="CoMaKo.Contracts.Wire.IGrpcClient"/>), a simulated network.</summary>
/// <remarks>
/// Every call ends: implementations keep a deadline. Calls throw <see cref="CoMaKo.Contracts.Wire.GrpcStatusException"/> for a status other than OK.
/// The stream of directives ends by itself after about a minute.
/// </remarks>
public interface IEdgeSyncClient
{
    Task<HelloReply> HelloAsync(HelloRequest request, CancellationToken cancellationToken);

    Task<Ack> PushAsync(Batch request, CancellationToken cancellationToken);

    Task<ReportReply> ReportAsync(GatewayStatus request, CancellationToken cancellationToken);

    IAsyncEnumerable<Directive> WatchDirectivesAsync(WatchRequest request, CancellationToken cancellationToken);
}

/// <summary>Receives directives of the hub. The same one may come again (after a restart, from a restored hub): the sink knows each id that it has taken.</summary>
public interface IDirectiveSink
{
    ValueTask<DirectiveAnswer> ApplyAsync(Directive directive, CancellationToken cancellationToken);
}

/// <summary>What the hub is told of a directive.</summary>
/// <param name="Reason">Of a rejected one: code and text, at most 500 characters count; else empty.</param>
public readonly record struct DirectiveAnswer(DirectiveOutcome Outcome, string Reason = "");

/// <summary>What became of a directive.</summary>
public enum DirectiveOutcome
{
    Accepted = 1,
    Rejected = 2,
    Expired = 3,
}
