using Google.Protobuf;

namespace CoMaKo.Contracts.Wire;

/// <summary>Calls a gRPC server. Parts: the product's own wire (<see cref="GrpcConnection"/>) and, optional, Grpc.Net.Client.</summary>
public interface IGrpcClient : IDisposable
{
    /// <summary>One request, one reply.</summary>
    /// <param name="deadline">Sent to the server and kept here as well.</param>
    /// <exception cref="GrpcStatusException">Any status other than OK; UNAVAILABLE if there is no connection.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    Task<TReply> UnaryAsync<TRequest, TReply>(GrpcMethod<TRequest, TReply> method, TRequest request, TimeSpan deadline, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>;

    /// <summary>One request, a stream of replies; leaving the loop cancels the call.</summary>
    /// <param name="deadline">For the whole stream; absent: none.</param>
    /// <exception cref="GrpcStatusException">Any status other than OK, also after replies.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    IAsyncEnumerable<TReply> ServerStreamingAsync<TRequest, TReply>(GrpcMethod<TRequest, TReply> method, TRequest request, TimeSpan? deadline, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>;
}

/// <summary>What every client of a hub keeps to.</summary>
public static class GrpcClientRules
{
    /// <summary>Longest message that is accepted, in bytes; it bounds what a server can make the gateway hold.</summary>
    public const int MaxMessageBytes = GrpcFrames.MaxMessageBytes;

    /// <summary>Refuses an address to which energy data would leave the machine in cleartext.</summary>
    /// <exception cref="ArgumentException">Cleartext to an address that is not loopback, or another scheme (CME-1801).</exception>
    public static void Require(Uri server)
    {
        bool allowed = server.Scheme == Uri.UriSchemeHttps || (server.Scheme == Uri.UriSchemeHttp && server.IsLoopback);
        if (!allowed) throw new ArgumentException($"CME-1801 '{server}' is not a hub address: use https://host:port; http:// is for loopback only.", nameof(server));
    }

    /// <summary>A connection that is opened with the first call and again after a loss, and that notices a dead line.</summary>
    /// <param name="tls">Client certificate and how the server's is checked; absent: the system's trust store and no client certificate.</param>
    public static SocketsHttpHandler Handler(System.Net.Security.SslClientAuthenticationOptions? tls)
    {
        var handler = new SocketsHttpHandler
        {
            ActivityHeadersPropagator = null,
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // A stream may be silent for long: pings find a dead line that no packet reports.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (tls is not null) handler.SslOptions = tls;
        return handler;
    }

    /// <summary>How long the server asks to wait, from the trailer <c>grpc-retry-pushback-ms</c>; absent if it did not say.</summary>
    public static TimeSpan? RetryAfter(string? pushback) =>
        long.TryParse(pushback, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long milliseconds)
            ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue))
            : null;
}
