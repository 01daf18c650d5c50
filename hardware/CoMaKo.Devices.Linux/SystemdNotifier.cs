using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace CoMaKo.Devices.Linux;

/// <summary>Tells the service manager how the service does (sd_notify(3)): one datagram per message. Does nothing when not started by it.</summary>
public sealed class SystemdNotifier : IServiceNotifier
{
    private readonly Socket? socket;

    /// <param name="address">Path, or <c>@name</c> for the abstract name space; absent outside systemd.</param>
    /// <param name="watchdogInterval">How often the watchdog expects to be fed; absent if it is off.</param>
    public SystemdNotifier(string? address, TimeSpan? watchdogInterval = null)
    {
        WatchdogInterval = watchdogInterval;
        if (string.IsNullOrEmpty(address)) return;
        var created = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            created.Connect(new UnixDomainSocketEndPoint(address[0] == '@' ? $"\0{address[1..]}" : address));
            socket = created;
        }
        catch (SocketException)
        {
            created.Dispose(); // a stale address must not stop the gateway
        }
    }

    /// <summary>Whether a service manager listens.</summary>
    public bool IsActive => socket is not null;

    /// <summary>The watchdog's limit: feed it at least twice within it. Absent if it is off.</summary>
    public TimeSpan? WatchdogInterval { get; }

    /// <summary>From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.</summary>
    public static SystemdNotifier FromEnvironment()
    {
        string? forProcess = Environment.GetEnvironmentVariable("WATCHDOG_PID");
        bool ours = string.IsNullOrEmpty(forProcess) || forProcess == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        bool set = long.TryParse(Environment.GetEnvironmentVariable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds);
        return new(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"), ours && set && microseconds > 0 ? TimeSpan.FromMicroseconds(microseconds) : null);
    }

    /// <inheritdoc/>
    public void Ready() => Send("READY=1");

    /// <inheritdoc/>
    public void Stopping() => Send("STOPPING=1");

    /// <inheritdoc/>
    public void Status(string line) => Send($"STATUS={line.ReplaceLineEndings(" ")}");

    /// <inheritdoc/>
    public void Watchdog() => Send("WATCHDOG=1");

    public void Dispose() => socket?.Dispose();

    private void Send(string message)
    {
        try
        {
            socket?.Send(Encoding.UTF8.GetBytes(message));
        }
        catch (SocketException)
        {
            // Nobody reads it any more; the gateway's work does not depend on it.
        }
    }
}
