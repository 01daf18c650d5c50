using System.Runtime.InteropServices;
using static CoMaKo.Devices.Linux.LibC.Termios;

namespace CoMaKo.Devices.Linux;

/// <summary>A serial line (USB optical head, RS-485 adapter, on-board UART, pseudo terminal) in raw mode.</summary>
/// <remarks>
/// The path is resolved at each opening, so a stable name such as <c>/dev/serial/by-id/…</c> finds the adapter again after it was plugged elsewhere.
/// Request-to-send is switched on, because passive optical heads take their supply from it. One reader and one writer at a time.
/// </remarks>
public sealed class SerialLink(string path, SerialSettings settings) : IByteLink
{
    private volatile Descriptor? open;

    /// <inheritdoc/>
    public string Name { get; } = $"{path} {settings}";

    /// <inheritdoc/>
    public bool IsOpen => open is not null;

    /// <inheritdoc/>
    public ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        if (open is not null) return ValueTask.CompletedTask;
        cancellationToken.ThrowIfCancellationRequested();
        int number = LibC.Open(path, LibC.ReadWrite | LibC.NoControllingTerminal | LibC.NonBlocking | LibC.CloseOnExec);
        if (number < 0) throw CannotOpen(Marshal.GetLastPInvokeError());
        var descriptor = new Descriptor(number);
        try
        {
            Claim(descriptor);
            Configure(descriptor);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }

        open = descriptor;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            int result = await Open().ReadAsync(buffer, cancellationToken);
            return result > 0 || buffer.IsEmpty ? result : throw Broke(-result);
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
            var descriptor = Open();
            while (!bytes.IsEmpty)
            {
                int result = await descriptor.WriteAsync(bytes, cancellationToken);
                bytes = result > 0 ? bytes[result..] : throw Broke(-result);
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
        Close();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private void Close() => Interlocked.Exchange(ref open, null)?.Dispose();

    private Descriptor Open() => open ?? throw Closed(null);

    /// <summary>The kernel's exclusive mode keeps other users out; the lock also keeps out a second gateway that runs as root.</summary>
    private unsafe void Claim(Descriptor descriptor)
    {
        if (LibC.Lock(descriptor.Handle, LibC.LockExclusive | LibC.LockNonBlocking) != 0) throw CannotOpen(LibC.Busy);
        if (LibC.Control(descriptor.Handle, LibC.SetExclusive, null) != 0) throw CannotOpen(Marshal.GetLastPInvokeError());
    }

    private unsafe void Configure(Descriptor descriptor)
    {
        LibC.Termios attributes;
        if (LibC.GetAttributes(descriptor.Handle, &attributes) != 0) throw CannotOpen(Marshal.GetLastPInvokeError());
        LibC.MakeRaw(&attributes);
        attributes.Input |= IgnoreBreak;
        attributes.Control &= ~(SizeMask | TwoStopBits | ParityEnabled | ParityOdd | HardwareFlow);
        attributes.Control |= Receive | Local | (settings.DataBits == 7 ? Size7 : Size8);
        if (settings.StopBits == 2) attributes.Control |= TwoStopBits;
        if (settings.Parity != 'N')
        {
            attributes.Control |= ParityEnabled | (settings.Parity == 'O' ? ParityOdd : 0);
            attributes.Input |= CheckParity | IgnoreParityErrors; // a damaged character is left out, so that the frame's check fails
        }

        _ = LibC.SetSpeed(&attributes, settings.Speed);
        if (LibC.SetAttributes(descriptor.Handle, LibC.SetNow, &attributes) != 0) throw CannotOpen(Marshal.GetLastPInvokeError());

        // tcsetattr succeeds if any of the settings was taken.
        if (LibC.GetAttributes(descriptor.Handle, &attributes) != 0 || LibC.GetSpeed(&attributes) != settings.Speed || (attributes.LocalModes & Canonical) != 0)
            throw new LinkException("CME-1905", $"{path} does not accept {settings}: the adapter does not support this speed or format.");

        int lines = LibC.RequestToSend | LibC.DataTerminalReady;
        _ = LibC.Control(descriptor.Handle, LibC.SetModemBits, &lines); // pseudo terminals and some UARTs have no such lines
        _ = LibC.Flush(descriptor.Handle, LibC.FlushBoth); // what came before belongs to nobody
    }

    private LinkException CannotOpen(int error) => error switch
    {
        LibC.NoEntry or LibC.NoSuchDevice or LibC.NoDevice => new("CME-1902",
            $"{path} is not there: plug in the cable of the reading head or adapter, or correct the name in the building file ('ls /dev/serial/by-id' shows what is plugged in)."),
        LibC.AccessDenied => new("CME-1903", $"{path} may not be opened by this user: add it to the group of the device (on Debian: dialout)."),
        LibC.Busy => new("CME-1904", $"{path} is in use by another program: stop it, only one may read the line."),
        LibC.NotTerminal => new("CME-1905", $"{path} is no serial line: correct the name in the building file."),
        _ => new("CME-1906", $"{path} cannot be opened: {LibC.Words(error)}."),
    };

    private LinkException Broke(int error)
    {
        Close();
        return error is 0 or LibC.IoError or LibC.NoSuchDevice or LibC.NoDevice
            ? new("CME-1907", $"The cable of {path} was unplugged or its adapter lost power: check the plug; the line is opened again by itself.")
            : new("CME-1908", $"{path} failed: {LibC.Words(error)}.");
    }

    private LinkException Closed(Exception? cause) => new("CME-1909", $"{path} is closed.", cause);
}
