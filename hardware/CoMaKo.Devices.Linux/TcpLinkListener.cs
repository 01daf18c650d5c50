using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace CoMaKo.Devices.Linux;

/// <summary>Accepts TCP connections and hands each over as a link; used by servers such as the simulator's devices.</summary>
public sealed class TcpLinkListener : IDisposable
{
    private readonly Socket socket;

    /// <param name="endPoint">Where to listen; port 0 takes a free one.</param>
    /// <exception cref="LinkException">The address is in use or not ours.</exception>
    public TcpLinkListener(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endPoint);
            socket.Listen(16);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new LinkException("CME-1916", $"Cannot listen on {endPoint}: {e.Message}. Choose another port or stop the program that uses it.", e);
        }

        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
    }

    /// <summary>Where it listens, with the real port.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Connections as they come, until cancelled or disposed. Each link belongs to the caller.</summary>
    public async IAsyncEnumerable<IByteLink> AcceptAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await NextAsync(cancellationToken) is { } link) yield return link;
    }

    public void Dispose() => socket.Dispose();

    private async ValueTask<TcpLink?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new TcpLink(await socket.AcceptAsync(cancellationToken));
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException)
            {
                // The client was gone before it was accepted; the next one counts.
            }
        }
    }
}
