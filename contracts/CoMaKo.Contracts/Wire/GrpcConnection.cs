using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using Google.Protobuf;

namespace CoMaKo.Contracts.Wire;

/// <summary>Calls a gRPC server over one HTTP/2 connection, which is opened with the first call and again after a loss.</summary>
/// <remarks>Deadlines run on the system's clock, not on a model clock: they bound a real network.</remarks>
public sealed class GrpcConnection : IGrpcClient
{
    private readonly HttpMessageInvoker http;
    private readonly Uri server;
    private readonly IReadOnlyDictionary<string, string> metadata;

    /// <param name="server"><c>https://host:port</c>, or <c>http://…</c> for cleartext HTTP/2 by prior knowledge on a loopback address.</param>
    /// <param name="metadata">Headers sent with every call; names in lower case.</param>
    /// <param name="tls">Client certificate and how the server's is checked; absent: the system's trust store and no client certificate.</param>
    /// <exception cref="ArgumentException">Cleartext to an address that is not loopback, or another scheme (CME-1801).</exception>
    public GrpcConnection(Uri server, IReadOnlyDictionary<string, string>? metadata = null, SslClientAuthenticationOptions? tls = null)
    {
        GrpcClientRules.Require(server);
        this.server = server;
        this.metadata = metadata ?? new Dictionary<string, string>();
        http = new HttpMessageInvoker(GrpcClientRules.Handler(tls));
    }

    public void Dispose() => http.Dispose();

    /// <inheritdoc/>
    public async Task<TReply> UnaryAsync<TRequest, TReply>(GrpcMethod<TRequest, TReply> method, TRequest request, TimeSpan deadline, CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        TReply? reply = null;
        await foreach (var message in ServerStreamingAsync(method, request, deadline, cancellationToken))
        {
            if (reply is not null) throw new GrpcStatusException(GrpcStatusCode.Internal, "The server sent more than one reply.");
            reply = message;
        }

        return reply ?? throw new GrpcStatusException(GrpcStatusCode.Internal, "The server sent no reply.");
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<TReply> ServerStreamingAsync<TRequest, TReply>(
        GrpcMethod<TRequest, TReply> method, TRequest request, TimeSpan? deadline, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply>
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (deadline is { } left) ending.CancelAfter(left);
        using var response = await GuardAsync(() => http.SendAsync(NewRequest(method.Path, request, deadline), ending.Token), ending, cancellationToken);
        ThrowUnlessGrpc(response);
        var body = PipeReader.Create(await response.Content.ReadAsStreamAsync(ending.Token));
        while (await GuardAsync(() => GrpcFrames.ReadAsync(body, method.ReplyParser, ending.Token).AsTask(), ending, cancellationToken) is { } reply)
            yield return reply;
        ThrowUnlessOk(response.TrailingHeaders.Contains(GrpcHeaders.Status) ? response.TrailingHeaders : response.Headers);
    }

    private HttpRequestMessage NewRequest(string path, IMessage message, TimeSpan? deadline)
    {
        var frame = new ArrayBufferWriter<byte>(message.CalculateSize() + 16);
        GrpcFrames.Write(frame, message);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ReadOnlyMemoryContent(frame.WrittenMemory) { Headers = { ContentType = new MediaTypeHeaderValue(GrpcFrames.ContentType) } },
        };
        request.Headers.TE.ParseAdd("trailers");
        request.Headers.UserAgent.ParseAdd("grpc-comako/1");
        request.Headers.Add(GrpcHeaders.AcceptEncoding, GrpcHeaders.Identity);
        if (deadline is { } left) request.Headers.Add(GrpcHeaders.Timeout, GrpcHeaders.EncodeTimeout(left));
        foreach (var (name, value) in metadata) request.Headers.Add(name, value);
        return request;
    }

    /// <summary>Turns what HttpClient throws into a status.</summary>
    private static async Task<T> GuardAsync<T>(Func<Task<T>> step, CancellationTokenSource ending, CancellationToken caller)
    {
        try
        {
            return await step();
        }
        catch (Exception error) when (error is not GrpcStatusException)
        {
            caller.ThrowIfCancellationRequested();
            if (ending.IsCancellationRequested) throw new GrpcStatusException(GrpcStatusCode.DeadlineExceeded, "The deadline passed before the server answered.", error);
            throw new GrpcStatusException(StatusOf(error), Innermost(error).Message, error);
        }
    }

    private static GrpcStatusCode StatusOf(Exception error) => Innermost(error) is HttpProtocolException reset
        ? reset.ErrorCode switch // codes of RFC 9113 §7, mapped as doc/PROTOCOL-HTTP2.md says
        {
            0x7 => GrpcStatusCode.Unavailable,
            0x8 => GrpcStatusCode.Cancelled,
            0xb => GrpcStatusCode.ResourceExhausted,
            0xc => GrpcStatusCode.PermissionDenied,
            _ => GrpcStatusCode.Internal,
        }
        : GrpcStatusCode.Unavailable;

    private static Exception Innermost(Exception error)
    {
        while (error is not HttpProtocolException && error.InnerException is { } inner) error = inner;
        return error;
    }

    private static void ThrowUnlessGrpc(HttpResponseMessage response)
    {
        if (response.Headers.Contains(GrpcHeaders.Status)) ThrowUnlessOk(response.Headers); // trailers-only
        var status = response.StatusCode switch
        {
            HttpStatusCode.OK when GrpcFrames.IsGrpc(response.Content.Headers.ContentType?.MediaType) => GrpcStatusCode.Ok,
            HttpStatusCode.BadRequest => GrpcStatusCode.Internal,
            HttpStatusCode.Unauthorized => GrpcStatusCode.Unauthenticated,
            HttpStatusCode.Forbidden => GrpcStatusCode.PermissionDenied,
            HttpStatusCode.NotFound => GrpcStatusCode.Unimplemented,
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => GrpcStatusCode.Unavailable,
            _ => GrpcStatusCode.Unknown,
        };
        if (status != GrpcStatusCode.Ok)
            throw new GrpcStatusException(status, FormattableString.Invariant($"HTTP {(int)response.StatusCode} with content type '{response.Content.Headers.ContentType}' instead of a gRPC answer."));
    }

    private static void ThrowUnlessOk(HttpResponseHeaders headers)
    {
        if (!int.TryParse(First(headers, GrpcHeaders.Status), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw new GrpcStatusException(GrpcStatusCode.Unknown, "The server ended the call without a status.");
        if (number == (int)GrpcStatusCode.Ok) return;
        var status = Enum.IsDefined((GrpcStatusCode)number) ? (GrpcStatusCode)number : GrpcStatusCode.Unknown;
        throw new GrpcStatusException(status, GrpcHeaders.DecodeMessage(First(headers, GrpcHeaders.Message)))
        {
            RetryAfter = GrpcClientRules.RetryAfter(First(headers, GrpcHeaders.RetryPushback)),
        };
    }

    private static string? First(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? values.First() : null;
}
