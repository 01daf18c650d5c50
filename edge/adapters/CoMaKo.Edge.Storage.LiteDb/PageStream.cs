using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace CoMaKo.Edge.Storage.LiteDb;

/// <summary>
/// A file of LiteDB's pages as the stream that LiteDB wants, each page behind a checksum, because LiteDB keeps none.
/// One page is read or written at a time; <see cref="Flush"/> reaches the disk, which LiteDB's own files do not at a commit.
/// </summary>
internal abstract class PageStream : Stream
{
    /// <summary>Bytes of a page.</summary>
    public const int PageBytes = 8192;

    protected const int SumBytes = SHA256.HashSizeInBytes;
    protected const int FrameBytes = SumBytes + PageBytes;

    private readonly bool writable;
    private long position;

    protected PageStream(string path, bool writable, bool create)
    {
        this.writable = writable;
        Handle = File.OpenHandle(path, create ? FileMode.CreateNew : FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read, FileShare.Read);
    }

    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => true;

    public sealed override bool CanWrite => writable;

    public sealed override long Length => Pages * PageBytes;

    public sealed override long Position { get => position; set => position = value; }

    /// <summary>Number of pages.</summary>
    public abstract long Pages { get; }

    protected SafeFileHandle Handle { get; }

    /// <summary>Makes everything written durable.</summary>
    public sealed override void Flush() => StoreFiles.SyncFile(Handle);

    public sealed override int Read(byte[] buffer, int offset, int count)
    {
        if (position >= Length) return 0;
        Require(count);
        ReadPage(position / PageBytes, buffer.AsSpan(offset, PageBytes));
        position += PageBytes;
        return PageBytes;
    }

    public sealed override void Write(byte[] buffer, int offset, int count)
    {
        Require(count);
        WritePage(position / PageBytes, buffer.AsSpan(offset, PageBytes));
        position += PageBytes;
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => Length + offset,
    };

    protected abstract void ReadPage(long page, Span<byte> content);

    protected abstract void WritePage(long page, ReadOnlySpan<byte> content);

    /// <summary>Reads one frame; false if the file ends before its end.</summary>
    protected bool TryReadFrame(long at, Span<byte> frame)
    {
        for (int read = 0; read < frame.Length;)
        {
            int now = RandomAccess.Read(Handle, frame[read..], at + read);
            if (now == 0) return false;
            read += now;
        }

        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Handle.Dispose();
        base.Dispose(disposing);
    }

    private void Require(int count)
    {
        if (count != PageBytes || position % PageBytes != 0)
            throw new NotSupportedException(FormattableString.Invariant($"Whole pages of {PageBytes} bytes are read and written, not {count} at {position}."));
    }
}
