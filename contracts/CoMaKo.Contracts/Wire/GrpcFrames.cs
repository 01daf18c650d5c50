using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;

namespace CoMaKo.Contracts.Wire;

/// <summary>Length-prefixed messages: one byte "compressed", four bytes length (big endian), the message (grpc/grpc, doc/PROTOCOL-HTTP2.md).</summary>
internal static class GrpcFrames
{
    /// <summary>Longest message that is accepted, in bytes; it bounds what a peer can make us hold.</summary>
    public const int MaxMessageBytes = 1024 * 1024;

    public const string ContentType = "application/grpc";

    private const int HeaderBytes = 5;

    /// <summary>Whether a content type is gRPC with protobuf messages.</summary>
    public static bool IsGrpc(string? contentType)
    {
        var type = contentType.AsSpan();
        int parameters = type.IndexOf(';');
        if (parameters >= 0) type = type[..parameters];
        type = type.Trim();
        return type.Equals(ContentType, StringComparison.OrdinalIgnoreCase) || type.Equals(ContentType + "+proto", StringComparison.OrdinalIgnoreCase);
    }

    public static void Write(IBufferWriter<byte> to, IMessage message)
    {
        int length = message.CalculateSize();
        var header = to.GetSpan(HeaderBytes);
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], length);
        to.Advance(HeaderBytes);
        message.WriteTo(to);
    }

    /// <summary>Reads the next message; absent at the end of the body.</summary>
    /// <exception cref="GrpcStatusException">INTERNAL (cut, compressed or not this message), RESOURCE_EXHAUSTED (longer than the limit).</exception>
    public static async ValueTask<TMessage?> ReadAsync<TMessage>(PipeReader from, MessageParser<TMessage> parser, CancellationToken cancellationToken)
        where TMessage : class, IMessage<TMessage>
    {
        var read = await from.ReadAtLeastAsync(HeaderBytes, cancellationToken);
        if (read.Buffer.IsEmpty) return null;
        int length = LengthIn(read.Buffer);
        from.AdvanceTo(read.Buffer.GetPosition(HeaderBytes));
        if (length == 0) return Parse(parser, ReadOnlySequence<byte>.Empty);

        read = await from.ReadAtLeastAsync(length, cancellationToken);
        if (read.Buffer.Length < length) throw Cut();
        var message = Parse(parser, read.Buffer.Slice(0, length));
        from.AdvanceTo(read.Buffer.GetPosition(length));
        return message;
    }

    private static int LengthIn(ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < HeaderBytes) throw Cut();
        Span<byte> header = stackalloc byte[HeaderBytes];
        buffer.Slice(0, HeaderBytes).CopyTo(header);
        if (header[0] != 0) throw new GrpcStatusException(GrpcStatusCode.Internal, "The message is marked as compressed, but no encoding was agreed.");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        return length <= MaxMessageBytes
            ? (int)length
            : throw new GrpcStatusException(GrpcStatusCode.ResourceExhausted, FormattableString.Invariant($"The message has {length} bytes; {MaxMessageBytes} are allowed."));
    }

    private static TMessage Parse<TMessage>(MessageParser<TMessage> parser, ReadOnlySequence<byte> bytes)
        where TMessage : class, IMessage<TMessage>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException wrong)
        {
            throw new GrpcStatusException(GrpcStatusCode.Internal, $"The message is not valid protobuf: {wrong.Message}", wrong);
        }
    }

    private static GrpcStatusException Cut() => new(GrpcStatusCode.Internal, "The body ends inside a message.");
}
