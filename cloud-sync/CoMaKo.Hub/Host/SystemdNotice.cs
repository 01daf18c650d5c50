using System.Data.Common;
using System.Net.Sockets;
using System.Text;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Host;

/// <summary>Tells systemd how the hub does (sd_notify(3)); does nothing when not started by it.</summary>
internal sealed class SystemdNotice : IDisposable
{
    private readonly Socket? socket;

    /// <param name="address">Path, or <c>@name</c> for the abstract name space; absent outside systemd.</param>
    public SystemdNotice(string? address)
    {
        if (string.IsNullOrEmpty(address)) return;
        socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(address[0] == '@' ? $"\0{address[1..]}" : address));
    }

    public void Send(string message) => socket?.Send(Encoding.UTF8.GetBytes(message));

    /// <summary>Feeds the watchdog (30 s in the unit) while the one writer gets through its queue: a hub whose writer hangs is killed and started again.</summary>
    public async Task FeedAsync(HubDatabase database, CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(5), TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await ReachWriterAsync(database).WaitAsync(stopping);
                Send("WATCHDOG=1");
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The hub stops.
        }
    }

    private static async Task ReachWriterAsync(HubDatabase database)
    {
        try
        {
            await database.WriteAsync(static _ => ValueTask.FromResult(true));
        }
        catch (DbException)
        {
            // A full or broken disk is shown at /health; a restart would not mend it.
        }
    }

    public void Dispose() => socket?.Dispose();
}
