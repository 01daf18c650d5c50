namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>What the decoder met in the stream.</summary>
public enum SmlOutcome
{
    /// <summary>Nothing complete; give more bytes.</summary>
    NeedMore,

    /// <summary>A good frame is in <see cref="SmlDecoder.Frame"/>.</summary>
    Accepted,

    /// <summary>A complete frame was refused; <see cref="SmlFrame.Fault"/> says why. Its bytes are searched again.</summary>
    Rejected,

    /// <summary>A frame was cut: the next one began, or the line fell silent, before its end.</summary>
    Cut,

    /// <summary>No end within the longest permitted frame.</summary>
    TooLong,
}

/// <summary>
/// Reads SML frames from a stream of bytes in pieces of any size; the same bytes give the same outcomes however they are cut.
/// Memory is fixed and nothing is allocated per frame. Not safe for use by several threads.
/// </summary>
/// <example><code>
/// ReadOnlySpan&lt;byte&gt; rest = bytes;
/// for (SmlOutcome outcome; (outcome = decoder.Read(ref rest)) != SmlOutcome.NeedMore;)
///     if (outcome == SmlOutcome.Accepted) Use(decoder.Frame);
/// </code></example>
public sealed class SmlDecoder
{
    private readonly SmlTransport transport = new();

    /// <summary>Contents of the last complete frame. Filled again by the next call.</summary>
    public SmlFrame Frame { get; } = new();

    /// <summary>Bytes on the wire of the last outcome, good or not. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Wire => transport.Segment;

    /// <summary>Position of <see cref="Wire"/> in the stream.</summary>
    public long Offset => transport.SegmentOffset;

    /// <summary>A frame has begun and its end is awaited.</summary>
    public bool InFrame => transport.InFrame;

    /// <summary>Bytes so far that belong to good frames; the others are lost or still to be judged.</summary>
    public long GoodBytes { get; private set; }

    /// <summary>Takes bytes until there is an outcome or none are left; call again with the rest.</summary>
    public SmlOutcome Read(ref ReadOnlySpan<byte> bytes) => Judge(transport.Read(ref bytes));

    /// <summary>Tells that the line was silent for 200 ms, or that the input ended: an unfinished frame will not be finished. Call until <see cref="SmlOutcome.NeedMore"/>.</summary>
    public SmlOutcome EndOfSilence() => Judge(transport.EndOfSilence());

    private SmlOutcome Judge(SmlSegmentKind kind)
    {
        switch (kind)
        {
            case SmlSegmentKind.NeedMore: return SmlOutcome.NeedMore;
            case SmlSegmentKind.TooLong: return SmlOutcome.TooLong;
            case SmlSegmentKind.Frame: break;
            default: return SmlOutcome.Cut;
        }

        if (!SmlFrameParser.Parse(transport.Segment, Frame))
        {
            transport.RejectFrame();
            return SmlOutcome.Rejected;
        }

        GoodBytes += transport.Segment.Length;
        return SmlOutcome.Accepted;
    }
}
