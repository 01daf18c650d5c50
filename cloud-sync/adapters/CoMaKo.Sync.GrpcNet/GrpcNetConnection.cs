using System.Net.Security;
using System.Runtime.CompilerServices;
using CoMaKo.Contracts.Wire;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace CoMaKo.Sync.GrpcNet;

/// <summary>Calls a gRPC server through Grpc.Net.Client.</summary>
/// <remarks>Deadlines run on the system's clock, not on a model clock: they bound a real network. Nothing is retried here; the uplink does that.</remarks>
public sealed class GrpcNetConnection : IGrpcClient
{
    private readonly GrpcChannel channel;
    private readonly CallInvoker calls;
    private readonly Metadata metadata = [];

    /// <param name="server"><c>https://host:port</c>, or <c>http://…</c> for cleartext HTTP/2 by prior knowledge on a loopback address.</param>
    /// <param name="metadata">Headers sent with every call; names in lower case.</param>
    /// <param name="tls">Client certificate and how the server's is checked; absent: the system's trust store and no client certificate.</param>
    /// <exception cref="ArgumentException">Cleartext to an address that is not loopback, or another scheme (CME-1801).</exception>
    public GrpcNetConnection(Uri server, IReadOnlyDictionary<string, string>? metadata = null, SslClientAuthenticationOptions? tls = null)
    {
        GrpcClientRules.Require(server);
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>()) this.metadata.Add(name, value);
        channel = GrpcChannel.ForAddress(server, new GrpcChannelOptions
        {
            HttpHandler = GrpcClientRules.Handler(tls),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = GrpcClientRules.MaxMessageBytes,
            MaxSendMessageSize = null, // the server says what it takes
        });
        calls = channel.CreateCallInvoker();
    }

    public void Dispose() => channel.Dispose();

    /// <inheritdoc/>
    public async Task<TReply> UnaryAsync<TRequest, TReply>(GrpcMethod<TRequest, TReply> method, TRequest request, TimeSpan deadline, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        using var call = calls.AsyncUnaryCall(Method(method, MethodType.Unary), null, Options(deadline, cancellationToken), request);
        return await GuardAsync(() => call.ResponseAsync, call.GetTrailers, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TReply> ServerStreamingAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, TimeSpan? deadline, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        using var call = calls.AsyncServerStreamingCall(Method(method, MethodType.ServerStreaming), null, Options(deadline, cancellationToken), request);
        while (await GuardAsync(() => call.ResponseStream.MoveNext(CancellationToken.None), call.GetTrailers, cancellationToken)) yield return call.ResponseStream.Current;
    }

    private CallOptions Options(TimeSpan? deadline, CancellationToken cancellationToken) =>
        new(metadata, deadline is { } left ? TimeProvider.System.GetUtcNow().UtcDateTime + left : null, cancellationToken);

    private static Method<TRequest, TReply> Method<TRequest, TReply>(GrpcMethod<TRequest, TReply> method, MethodType type)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        string[] path = method.Path.Split('/');
        return new(type, path[1], path[2], Marshaller(method.RequestParser), Marshaller(method.ReplyParser));
    }

    private static Marshaller<T> Marshaller<T>(MessageParser<T> parser) where T : class, IMessage<T> => new(
        (message, context) =>
        {
            context.SetPayloadLength(message.CalculateSize());
            message.WriteTo(context.GetBufferWriter());
            context.Complete();
        },
        context => parser.ParseFrom(context.PayloadAsReadOnlySequence()));

    /// <summary>Turns what the package throws into what the port promises.</summary>
    private static async Task<T> GuardAsync<T>(Func<Task<T>> step, Func<Metadata> trailers, CancellationToken caller)
    {
        try
        {
            return await step();
        }
        catch (RpcException e)
        {
            caller.ThrowIfCancellationRequested();
            throw new GrpcStatusException(StatusOf(e), e.Status.Detail, e) { RetryAfter = GrpcClientRules.RetryAfter(Pushback(e, trailers)) };
        }
    }

    /// <summary>The package calls a refused certificate INTERNAL; nothing was called, so it is UNAVAILABLE as any other missing connection.</summary>
    private static GrpcStatusCode StatusOf(RpcException e) =>
        e.Status.DebugException is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } ? GrpcStatusCode.Unavailable : (GrpcStatusCode)(int)e.StatusCode;

    private static string? Pushback(RpcException e, Func<Metadata> trailers)
    {
        const string Name = "grpc-retry-pushback-ms";
        if (e.Trailers.GetValue(Name) is { } value) return value;
        try
        {
            return trailers().GetValue(Name);
        }
        catch (InvalidOperationException)
        {
            return null; // the call ended without trailers
        }
    }
}
