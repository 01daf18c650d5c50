using System.Runtime.CompilerServices;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;

namespace CoMaKo.Sync;

/// <summary>The four calls over gRPC, whatever part speaks it. Every call has a deadline on the system's clock.</summary>
public sealed class GrpcEdgeSyncClient(IGrpcClient connection) : IEdgeSyncClient
{
    private static readonly TimeSpan ShortCall = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PushCall = TimeSpan.FromSeconds(30); // the hub may take 10 s for its transaction; the rest is for a slow line
    private static readonly TimeSpan StreamLife = TimeSpan.FromSeconds(60);

    public Task<HelloReply> HelloAsync(HelloRequest request, CancellationToken cancellationToken) =>
        connection.UnaryAsync(EdgeSyncMethods.Hello, request, ShortCall, cancellationToken);

    public Task<Ack> PushAsync(Batch request, CancellationToken cancellationToken) =>
        connection.UnaryAsync(EdgeSyncMethods.Push, request, PushCall, cancellationToken);

    public Task<ReportReply> ReportAsync(GatewayStatus request, CancellationToken cancellationToken) =>
        connection.UnaryAsync(EdgeSyncMethods.Report, request, ShortCall, cancellationToken);

    public async IAsyncEnumerable<Directive> WatchDirectivesAsync(WatchRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stream = connection.ServerStreamingAsync(EdgeSyncMethods.WatchDirectives, request, StreamLife, cancellationToken);
        await using var directives = stream.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await directives.MoveNextAsync()) yield break;
            }
            catch (GrpcStatusException end) when (end.Status == GrpcStatusCode.DeadlineExceeded)
            {
                yield break; // its life is over; the caller resumes
            }

            yield return directives.Current;
        }
    }
}
