using System.Runtime.InteropServices;
using System.Text;

namespace CoMaKo.Devices.Linux;

/// <summary>The device's end of a serial line without hardware: the kernel gives a terminal that <see cref="SerialLink"/> opens like any other.</summary>
/// <remarks>
/// It behaves like a wire: bytes written while nobody has the line open are lost, reading waits until somebody writes.
/// <see cref="CloseAsync"/> is the pulled plug; opening again gives a new terminal behind the same stable name.
/// </remarks>
/// <param name="stableName">Path of a symbolic link to the terminal, replaced if it exists; absent for none.</param>
public sealed class PseudoTerminal(string? stableName = null) : IByteLink
{
    private static readonly TimeSpan ListenerPoll = TimeSpan.FromMilliseconds(20);

    private volatile Descriptor? open;
    private string? slave;

    /// <summary>What to open at the other end: the stable name, else the terminal itself.</summary>
    /// <exception cref="InvalidOperationException">Never opened.</exception>
    public string Path => stableName ?? slave ?? throw new InvalidOperationException("The pseudo terminal was never opened.");

    /// <inheritdoc/>
    public string Name => $"pty {stableName ?? slave ?? "(closed)"}";

    /// <inheritdoc/>
    public bool IsOpen => open is not null;

    /// <summary>Whether somebody has the other end open.</summary>
    public bool HasListener => open is { } descriptor && !HungUp(descriptor);

    /// <summary>Creates and opens one.</summary>
    public static PseudoTerminal Create(string? stableName = null)
    {
        var terminal = new PseudoTerminal(stableName);
        terminal.Open();
        return terminal;
    }

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Open();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                int result = await Opened().ReadAsync(buffer, cancellationToken);
                if (result > 0 || buffer.IsEmpty) return result;
                if (result is not 0 and not -LibC.IoError) throw Failed(-result);
                await Task.Delay(ListenerPoll, TimeProvider.System, cancellationToken); // the kernel does not tell when a listener comes
            }
        }
        catch (ObjectDisposedException e)
        {
            throw Closed(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                var descriptor = Opened();
                if (HungUp(descriptor)) return;
                int result = await descriptor.WriteAsync(bytes, cancellationToken);
                if (result == -LibC.IoError) return;
                bytes = result > 0 ? bytes[result..] : throw Failed(-result);
            }
        }
        catch (ObjectDisposedException e)
        {
            throw Closed(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask CloseAsync()
    {
        if (Interlocked.Exchange(ref open, null) is not { } descriptor) return ValueTask.CompletedTask;
        if (stableName is not null && new FileInfo(stableName).LinkTarget == slave) File.Delete(stableName);
        descriptor.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private void Open()
    {
        if (open is not null) return;
        int number = LibC.OpenPseudoTerminal(LibC.ReadWrite | LibC.NoControllingTerminal | LibC.NonBlocking | LibC.CloseOnExec);
        if (number < 0) throw Failed(Marshal.GetLastPInvokeError());
        var descriptor = new Descriptor(number);
        try
        {
            slave = Unlock(descriptor);
            MakeRaw(slave);
            if (stableName is not null) PointTo(slave, stableName);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }

        open = descriptor;
    }

    private static unsafe string Unlock(Descriptor descriptor)
    {
        const int Size = 128;
        byte* name = stackalloc byte[Size];
        if (LibC.Grant(descriptor.Handle) != 0 || LibC.Unlock(descriptor.Handle) != 0) throw Failed(Marshal.GetLastPInvokeError());
        int error = LibC.SlaveName(descriptor.Handle, name, Size);
        return error == 0 ? Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name)) : throw Failed(error);
    }

    /// <summary>Raw for listeners that set nothing, such as cat. Opening and closing once also makes the kernel report that nobody listens.</summary>
    private static unsafe void MakeRaw(string slave)
    {
        int number = LibC.Open(slave, LibC.ReadWrite | LibC.NoControllingTerminal | LibC.NonBlocking | LibC.CloseOnExec);
        if (number < 0) throw Failed(Marshal.GetLastPInvokeError());
        using var descriptor = new Descriptor(number);
        LibC.Termios attributes;
        if (LibC.GetAttributes(descriptor.Handle, &attributes) != 0) throw Failed(Marshal.GetLastPInvokeError());
        LibC.MakeRaw(&attributes);
        if (LibC.SetAttributes(descriptor.Handle, LibC.SetNow, &attributes) != 0) throw Failed(Marshal.GetLastPInvokeError());
    }

    private static void PointTo(string slave, string stableName)
    {
        string next = $"{stableName}.{Environment.ProcessId}.new";
        File.CreateSymbolicLink(next, slave);
        File.Move(next, stableName, overwrite: true);
    }

    private static unsafe bool HungUp(Descriptor descriptor)
    {
        bool held = false;
        try
        {
            descriptor.Handle.DangerousAddRef(ref held);
            var entry = new LibC.PollEntry { Descriptor = (int)descriptor.Handle.DangerousGetHandle(), Wanted = LibC.PollOut };
            return LibC.Poll(&entry, 1, 0) > 0 && (entry.Got & LibC.PollHangUp) != 0;
        }
        finally
        {
            if (held) descriptor.Handle.DangerousRelease();
        }
    }

    private Descriptor Opened() => open ?? throw Closed(null);

    private static LinkException Failed(int error) => new("CME-1906", $"The pseudo terminal failed: {LibC.Words(error)}.");

    private LinkException Closed(Exception? cause) => new("CME-1909", $"{Name} is closed.", cause);
}
