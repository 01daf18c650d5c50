using System.Globalization;
using System.Text.RegularExpressions;
using CoMaKo.Testing;

namespace CoMaKo.Benchmarks.Ingest;

/// <summary>
/// Pushes fresh totals over gRPC on loopback into two hub processes on one PostgreSQL server, whose commits are synced to a real disk, and compares
/// with a bare COPY and upsert into the same table in the same run. Warmed up first; the figures are those of the turn with the median ratio.
/// Clients, hubs and server share the machine's cores. Arguments: batches per gateway, gateways.
/// </summary>
internal static partial class PostgresIngestBenchmark
{
    private const int Turns = 3;

    /// <summary>The bare rows' gateways are numbered far from those that the hubs number.</summary>
    private const int BareNumbers = 1_000_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int batches = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 40;
        int gateways = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 32;
        using var server = new PostgresCluster();
        string database = server.CreateDatabase();
        string folder = Directory.CreateTempSubdirectory("comako-benchmark-").FullName;
        try
        {
            await using var first = await StartAsync(folder, server.UrlOf(database));
            await using var second = await StartAsync(folder, server.UrlOf(database));
            Uri[] hubs = [AddressOf(first), AddressOf(second)];
            int next = 0;
            await GatewayPush.RunAsync(hubs, Load(ref next, gateways, 10)); // compiles the hubs and makes the months
            await using var bare = server.Connect(database);
            await BareCopy.RunAsync(bare, BareNumbers + Take(ref next, gateways), gateways, 10);
            var turns = new List<(double Ours, double P99, double Bare)>();
            for (int turn = 0; turn < Turns; turn++)
            {
                double copied = await BareCopy.RunAsync(bare, BareNumbers + Take(ref next, gateways), gateways, batches);
                var (perSecond, p99) = await GatewayPush.RunAsync(hubs, Load(ref next, gateways, batches));
                turns.Add((perSecond, p99, copied));
            }

            Print(turns.OrderBy(turn => turn.Ours / turn.Bare).ElementAt(Turns / 2));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Print((double Ours, double P99, double Bare) median)
    {
        new Figure("ingest.postgres.totals", Math.Round(median.Ours), "totals/s", Math.Round(median.Bare), Math.Round(median.Ours / median.Bare, 2)).Print();
        new Figure("ingest.postgres.batch.p99", Math.Round(median.P99, 1), "ms").Print();
    }

    private static int Take(ref int next, int gateways)
    {
        int first = next;
        next += gateways;
        return first;
    }

    private static List<GatewayLoad> Load(ref int next, int gateways, int batches) =>
        [.. Enumerable.Range(Take(ref next, gateways), gateways).Select(number => new GatewayLoad(number, batches))];

    private static async Task<RunningProcess> StartAsync(string folder, string url)
    {
        var start = RunningProcess.Describe("CoMaKo.Hub", "comako-hub", "run", "--data", folder, "--port", "0", "--sync-port", "0", "--loopback");
        start.Environment["DATABASE_URL"] = url;
        var hub = RunningProcess.Start(start);
        long started = TimeProvider.System.GetTimestamp();
        while (Listening().Count(hub.Output) < 2)
        {
            if (hub.HasExited || TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(60)) throw new InvalidOperationException($"The hub did not start. {hub.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        return hub;
    }

    /// <summary>The sync port is announced last.</summary>
    private static Uri AddressOf(RunningProcess hub) => new(Listening().Matches(hub.Output)[^1].Groups[1].Value);

    [GeneratedRegex(@"listens at (http://\S+)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Listening();
}
