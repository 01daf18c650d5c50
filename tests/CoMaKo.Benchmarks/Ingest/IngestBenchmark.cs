using System.Globalization;
using CoMaKo.Hub.Host;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Ingest;

/// <summary>
/// Pushes batches of 500 fresh totals from several gateways, one in flight each, over gRPC on loopback into a running hub with SQLite on a real disk,
/// and compares with bare upserts into the same kind of table in the same run. Clients share the machine's cores with the hub.
/// Arguments: batches per gateway, gateways, folder (default: below artifacts, so on the checkout's disk); or <c>postgres</c> first, see
/// <see cref="PostgresIngestBenchmark"/>.
/// </summary>
internal static class IngestBenchmark
{
    private const int Turns = 2;

    public static int Run(string[] arguments) =>
        (arguments is ["postgres", .. var rest] ? PostgresIngestBenchmark.RunAsync(rest) : RunAsync(arguments)).GetAwaiter().GetResult();

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
        var result = await GatewayPush.RunAsync([new Uri(hub.Urls.Last())], load);
        await hub.StopAsync();
        return result;
    }
}
