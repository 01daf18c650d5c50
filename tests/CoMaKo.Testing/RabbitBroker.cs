using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CoMaKo.Testing;

/// <summary>The distribution's RabbitMQ on free loopback ports with its data in a folder of its own, which can be killed and started again.</summary>
public sealed class RabbitBroker : IAsyncDisposable
{
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-rabbit-");
    private readonly int port = FreePort.Take();
    private readonly int distributionPort = FreePort.Take();
    private readonly int mapperPort = FreePort.Take();
    private RunningProcess? shell;

    /// <summary>As a user writes it.</summary>
    public string Url => string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:{port}/");

    public async Task<RabbitBroker> StartAsync()
    {
        var start = new ProcessStartInfo(Server) { WorkingDirectory = folder.FullName };
        var settings = start.Environment;
        settings["HOME"] = folder.FullName; // the cookie lies there
        settings["RABBITMQ_NODENAME"] = string.Create(CultureInfo.InvariantCulture, $"comako{port}@localhost");
        settings["RABBITMQ_NODE_IP_ADDRESS"] = "127.0.0.1";
        settings["RABBITMQ_NODE_PORT"] = port.ToString(CultureInfo.InvariantCulture);
        settings["RABBITMQ_DIST_PORT"] = distributionPort.ToString(CultureInfo.InvariantCulture);
        settings["ERL_EPMD_PORT"] = mapperPort.ToString(CultureInfo.InvariantCulture);
        settings["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder.FullName, "data");
        settings["RABBITMQ_LOG_BASE"] = Path.Combine(folder.FullName, "log");
        settings["RABBITMQ_PID_FILE"] = Path.Combine(folder.FullName, "pid");
        settings["RABBITMQ_CONF_ENV_FILE"] = "/dev/null";
        settings["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder.FullName, "rabbitmq.conf");
        settings["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder.FullName, "plugins");
        await File.WriteAllTextAsync(settings["RABBITMQ_CONFIG_FILE"]!, "disk_free_limit.absolute = 50MB\n");
        shell = RunningProcess.Start(start);
        await WaitAsync();
        return this;
    }

    /// <summary>SIGKILL of the broker itself.</summary>
    public async Task KillAsync()
    {
        string id = (await File.ReadAllTextAsync(Path.Combine(folder.FullName, "pid"))).Trim();
        using (var kill = Process.Start("/bin/kill", ["-KILL", id])) await kill.WaitForExitAsync();
        await shell!.DisposeAsync();
        shell = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (shell is not null) await KillAsync();
        // The port mapper that the broker started ends on request, now that no node is known to it.
        using (var stop = Process.Start(new ProcessStartInfo("epmd", ["-port", mapperPort.ToString(CultureInfo.InvariantCulture), "-kill"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!) await stop.WaitForExitAsync();
        folder.Delete(recursive: true);
    }

    private async Task WaitAsync()
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (shell!.HasExited || TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(90)) throw new InvalidOperationException($"RabbitMQ did not start. {shell.Output}");
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }
}
