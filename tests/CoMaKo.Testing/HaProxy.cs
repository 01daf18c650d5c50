using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace CoMaKo.Testing;

/// <summary>The distribution's HAProxy with the example of <c>deploy/haproxy</c>, in which only addresses are changed. Ends with the test.</summary>
public sealed class HaProxy : IAsyncDisposable
{
    private readonly RunningProcess process;
    private readonly DirectoryInfo folder;

    private HaProxy(RunningProcess process, DirectoryInfo folder, int syncPort, int pagePort)
    {
        (this.process, this.folder, SyncPort, PagePort) = (process, folder, syncPort, pagePort);
    }

    /// <summary>Where gateways connect; TLS passes through.</summary>
    public int SyncPort { get; }

    /// <summary>Pages and REST, without TLS here.</summary>
    public int PagePort { get; }

    /// <summary>What it last printed.</summary>
    public string Output => process.Output;

    /// <param name="hubs">The replicas' ports on loopback.</param>
    public static async Task<HaProxy> StartAsync(params IReadOnlyList<(int SyncPort, int PagePort)> hubs)
    {
        int syncPort = FreePort.Take(), pagePort = FreePort.Take();
        var place = Directory.CreateTempSubdirectory("comako-haproxy-");
        string file = Path.Combine(place.FullName, "haproxy.cfg");
        await File.WriteAllLinesAsync(file, Adapt(await File.ReadAllLinesAsync(Repository.At("deploy", "haproxy", "haproxy.cfg")), hubs, syncPort, pagePort));
        var proxy = new HaProxy(RunningProcess.Start(new ProcessStartInfo("/usr/sbin/haproxy", ["-db", "-f", file])), place, syncPort, pagePort);
        await proxy.WaitAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private static IEnumerable<string> Adapt(string[] lines, IReadOnlyList<(int SyncPort, int PagePort)> hubs, int syncPort, int pagePort)
    {
        bool isSync = false;
        foreach (string line in lines)
        {
            string words = line.Trim();
            if (words.StartsWith("backend ", StringComparison.Ordinal)) isSync = words == "backend sync";
            if (words.StartsWith("bind ", StringComparison.Ordinal)) yield return Text($"    bind 127.0.0.1:{(words.Contains(" ssl ", StringComparison.Ordinal) ? pagePort : syncPort)}");
            else if (!words.StartsWith("server ", StringComparison.Ordinal)) yield return line;
            else if (words.StartsWith("server hub1 ", StringComparison.Ordinal))
                for (int i = 0; i < hubs.Count; i++) yield return Text($"    server hub{i + 1} 127.0.0.1:{(isSync ? hubs[i].SyncPort : hubs[i].PagePort)} port {hubs[i].PagePort}");
        }
    }

    private async Task WaitAsync()
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, PagePort);
                return;
            }
            catch (SocketException notYet)
            {
                if (process.HasExited || TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(20)) throw new InvalidOperationException($"HAProxy did not start: {notYet.Message} {process.Output}", notYet);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
