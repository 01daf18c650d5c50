using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace CoMaKo.Contracts.Wire;

/// <summary>Serves gRPC calls from Kestrel's endpoint routing. The listener must speak HTTP/2.</summary>
public static class GrpcEndpoints
{
    /// <summary>One request, one reply. The handler refuses by <see cref="GrpcStatusException"/>.</summary>
    public static IEndpointConventionBuilder MapGrpcUnary<TRequest, TReply>(
        this IEndpointRouteBuilder endpoints, GrpcMethod<TRequest, TReply> method, Func<TRequest, GrpcServerCall, Task<TReply>> handle)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply> =>
        Map(endpoints, method.Path, async call => call.Write(await handle(await call.ReadRequestAsync(method.RequestParser), call)));

    /// <summary>One request, a stream of replies, each sent at once. The stream should end when <see cref="GrpcServerCall.CancellationToken"/> is cancelled.</summary>
    public static IEndpointConventionBuilder MapGrpcServerStreaming<TRequest, TReply>(
        this IEndpointRouteBuilder endpoints, GrpcMethod<TRequest, TReply> method, Func<TRequest, GrpcServerCall, IAsyncEnumerable<TReply>> handle)
        where TRequest : class, IMessage<TRequest>
        where TReply : class, IMessage<TReply> =>
        Map(endpoints, method.Path, async call =>
        {
            var request = await call.ReadRequestAsync(method.RequestParser);
            await call.StartReplyAsync();
            await foreach (var reply in handle(request, call).WithCancellation(call.CancellationToken))
            {
                call.Write(reply);
                await call.FlushAsync();
            }
        });

    /// <summary>Answers every other gRPC call with UNIMPLEMENTED; requests that are not gRPC are left to other endpoints.</summary>
    public static IEndpointConventionBuilder MapGrpcUnimplemented(this IEndpointRouteBuilder endpoints)
    {
        var anyCall = RoutePatternFactory.Parse("{service}/{method}", defaults: null, parameterPolicies: new { service = new OnlyGrpc() });
        return endpoints.Map(anyCall, context => GrpcServerCall.RunAsync(
            context, call => throw new GrpcStatusException(GrpcStatusCode.Unimplemented, $"There is no call {context.Request.Path}.")));
    }

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string path, Func<GrpcServerCall, Task> handle) =>
        endpoints.MapPost(path, (RequestDelegate)(context => GrpcServerCall.RunAsync(context, handle)));

    private sealed class OnlyGrpc : IRouteConstraint
    {
        public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            httpContext is not null && GrpcFrames.IsGrpc(httpContext.Request.ContentType);
    }
}
