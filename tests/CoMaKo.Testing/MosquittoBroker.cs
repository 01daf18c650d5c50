using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CoMaKo.Testing;

/// <summary>What a test's broker asks of its clients.</summary>
/// <param name="User">Name and password that a client must give; absent: anybody may come.</param>
/// <param name="Tls">Folder with <c>ca.pem</c>, <c>broker.pem</c> and <c>broker.key</c>; absent: cleartext.</param>
/// <param name="ClientCertificates">With TLS: whether clients show a certificate.</param>
/// <param name="Lines">More lines of mosquitto.conf.</param>
public sealed record BrokerOptions((string Name, string Password)? User = null, string? Tls = null, bool ClientCertificates = false, params IReadOnlyList<string> Lines);

/// <summary>A mosquitto of this test alone, on a free port of loopback. It can be killed and started again on the same port.</summary>
public sealed class MosquittoBroker : IAsyncDisposable
{
    /// <summary>Where Debian has it.</summary>
    public const string Program = "/usr/sbin/mosquitto";

    private readonly string folder = Directory.CreateTempSubdirectory("comako-mqtt-").FullName;
    private RunningProcess? process;

    private MosquittoBroker(BrokerOptions options)
    {
        Port = FreePort.Take();
        var lines = new List<string> { FormattableString.Invariant($"listener {Port} 127.0.0.1"), "persistence false", "log_dest stderr", "user root" };
        lines.AddRange(options.Lines);
        if (options.User is var (name, password))
        {
            string file = Path.Combine(folder, "passwords");
            using var made = Process.Start(new ProcessStartInfo("mosquitto_passwd", ["-c", "-b", file, name, password]) { UseShellExecute = false, RedirectStandardError = true })!;
            made.WaitForExit();
            lines.AddRange(["allow_anonymous false", $"password_file {file}"]);
        }
        else if (!options.ClientCertificates)
        {
            lines.Add("allow_anonymous true");
        }

        if (options.Tls is { } tls)
        {
            lines.AddRange([$"cafile {tls}/ca.pem", $"certfile {tls}/broker.pem", $"keyfile {tls}/broker.key"]);
            if (options.ClientCertificates) lines.AddRange(["require_certificate true", "use_identity_as_username true"]);
        }

        File.WriteAllLines(Path.Combine(folder, "mosquitto.conf"), lines);
    }

    public int Port { get; }

    public int Id => process!.Id;

    /// <summary>What it last printed.</summary>
    public string Output => process?.Output ?? "";

    public static async Task<MosquittoBroker> StartAsync(BrokerOptions? options = null)
    {
        var broker = new MosquittoBroker(options ?? new BrokerOptions());
        await broker.StartAgainAsync();
        return broker;
    }

    /// <summary>Starts it after <see cref="KillAsync"/>; returns when it listens.</summary>
    public async Task StartAgainAsync()
    {
        process = RunningProcess.Start(new ProcessStartInfo(Program, ["-c", Path.Combine(folder, "mosquitto.conf")]));
        long began = TimeProvider.System.GetTimestamp();
        while (!await ListensAsync())
        {
            if (process.HasExited || TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(10))
                throw new InvalidOperationException($"mosquitto does not listen. {process.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        await process!.KillAsync();
        await process.DisposeAsync();
    }

    /// <summary>Stops it in its tracks, or lets it go on: it neither answers nor closes meanwhile.</summary>
    public void Freeze(bool frozen) => process!.Signal(frozen ? "STOP" : "CONT");

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private async Task<bool> ListensAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

/// <summary>mosquitto's own clients, for single messages.</summary>
public static class MosquittoTools
{
    /// <summary>Publishes one message and waits until the broker has it.</summary>
    public static async Task PublishAsync(int port, string topic, string payload, bool retain = false)
    {
        string[] arguments = ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-q", "1", "-t", topic, "-s"];
        using var process = Process.Start(new ProcessStartInfo("mosquitto_pub", retain ? [.. arguments, "-r"] : arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardError = true })!;
        await process.StandardInput.WriteAsync(payload);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"mosquitto_pub: {await process.StandardError.ReadToEndAsync()}");
    }

    /// <summary>What the broker keeps of a topic, or else the next message; empty if there is none for 30 s.</summary>
    public static async Task<string> HearAsync(int port, string topic)
    {
        string[] arguments = ["-h", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-t", topic, "-C", "1", "-W", "30"];
        using var process = Process.Start(new ProcessStartInfo("mosquitto_sub", arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return said;
    }
}
