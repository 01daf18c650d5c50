using System.Security.Cryptography;

namespace CoMaKo.Edge.Storage.LiteDb;

/// <summary>LiteDB's data file. A page that the disk has changed is refused when it is read.</summary>
/// <remarks>Layout: per page 32 bytes SHA-256(number of the page || page) and the page. It is written only from the synced log, so a page torn by a power cut comes again from there.</remarks>
internal sealed class DataStream : PageStream
{
    private readonly IReadOnlySet<uint> pending;
    private long pages;

    /// <param name="pending">Pages whose content comes from the log: they may be torn here.</param>
    public DataStream(string path, IReadOnlySet<uint> pending, bool writable, bool create)
        : base(path, writable, create)
    {
        this.pending = pending;
        pages = RandomAccess.GetLength(Handle) / FrameBytes;
    }

    public override long Pages => pages;

    public override void SetLength(long value)
    {
        RandomAccess.SetLength(Handle, value / PageBytes * FrameBytes);
        pages = value / PageBytes;
    }

    /// <summary>Numbers of the pages that do not match their checksum.</summary>
    public IEnumerable<long> Damaged()
    {
        byte[] frame = new byte[FrameBytes];
        for (long page = 0; page < pages; page++)
            if (!pending.Contains((uint)page) && !IsWhole(page, frame)) yield return page;
    }

    protected override void ReadPage(long page, Span<byte> content)
    {
        byte[] frame = new byte[FrameBytes];
        if (!IsWhole(page, frame) && !pending.Contains((uint)page))
            throw new InvalidDataException(FormattableString.Invariant($"Page {page} of the database does not match its checksum."));
        frame.AsSpan(SumBytes).CopyTo(content);
    }

    protected override void WritePage(long page, ReadOnlySpan<byte> content)
    {
        byte[] frame = [.. Sum(page, content), .. content];
        RandomAccess.Write(Handle, frame, page * FrameBytes);
        pages = Math.Max(pages, page + 1);
    }

    private bool IsWhole(long page, byte[] frame) =>
        TryReadFrame(page * FrameBytes, frame) && Sum(page, frame.AsSpan(SumBytes)).AsSpan().SequenceEqual(frame.AsSpan(0, SumBytes));

    private static byte[] Sum(long page, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes(page));
        hash.AppendData(content);
        return hash.GetHashAndReset();
    }
}
