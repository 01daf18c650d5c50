using System.Net;
using System.Net.Sockets;

namespace CoMaKo.Testing;

/// <summary>
/// Ports for programs that are stopped and start again at the same one. They lie below those that the system itself gives away, so that neither a connection nor
/// a listener without a port of its own gets one of them in between, and none is handed out twice.
/// </summary>
public static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Somewhere else in each process: tests of several checkouts may run on one machine.
    private static int taken = Random.Shared.Next(Count);

    /// <summary>A port on which nobody listens.</summary>
    public static int Take()
    {
        while (true)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref taken) % Count);
            if (IsFree(port)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
