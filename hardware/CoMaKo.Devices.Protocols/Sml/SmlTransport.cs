namespace CoMaKo.Devices.Protocols.Sml;

/// <summary>What the transport found in the stream.</summary>
public enum SmlSegmentKind
{
    /// <summary>Nothing complete; give more bytes.</summary>
    NeedMore,

    /// <summary>From a start to an end sequence; nothing is checked yet.</summary>
    Frame,

    /// <summary>A new start sequence came before the end sequence.</summary>
    CutByRestart,

    /// <summary>The line fell silent, or the input ended, before the end sequence.</summary>
    CutBySilence,

    /// <summary>No end sequence within <see cref="SmlTransport.MaxFrame"/> bytes.</summary>
    TooLong,
}

/// <summary>
/// Finds the frames of SML transport version 1 in a stream, byte by byte, so that a lost byte costs one frame at most.
/// The result does not depend on how the stream is cut into pieces. Memory is fixed.
/// </summary>
public sealed class SmlTransport
{
    /// <summary>Longest frame in bytes, start sequence to CRC.</summary>
    public const int MaxFrame = 8192;

    private const int Hunting = -1;
    private const int SequenceLength = 8;
    private readonly byte[] buffer = new byte[2 * MaxFrame];
    private long origin;
    private int count;
    private int scan;
    private int frameStart = Hunting;
    private int segmentStart;
    private int segmentEnd;

    private static ReadOnlySpan<byte> Escape => [0x1B, 0x1B, 0x1B, 0x1B];

    private static ReadOnlySpan<byte> Start => [0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1];

    /// <summary>The bytes of the last segment as on the wire. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Segment => buffer.AsSpan(segmentStart, segmentEnd - segmentStart);

    /// <summary>Position of the last segment in the stream.</summary>
    public long SegmentOffset => origin + segmentStart;

    /// <summary>A start sequence has been seen and its end not yet.</summary>
    public bool InFrame => frameStart != Hunting;

    /// <summary>Takes bytes until a segment is found or none are left.</summary>
    public SmlSegmentKind Read(ref ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            var found = Scan();
            if (found != SmlSegmentKind.NeedMore || bytes.IsEmpty) return found;
            Fill(ref bytes);
        }
    }

    /// <summary>The line has been silent for longer than a frame allows, or the input has ended: what is unfinished will not be finished. Call until <see cref="SmlSegmentKind.NeedMore"/>.</summary>
    public SmlSegmentKind EndOfSilence()
    {
        var found = Scan();
        if (found != SmlSegmentKind.NeedMore) return found;
        if (InFrame) return Abandon(SmlSegmentKind.CutBySilence, count);
        origin += count;
        count = scan = segmentStart = segmentEnd = 0;
        return SmlSegmentKind.NeedMore;
    }

    /// <summary>The last frame was no good: its bytes are searched again, because a damaged end may have swallowed the next start.</summary>
    public void RejectFrame() => scan = segmentStart + 1;

    private SmlSegmentKind Scan()
    {
        if (!InFrame && !FindStart()) return SmlSegmentKind.NeedMore;
        int limit = Math.Min(count, frameStart + MaxFrame);
        while (true)
        {
            int at = buffer.AsSpan(scan, limit - scan).IndexOf(Escape);
            if (at < 0 || scan + at + SequenceLength > limit)
            {
                scan = at < 0 ? Math.Max(scan, limit - Escape.Length + 1) : scan + at;
                return limit == frameStart + MaxFrame ? Abandon(SmlSegmentKind.TooLong, limit) : SmlSegmentKind.NeedMore;
            }

            scan += at;
            var after = buffer.AsSpan(scan + Escape.Length, Escape.Length);
            // The order counts: a doubled escape may be followed by what looks like a start (metering.md 2.2).
            if (after.SequenceEqual(Escape)) scan += SequenceLength;
            else if (after[0] == 0x1A) return Complete();
            else if (after.SequenceEqual(Start[Escape.Length..])) return Restart();
            else scan++;
        }
    }

    private bool FindStart()
    {
        int at = buffer.AsSpan(scan, count - scan).IndexOf(Start);
        if (at < 0)
        {
            scan = Math.Max(scan, count - Start.Length + 1);
            return false;
        }

        frameStart = scan + at;
        scan = frameStart + Start.Length;
        return true;
    }

    private SmlSegmentKind Complete()
    {
        Mark(frameStart, scan + SequenceLength);
        scan = segmentEnd;
        frameStart = Hunting;
        return SmlSegmentKind.Frame;
    }

    private SmlSegmentKind Restart()
    {
        Mark(frameStart, scan);
        frameStart = scan;
        scan += Start.Length;
        return SmlSegmentKind.CutByRestart;
    }

    private SmlSegmentKind Abandon(SmlSegmentKind kind, int end)
    {
        Mark(frameStart, end);
        scan = frameStart + 1;
        frameStart = Hunting;
        return kind;
    }

    private void Mark(int start, int end) => (segmentStart, segmentEnd) = (start, end);

    private void Fill(ref ReadOnlySpan<byte> bytes)
    {
        // Scan has left less than one frame behind, so half of the buffer is free after moving.
        if (count == buffer.Length) DropConsumed();
        int taken = Math.Min(bytes.Length, buffer.Length - count);
        bytes[..taken].CopyTo(buffer.AsSpan(count));
        count += taken;
        bytes = bytes[taken..];
    }

    private void DropConsumed()
    {
        int keep = InFrame ? frameStart : scan;
        buffer.AsSpan(keep, count - keep).CopyTo(buffer);
        origin += keep;
        count -= keep;
        scan -= keep;
        if (InFrame) frameStart = 0;
        segmentStart = segmentEnd = 0;
    }
}
