using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CoMaKo.Edge.Storage.LiteDb;

/// <summary>
/// LiteDB's log. Every page carries the hash of itself and of all pages before it, begun by a number that is drawn anew whenever the log starts over.
/// So the log ends before the first page that did not arrive whole, and no page of an earlier log is ever taken for one of this.
/// </summary>
/// <remarks>Layout: 32 random bytes, then per page 32 bytes SHA-256(hash before || page) and the page. LiteDB alone would believe any page that says it is a commit's last.</remarks>
internal sealed class LogStream : PageStream
{
    // In LiteDB's page: set in the last page of a committed transaction.
    private const int ConfirmedAt = 18;

    private readonly List<byte[]> sums = [];
    private readonly HashSet<uint> touched = [];

    private LogStream(string path, bool writable, bool create)
        : base(path, writable, create)
    {
    }

    public override long Pages => sums.Count - 1;

    /// <summary>Numbers of the data pages of which the log holds a copy.</summary>
    public IReadOnlySet<uint> Touched => touched;

    /// <summary>A new log, not yet synced.</summary>
    public static LogStream Create(string path)
    {
        var log = new LogStream(path, writable: true, create: true);
        log.StartOver();
        return log;
    }

    /// <summary>Opens a log and finds its end: the last page of the last transaction that arrived whole.</summary>
    public static LogStream Open(string path, bool writable)
    {
        var log = new LogStream(path, writable, create: false);
        log.FindEnd();
        return log;
    }

    /// <summary>Starts over, synced; another length than 0 does not occur.</summary>
    public override void SetLength(long value)
    {
        if (value != 0) throw new NotSupportedException("A log is only emptied.");
        StartOver();
        // Before the next page is written: a page of the old log must not come before it.
        Flush();
    }

    protected override void ReadPage(long page, Span<byte> content)
    {
        Span<byte> frame = new byte[FrameBytes];
        if (!TryReadFrame(At(page), frame) || !Sum(sums[(int)page], frame[SumBytes..]).AsSpan().SequenceEqual(sums[(int)page + 1]))
            throw new InvalidDataException(FormattableString.Invariant($"Page {page} of the log does not match its checksum."));
        frame[SumBytes..].CopyTo(content);
    }

    protected override void WritePage(long page, ReadOnlySpan<byte> content)
    {
        if (page != Pages) throw new NotSupportedException("A log only grows at its end.");
        byte[] sum = Sum(sums[^1], content);
        byte[] frame = [.. sum, .. content];
        RandomAccess.Write(Handle, frame, At(page));
        Take(sum, NumberOf(content));
    }

    private static long At(long page) => SumBytes + (page * FrameBytes);

    private static byte[] Sum(byte[] before, ReadOnlySpan<byte> page)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(before);
        hash.AppendData(page);
        return hash.GetHashAndReset();
    }

    private void StartOver()
    {
        RandomAccess.SetLength(Handle, SumBytes);
        byte[] start = RandomNumberGenerator.GetBytes(SumBytes);
        RandomAccess.Write(Handle, start, 0);
        sums.Clear();
        sums.Add(start);
        touched.Clear();
    }

    private void FindEnd()
    {
        byte[] start = new byte[SumBytes];
        // A log without its beginning was cut while it started over: what it held is in the database.
        sums.Add(start);
        if (!TryReadFrame(0, start)) return;
        byte[] frame = new byte[FrameBytes];
        var open = new List<(byte[] Sum, uint Page)>();
        byte[] before = start;
        while (TryReadFrame(At(Pages + open.Count), frame) && Sum(before, frame.AsSpan(SumBytes)) is var sum && sum.AsSpan().SequenceEqual(frame.AsSpan(0, SumBytes)))
        {
            before = sum;
            open.Add((sum, NumberOf(frame.AsSpan(SumBytes))));
            if (frame[SumBytes + ConfirmedAt] == 0) continue;
            foreach (var (confirmed, page) in open) Take(confirmed, page);
            open.Clear();
        }
    }

    private void Take(byte[] sum, uint page)
    {
        sums.Add(sum);
        touched.Add(page);
    }

    // A page begins with its number.
    private static uint NumberOf(ReadOnlySpan<byte> page) => BinaryPrimitives.ReadUInt32LittleEndian(page);
}
