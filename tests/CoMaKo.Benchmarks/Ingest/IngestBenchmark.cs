using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Host;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Ingest;

/// <summary>
/// Pushes batches of 500 fresh totals from several gateways, one in flight each, over gRPC on loopback into a running hub with SQLite on a real disk,
/// and compares with bare upserts into the same kind of table in the same run. Clients share the machine's cores with the hub.
/// Arguments: batches per gateway, gateways, folder (default: below artifacts, so on the checkout's disk).
/// </summary>
internal static class IngestBenchmark
{
    private const int Turns = 2;

    public static int Run(string[] arguments) => RunAsync(arguments).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(string[] arguments)
    {
        int batches = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 40;
        int gateways = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 16;
        string folder = arguments.Length > 2 ? arguments[2] : Repository.At("artifacts", "benchmark");
        Directory.CreateDirectory(folder);
        var load = Enumerable.Range(0, gateways).Select(number => new GatewayLoad(number, batches)).ToList();
        var warmUp = Enumerable.Range(0, gateways).Select(number => new GatewayLoad(number, 5)).ToList();
        await InNewFolderAsync(folder, async path => (await PushAsync(path, warmUp)).PerSecond);

        double ours = 0, bare = 0, p99 = 0;
        for (int turn = 0; turn < Turns; turn++)
        {
            bare = Math.Max(bare, await InNewFolderAsync(folder, path => BareUpserts.RunAsync(path, gateways, batches)));
            double rate = await InNewFolderAsync(folder, async path =>
            {
                var (perSecond, slowest) = await PushAsync(path, load);
                if (perSecond > ours) p99 = slowest;
                return perSecond;
            });
            ours = Math.Max(ours, rate);
        }

        new Figure("ingest.totals", Math.Round(ours), "totals/s", Math.Round(bare), Math.Round(ours / bare, 2)).Print();
        new Figure("ingest.batch.p99", Math.Round(p99, 1), "ms").Print();
        return 0;
    }

    private static async Task<T> InNewFolderAsync<T>(string folder, Func<string, Task<T>> run)
    {
        string path = Directory.CreateDirectory(Path.Combine(folder, Path.GetRandomFileName())).FullName;
        try
        {
            return await run(path);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static async Task<(double PerSecond, double P99Milliseconds)> PushAsync(string folder, IReadOnlyList<GatewayLoad> load)
    {
        await using var hub = HubHost.Build(new HubOptions(folder, 0, 0, IsLoopback: true, null, null), TimeProvider.System);
        await hub.StartAsync();
        var address = new Uri(hub.Urls.Last());
        var durations = new ConcurrentBag<double>();
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(load.Select(gateway => Task.Run(() => PushAsync(address, gateway, durations))));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await hub.StopAsync();
        var sorted = durations.Order().ToList();
        return (load.Sum(gateway => gateway.Batches.Count) * (double)GatewayLoad.BatchRecords / seconds, sorted[(int)(sorted.Count * 0.99)]);
    }

    private static async Task PushAsync(Uri address, GatewayLoad gateway, ConcurrentBag<double> durations)
    {
        using var connection = new GrpcConnection(address, new Dictionary<string, string> { ["comako-gateway"] = gateway.Id.Value });
        await connection.UnaryAsync(EdgeSyncMethods.Hello, gateway.Hello, TimeSpan.FromSeconds(30), CancellationToken.None);
        var ack = new Ack();
        foreach (var batch in gateway.Batches)
        {
            long start = Stopwatch.GetTimestamp();
            ack = await connection.UnaryAsync(EdgeSyncMethods.Push, batch, TimeSpan.FromSeconds(30), CancellationToken.None);
            durations.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        if (!gateway.IsComplete(ack)) throw new InvalidOperationException($"{gateway.Id}: the hub does not hold everything.");
    }
}
