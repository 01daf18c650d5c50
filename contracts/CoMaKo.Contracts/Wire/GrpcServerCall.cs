using System.Globalization;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CoMaKo.Contracts.Wire;

/// <summary>One call on the server: what its handler may ask about the caller, and how it ends.</summary>
public sealed class GrpcServerCall : IDisposable
{
    private readonly CancellationTokenSource ending;
    private bool replied;

    private GrpcServerCall(HttpContext context)
    {
        HttpContext = context;
        ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
    }

    /// <summary>The HTTP request: client certificate, headers, services.</summary>
    public HttpContext HttpContext { get; }

    /// <summary>Cancelled when the caller goes away or its deadline passes.</summary>
    public CancellationToken CancellationToken => ending.Token;

    public void Dispose() => ending.Dispose();

    /// <summary>Runs one call from its request headers to its status; whatever the handler throws becomes a status.</summary>
    internal static async Task RunAsync(HttpContext context, Func<GrpcServerCall, Task> handle)
    {
        if (!GrpcFrames.IsGrpc(context.Request.ContentType))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        if (!HttpProtocol.IsHttp2(context.Request.Protocol)) // HTTP/1.1 has no trailers that clients read
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        using var call = new GrpcServerCall(context);
        context.Response.ContentType = GrpcFrames.ContentType;
        // The limit of a message is kept by the framing, which can answer with a status; Kestrel's own limit could only cut.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
        try
        {
            call.ReadRequestHeaders();
            await handle(call);
            call.End(GrpcStatusCode.Ok, "", retryAfter: null);
        }
        catch (Exception error)
        {
            var status = call.StatusOf(error);
            call.End(status.Status, status.Detail, status.RetryAfter);
        }
    }

    /// <summary>Reads the one message of the request.</summary>
    internal async Task<TRequest> ReadRequestAsync<TRequest>(MessageParser<TRequest> parser)
        where TRequest : class, IMessage<TRequest>
    {
        var body = HttpContext.Request.BodyReader;
        var request = await GrpcFrames.ReadAsync(body, parser, CancellationToken)
            ?? throw new GrpcStatusException(GrpcStatusCode.Internal, "The request holds no message.");
        return await GrpcFrames.ReadAsync(body, parser, CancellationToken) is null
            ? request
            : throw new GrpcStatusException(GrpcStatusCode.Internal, "The request holds more than one message.");
    }

    /// <summary>Puts a message into the response; it leaves with <see cref="FlushAsync"/> or at the end of the call.</summary>
    internal void Write(IMessage message)
    {
        GrpcFrames.Write(HttpContext.Response.BodyWriter, message);
        replied = true;
    }

    /// <summary>Sends the headers, so that the caller of a stream knows that it is open.</summary>
    internal Task StartReplyAsync()
    {
        replied = true;
        return HttpContext.Response.StartAsync(CancellationToken);
    }

    internal async Task FlushAsync() => await HttpContext.Response.BodyWriter.FlushAsync(CancellationToken);

    private void ReadRequestHeaders()
    {
        var headers = HttpContext.Request.Headers;
        if (headers[GrpcHeaders.Timeout].ToString() is { Length: > 0 } timeout)
        {
            if (!GrpcHeaders.TryDecodeTimeout(timeout, out var left))
                throw new GrpcStatusException(GrpcStatusCode.InvalidArgument, $"The header {GrpcHeaders.Timeout} needs 1 to 8 digits and one of the units H, M, S, m, u, n.");
            ending.CancelAfter(left);
        }

        if (headers[GrpcHeaders.Encoding].ToString() is not ("" or GrpcHeaders.Identity))
        {
            HttpContext.Response.Headers[GrpcHeaders.AcceptEncoding] = GrpcHeaders.Identity;
            throw new GrpcStatusException(GrpcStatusCode.Unimplemented, "Compressed messages are not supported; send them as they are.");
        }
    }

    private GrpcStatusException StatusOf(Exception error)
    {
        if (error is GrpcStatusException status) return status;
        if (HttpContext.RequestAborted.IsCancellationRequested) return new(GrpcStatusCode.Cancelled, "The caller went away.");
        if (CancellationToken.IsCancellationRequested) return new(GrpcStatusCode.DeadlineExceeded, "The deadline passed before the call was done.");
        if (error is BadHttpRequestException wrong) return new(GrpcStatusCode.Internal, $"The request cannot be read: {wrong.Message}");
        if (error is OperationCanceledException) return new(GrpcStatusCode.Unavailable, "The server is stopping.");
        HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger<GrpcServerCall>()
            .LogError(error, "CMH-1100 The call {Path} failed by an error of the server.", HttpContext.Request.Path);
        return new(GrpcStatusCode.Unknown, "CMH-1100 The server failed; its log says why.");
    }

    private void End(GrpcStatusCode status, string message, TimeSpan? retryAfter)
    {
        // Without a message the status travels in the headers (a "trailers-only" response).
        Action<string, string> append = replied
            ? (name, value) => HttpContext.Response.AppendTrailer(name, value)
            : (name, value) => HttpContext.Response.Headers[name] = value;
        append(GrpcHeaders.Status, ((int)status).ToString(CultureInfo.InvariantCulture));
        if (message.Length > 0) append(GrpcHeaders.Message, GrpcHeaders.EncodeMessage(message));
        if (retryAfter is { } pause) append(GrpcHeaders.RetryPushback, ((long)pause.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
    }
}
