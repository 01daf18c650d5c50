using System.Net.Sockets;

namespace CoMaKo.Devices.Linux;

/// <summary>A TCP connection to a device (Modbus TCP, a serial device server) or, made by <see cref="TcpLinkListener"/>, to a client.</summary>
public sealed class TcpLink : IByteLink
{
    private readonly string host;
    private readonly int port;
    private readonly TimeSpan connectTimeout;
    private readonly bool accepted;
    private volatile Socket? socket;

    /// <param name="host">Host name or address.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="connectTimeout">How long connecting may take, by the system's clock; 5 s if absent.</param>
    public TcpLink(string host, int port, TimeSpan? connectTimeout = null)
    {
        this.host = host;
        this.port = port;
        this.connectTimeout = connectTimeout ?? TimeSpan.FromSeconds(5);
    }

    internal TcpLink(Socket accepted)
    {
        var peer = (System.Net.IPEndPoint)accepted.RemoteEndPoint!;
        (host, port, this.accepted) = (peer.Address.ToString(), peer.Port, true);
        Prepare(accepted);
        socket = accepted;
    }

    /// <inheritdoc/>
    public string Name => FormattableString.Invariant($"tcp {(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}");

    /// <inheritdoc/>
    public bool IsOpen => socket is not null;

    /// <inheritdoc/>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        if (socket is not null) return;
        if (accepted) throw Closed(null);
        var fresh = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var timeout = new CancellationTokenSource(connectTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await fresh.ConnectAsync(host, port, either.Token);
            Prepare(fresh);
            socket = fresh;
        }
        catch (Exception e)
        {
            fresh.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw e switch
            {
                SocketException s => CannotOpen(s),
                OperationCanceledException => NoAnswer(e),
                _ => e,
            };
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var current = socket ?? throw Closed(null);
        try
        {
            return await current.ReceiveAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broke(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var current = socket ?? throw Closed(null);
        try
        {
            while (!bytes.IsEmpty) bytes = bytes[await current.SendAsync(bytes, cancellationToken)..];
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broke(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask CloseAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private void Close() => Interlocked.Exchange(ref socket, null)?.Dispose();

    /// <summary>Small requests leave at once; a peer that vanished without a word is noticed within a minute.</summary>
    private static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
    }

    private LinkException CannotOpen(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => new("CME-1910",
            $"{Name} refuses the connection: switch on Modbus TCP in the device, check the port, and see whether another client holds its only connection.", e),
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => new("CME-1911", $"{Name}: the name '{host}' is not known here; use the device's address.", e),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.NetworkDown or SocketError.HostDown => new("CME-1912",
            $"{Name} cannot be reached: check the network cable, the device's address and whether it is in the same network.", e),
        SocketError.TimedOut => NoAnswer(e),
        _ => new("CME-1914", $"{Name} cannot be opened: {e.Message}.", e),
    };

    private LinkException NoAnswer(Exception e) => new("CME-1913",
        FormattableString.Invariant($"{Name} does not answer within {connectTimeout.TotalSeconds} s: check that the device is switched on and that the address is right."), e);

    private LinkException Broke(Exception cause)
    {
        if (socket is null) return Closed(cause);
        Close();
        return new("CME-1915", $"{Name} broke the connection ({(cause as SocketException)?.SocketErrorCode}): it restarted, or the network failed; it is connected again by itself.", cause);
    }

    private LinkException Closed(Exception? cause) => new("CME-1909", $"{Name} is closed.", cause);
}
