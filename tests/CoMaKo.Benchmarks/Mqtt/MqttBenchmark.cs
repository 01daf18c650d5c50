using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Mqtt;

/// <summary>
/// Messages that the whole gateway takes in from a real mosquitto: eight meters, fed by mosquitto's own client, each message decoded, judged, shown and booked.
/// Publishers and broker run on the same cores. Arguments: seconds to run (default 30). Exit code 1 below 10 000 messages a second or when a message is lost.
/// </summary>
internal static partial class MqttBenchmark
{
    private const int Meters = 8, Rate = 10_000, PerBatch = 25; // 20 ms of one meter
    private const double TicksPerSecond = 100; // USER_HZ of Linux
    private const double BoundPerSecond = Rate * 0.999; // the last batch may be cut

    public static int Run(string[] arguments) => RunAsync(arguments is [var text] ? int.Parse(text, CultureInfo.InvariantCulture) : 30).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(int seconds)
    {
        await using var broker = await MosquittoBroker.StartAsync(new(Lines: ["max_queued_messages 0", "set_tcp_nodelay true"]));
        string folder = Directory.CreateTempSubdirectory("comako-mqtt-bench-").FullName;
        int port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(folder, "building.yaml"), BuildingFile(broker.Port));
        await using var gateway = RunningProcess.Start(RunningProcess.Describe(
            "CoMaKo.Edge", "comako-edge", "run", "--building", Path.Combine(folder, "building.yaml"), "--data", Path.Combine(folder, "data"), "--port", Text(port)));
        using var http = new HttpClient { BaseAddress = new Uri(FormattableString.Invariant($"http://127.0.0.1:{port}")), Timeout = TimeSpan.FromSeconds(10) };
        var meters = Enumerable.Range(0, Meters).Select(i => Publisher(broker.Port, i)).ToArray();
        try
        {
            await WarmUpAsync(http, meters, gateway);
            return await MeasureAsync(http, meters, gateway, seconds);
        }
        finally
        {
            foreach (var meter in meters)
            {
                meter.StandardInput.Close();
                await meter.WaitForExitAsync();
                meter.Dispose();
            }

            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> MeasureAsync(HttpClient http, Process[] meters, RunningProcess gateway, int seconds)
    {
        long before = await TakenAsync(http);
        double cpu = CpuSeconds(gateway.Id);
        long began = TimeProvider.System.GetTimestamp();
        long sent = 0;
        while (sent < (long)seconds * Rate)
        {
            foreach (var meter in meters) Send(meter, sent / Meters, PerBatch);
            sent += PerBatch * Meters;
            var ahead = TimeSpan.FromSeconds((double)sent / Rate) - TimeProvider.System.GetElapsedTime(began);
            if (ahead > TimeSpan.Zero) await Task.Delay(ahead, TimeProvider.System);
        }

        double took = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        double share = 100 * (CpuSeconds(gateway.Id) - cpu) / took;
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System); // what is still on its way
        long taken = await TakenAsync(http) - before;
        new Figure("mqtt.taken", taken / took, "messages/s", Rate, taken / took / Rate).Print();
        new Figure("mqtt.lost", sent - taken, "messages", 0).Print();
        new Figure("mqtt.cpu", share, "% of one core").Print();
        new Figure("mqtt.anonymous_memory", AnonymousMegabytes(gateway.Id), "MB").Print();
        return taken / took >= BoundPerSecond && taken == sent && !gateway.HasExited ? 0 : 1;
    }

    /// <summary>Until every meter is read, and then for as long as the compiler needs for what is called often.</summary>
    private static async Task WarmUpAsync(HttpClient http, Process[] meters, RunningProcess gateway)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(10))
        {
            if (gateway.HasExited) throw new InvalidOperationException(gateway.Output);
            foreach (var meter in meters) Send(meter, 0, PerBatch);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        if (await TakenAsync(http) == 0) throw new InvalidOperationException($"Nothing arrives. {gateway.Output}");
    }

    /// <summary>Energy grows by 0.1 Wh each 100 messages, below what the connection carries.</summary>
    private static void Send(Process meter, long from, int count)
    {
        for (long i = from; i < from + count; i++)
        {
            meter.StandardInput.Write(FormattableString.Invariant(
                $"{{\"Time\":\"2026-06-01T12:00:00\",\"SML\":{{\"Total_in\":{1000 + i / 100 / 10_000m:0.0000},\"Total_out\":12.5,\"Power_curr\":{i % 5000},\"power_l1\":{i % 1000},\"power_l2\":-400,\"power_l3\":433.5,\"voltage_l1\":231.1}}}}\n"));
        }

        meter.StandardInput.Flush();
    }

    private static Process Publisher(int port, int meter) => Process.Start(new ProcessStartInfo(
        "mosquitto_pub", ["-h", "127.0.0.1", "-p", Text(port), "-q", "0", "-l", "-t", FormattableString.Invariant($"tele/meter{meter}/SENSOR")])
    {
        UseShellExecute = false, RedirectStandardInput = true,
    })!;

    private static string BuildingFile(int brokerPort)
    {
        var devices = Enumerable.Range(0, Meters).Select(i => FormattableString.Invariant(
            $"  - {{ id: m{i}, role: {(i == 0 ? "grid" : "load")}, bus: broker, mqtt: {{ format: tasmota-sml, topic: tele/meter{i}/SENSOR }} }}"));
        return FormattableString.Invariant(
            $"building: Benchmark\ngateway: gw-bench\ntimeZone: Europe/Berlin\nbuses:\n  - {{ id: broker, mqtt: \"127.0.0.1:{brokerPort}\" }}\ndevices:\n{string.Join('\n', devices)}\n");
    }

    /// <summary>Good messages of all meters, from the gateway's own metrics.</summary>
    private static async Task<long> TakenAsync(HttpClient http) =>
        GoodFrames().Matches(await http.GetStringAsync("/metrics")).Sum(m => long.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture));

    private static double CpuSeconds(int id)
    {
        string stat = File.ReadAllText($"/proc/{id}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    private static double AnonymousMegabytes(int id)
    {
        string text = File.ReadLines($"/proc/{id}/status").First(field => field.StartsWith("RssAnon:", StringComparison.Ordinal));
        return long.Parse(text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1000.0 * 1.024;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^comako_edge_meter_frames_total\{[^}]*result=""ok""[^}]*\} ([0-9]+)", RegexOptions.Multiline | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex GoodFrames();
}
