using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CoMaKo.Devices.Linux;

/// <summary>An open, non-blocking terminal descriptor. One reader and one writer at a time; closing wakes both.</summary>
internal sealed class Descriptor : IDisposable
{
    private readonly SafeFileHandle writing;
    private readonly Readiness readable;
    private readonly Readiness writable;

    /// <param name="descriptor">Open with O_NONBLOCK; owned from now on.</param>
    public Descriptor(int descriptor)
    {
        Handle = new SafeFileHandle(descriptor, ownsHandle: true);
        int copy = LibC.Duplicate(Handle);
        if (copy < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            Handle.Dispose();
            throw new IOException($"dup failed: {LibC.Words(error)}.");
        }

        writing = new SafeFileHandle(copy, ownsHandle: true);
        readable = new Readiness(Handle, forWriting: false);
        writable = new Readiness(writing, forWriting: true);
    }

    public SafeFileHandle Handle { get; }

    /// <summary>Waits for bytes.</summary>
    /// <returns>How many came; 0 after a hang-up; a negative error number if the line broke.</returns>
    /// <exception cref="ObjectDisposedException">Closed meanwhile.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int result = Read(buffer.Span);
            if (result == -LibC.Interrupted) continue;
            if (result != -LibC.TryAgain) return result;
            await readable.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Writes once, waiting for space.</summary>
    /// <returns>How many bytes were taken, or a negative error number.</returns>
    /// <exception cref="ObjectDisposedException">Closed meanwhile.</exception>
    public async ValueTask<int> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int result = Write(bytes.Span);
            if (result == -LibC.Interrupted) continue;
            if (result is not 0 && result != -LibC.TryAgain) return result;
            await writable.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        readable.Dispose();
        writable.Dispose();
        writing.Dispose();
        Handle.Dispose();
    }

    private unsafe int Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count = LibC.Read(Handle, start, buffer.Length);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }

    private unsafe int Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint count = LibC.Write(writing, start, bytes.Length);
            return count >= 0 ? (int)count : -Marshal.GetLastPInvokeError();
        }
    }
}
