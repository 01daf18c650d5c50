using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Deploy;

/// <summary>The hub as systemd sees it: the messages that its unit (Type=notify, WatchdogSec=30) waits for.</summary>
public sealed class HubServiceTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("comako-hub-").FullName;

    [Fact]
    public async Task Hub_AsAService_ReportsReadyFeedsTheWatchdogAndStops()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "notify")));
        using var hub = Start();
        var errors = hub.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            Assert.Equal("READY=1", await ReceiveAsync(systemd, limit.Token));
            Assert.Equal("WATCHDOG=1", await ReceiveAsync(systemd, limit.Token));
            using var kill = Process.Start("kill", ["-TERM", hub.Id.ToString(CultureInfo.InvariantCulture)]);
            await WaitForAsync(systemd, "STOPPING=1", limit.Token);
            await hub.WaitForExitAsync(limit.Token);
            Assert.True(hub.ExitCode == 0, await errors);
        }
        finally
        {
            if (!hub.HasExited) hub.Kill();
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private Process Start()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "comako-hub.dll");
        string[] arguments = [program, "run", "--data", folder, "--port", FreePort.Take().ToString(CultureInfo.InvariantCulture), "--sync-port", FreePort.Take().ToString(CultureInfo.InvariantCulture), "--loopback"];
        var start = new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardError = true };
        start.Environment["NOTIFY_SOCKET"] = Path.Combine(folder, "notify");
        return Process.Start(start)!;
    }

    private static async Task<string> ReceiveAsync(Socket socket, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[256];
        return Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, cancellationToken));
    }

    private static async Task WaitForAsync(Socket socket, string message, CancellationToken cancellationToken)
    {
        while (await ReceiveAsync(socket, cancellationToken) != message)
        {
            // Watchdog messages may come before.
        }
    }
}
