using System.Globalization;
using CoMaKo.Benchmarks.Reconnect;

namespace CoMaKo.Benchmarks.Ingest;

/// <summary>
/// Pushes fresh totals over gRPC on loopback into two hub processes on one PostgreSQL server, whose commits are synced to a real disk, and compares
/// with a bare COPY and upsert into the same table in the same run. Warmed up first; the figures are those of the turn with the median ratio.
/// Clients, hubs and server share the machine's cores. Bound: half of the bare rows. Arguments: batches per gateway, gateways.
/// </summary>
internal static class PostgresIngestBenchmark
{
    private const int Turns = 3;

    /// <summary>Of what the bare rows reach.</summary>
    private const double LeastShare = 0.5;

    /// <summary>The bare rows' gateways are numbered far from those that the hubs number.</summary>
    private const int BareNumbers = 1_000_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        int batches = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 40;
        int gateways = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 32;
        await using var group = new HubGroup();
        for (int i = 0; i < 2; i++) await group.StartAsync(authority: null);
        Uri[] hubs = [.. group.Ports.Select(hub => new Uri(FormattableString.Invariant($"http://127.0.0.1:{hub.SyncPort}")))];
        int next = 0;
        await GatewayPush.RunAsync(hubs, Load(ref next, gateways, 10)); // compiles the hubs and makes the months
        await using var bare = group.Server.Connect(group.Database);
        await BareCopy.RunAsync(bare, BareNumbers + Take(ref next, gateways), gateways, 10);
        var turns = new List<(double Ours, double P99, double Bare)>();
        for (int turn = 0; turn < Turns; turn++)
        {
            double copied = await BareCopy.RunAsync(bare, BareNumbers + Take(ref next, gateways), gateways, batches);
            var (perSecond, p99) = await GatewayPush.RunAsync(hubs, Load(ref next, gateways, batches));
            turns.Add((perSecond, p99, copied));
        }

        var median = turns.OrderBy(turn => turn.Ours / turn.Bare).ElementAt(Turns / 2);
        Print(median);
        return median.Ours >= LeastShare * median.Bare ? 0 : 1;
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
}
