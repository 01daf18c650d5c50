using System.Net.Sockets;
using System.Text;

namespace CoMaKo.Hub.Host;

/// <summary>Tells systemd how the hub does (sd_notify(3)); does nothing when not started by it.</summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket? socket;

    /// <param name="address">Path, or <c>@name</c> for the abstract name space; absent outside systemd.</param>
    public ServiceManager(string? address)
    {
        if (string.IsNullOrEmpty(address)) return;
        socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(address[0] == '@' ? $"\0{address[1..]}" : address));
    }

    public void Send(string message) => socket?.Send(Encoding.UTF8.GetBytes(message));

    public void Dispose() => socket?.Dispose();
}
