using CoMaKo.Contracts.V1;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace CoMaKo.Contracts.Wire;

/// <summary>One call of a service: its path and the parsers of its two messages.</summary>
public sealed class GrpcMethod<TRequest, TReply>
    where TRequest : class, IMessage<TRequest>
    where TReply : class, IMessage<TReply>
{
    /// <param name="descriptor">The method as the proto file describes it.</param>
    /// <exception cref="InvalidCastException">The method has other message types.</exception>
    public GrpcMethod(MethodDescriptor descriptor)
    {
        Path = $"/{descriptor.Service.FullName}/{descriptor.Name}";
        RequestParser = (MessageParser<TRequest>)descriptor.InputType.Parser;
        ReplyParser = (MessageParser<TReply>)descriptor.OutputType.Parser;
    }

    /// <summary>HTTP path, e.g. <c>/comako.edge.v1.EdgeSync/Hello</c>.</summary>
    public string Path { get; }

    public MessageParser<TRequest> RequestParser { get; }

    public MessageParser<TReply> ReplyParser { get; }

    public override string ToString() => Path;
}

/// <summary>The four calls of the sync protocol (<c>edge_sync.proto</c>).</summary>
public static class EdgeSyncMethods
{
    private static readonly ServiceDescriptor Service = EdgeSyncReflection.Descriptor.Services[0];

    public static GrpcMethod<HelloRequest, HelloReply> Hello { get; } = new(Service.FindMethodByName(nameof(Hello)));

    public static GrpcMethod<Batch, Ack> Push { get; } = new(Service.FindMethodByName(nameof(Push)));

    public static GrpcMethod<GatewayStatus, ReportReply> Report { get; } = new(Service.FindMethodByName(nameof(Report)));

    /// <summary>Server stream.</summary>
    public static GrpcMethod<WatchRequest, Directive> WatchDirectives { get; } = new(Service.FindMethodByName(nameof(WatchDirectives)));
}
