using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using CoMaKo.Benchmarks.Ingest;
using CoMaKo.Contracts.Wire;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.Benchmarks.Reconnect;

/// <summary>
/// 1 000 gateways of 10 registers come back at the same moment after a day without the hub: mutual TLS through HAProxy to two hubs on one PostgreSQL
/// server. Each is one connection with one batch in flight that obeys the hub's <c>retry_after</c>. Clients, proxy, hubs and server share the machine's
/// cores. Bounds: all drained 60 s after the first Hello was sent; 99 of 100 batches answered within 2 s of the last byte of their body, as the hubs
/// count it (comako_hub_ingest_answer_seconds; the client's own wait from the begin of the call is printed beside it); in the end each total is there
/// once. Arguments: gateways, hubs.
/// </summary>
internal static class ReconnectBenchmark
{
    /// <summary>100 quarter hours of 10 registers: a day and an hour.</summary>
    private const int Batches = 2;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static int Run(string[] arguments) => RunAsync(arguments).GetAwaiter().GetResult();

    private static async Task<int> RunAsync(string[] arguments)
    {
        int gateways = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1000;
        int hubs = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 2;
        using var authority = new TestAuthority();
        await using var group = new HubGroup();
        for (int i = 0; i < hubs; i++) await group.StartAsync(authority);
        await using var proxy = await HaProxy.StartAsync(group.Ports);
        var address = new Uri(FormattableString.Invariant($"https://localhost:{proxy.SyncPort}"));
        await Task.WhenAll(Enumerable.Range(0, 32).Select(i => new Returning(new GatewayLoad(50_000 + i, 10), authority, address, []).RunAsync())); // compiles the hubs, makes the months
        var answers = new ConcurrentBag<double>();
        var returning = Enumerable.Range(0, gateways).Select(i => new Returning(new GatewayLoad(i, Batches), authority, address, answers)).ToList();
        var before = await group.AnsweredAsync("2");
        GC.Collect();

        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(returning.Select(gateway => Task.Run(gateway.RunAsync)));
        double drained = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var sorted = answers.Order().ToList();
        double p99 = sorted[(int)(sorted.Count * 0.99)];
        var after = await group.AnsweredAsync("2");
        double within = (after.Within - before.Within) / (after.All - before.All);
        bool isExact = await IsExactAsync(group, gateways);
        new Figure("reconnect.drained", Math.Round(drained, 1), "s", 60, Math.Round(drained / 60, 2)).Print();
        new Figure("reconnect.ack.within_2s", Math.Round(within, 4), "share", 0.99).Print();
        new Figure("reconnect.call.p99", Math.Round(p99), "ms").Print();
        new Figure("reconnect.told_to_come_back", returning.Sum(gateway => gateway.ToldToComeBack), "calls").Print();
        new Figure("reconnect.lost_or_doubled", isExact ? 0 : 1, "", 0).Print();
        return drained <= 60 && within >= 0.99 && isExact ? 0 : 1;
    }

    /// <summary>Counts beside the hub's code: each gateway's keys once, with its values, and nothing aside.</summary>
    private static async Task<bool> IsExactAsync(HubGroup group, int gateways)
    {
        await using var connection = group.Server.Connect(group.Database);
        var rows = (await connection.QueryAsync<(string Name, long Rows, long Keys, long Sum)>("""
            SELECT g.name, count(*), count(DISTINCT (t.register_id, t.slot_end)), sum(t.total_wh)::bigint FROM met_total t JOIN ing_gateway g ON g.gateway_id = t.gateway_id GROUP BY g.name
            """)).ToDictionary(row => row.Name, StringComparer.Ordinal);
        long aside = await connection.QuerySingleAsync<long>("SELECT (SELECT count(*) FROM met_conflict) + (SELECT count(*) FROM ing_parked)");
        return aside == 0 && Enumerable.Range(0, gateways).All(number =>
        {
            var keys = Enumerable.Range(0, Batches).SelectMany(batch => GatewayLoad.Keys(number, batch)).ToList();
            return rows.TryGetValue(GatewayLoad.NameOf(number), out var row) && row.Rows == keys.Count && row.Keys == keys.Count && row.Sum == keys.Sum(key => key.Total);
        });
    }

    /// <summary>One gateway that comes back.</summary>
    private sealed class Returning(GatewayLoad load, TestAuthority authority, Uri address, ConcurrentBag<double> answers)
    {
        private readonly Random jitter = new((int)load.Epoch);
        private readonly SslClientAuthenticationOptions tls = new() { ClientCertificates = [authority.IssueGateway(load.Id.Value)], CertificateChainPolicy = authority.TrustPolicy() };

        public int ToldToComeBack { get; private set; }

        public async Task RunAsync()
        {
            using var connection = new GrpcConnection(address, tls: tls);
            var mark = (await UntilTakenAsync(() => connection.UnaryAsync(EdgeSyncMethods.Hello, load.Hello, Deadline, CancellationToken.None))).Mark;
            while (mark.AckedSequence < load.Batches.Count * (long)GatewayLoad.BatchRecords)
            {
                var batch = load.Batches[(int)(mark.AckedSequence / GatewayLoad.BatchRecords)];
                mark = (await UntilTakenAsync(async () =>
                {
                    long start = Stopwatch.GetTimestamp();
                    var ack = await connection.UnaryAsync(EdgeSyncMethods.Push, batch, Deadline, CancellationToken.None);
                    answers.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                    return ack;
                })).Mark;
            }
        }

        /// <summary>Comes back as often as it is told to, with jitter as the gateway's own line has it.</summary>
        private async Task<T> UntilTakenAsync<T>(Func<Task<T>> call)
        {
            for (int attempt = 0; ; attempt++)
            {
                try
                {
                    return await call();
                }
                catch (GrpcStatusException refused) when (refused.Status is GrpcStatusCode.ResourceExhausted or GrpcStatusCode.Unavailable or GrpcStatusCode.DeadlineExceeded && attempt < 30)
                {
                    ToldToComeBack++;
                    await Task.Delay((refused.RetryAfter ?? TimeSpan.Zero) + (TimeSpan.FromSeconds(Math.Min(1 << attempt, 60)) * jitter.NextDouble()), TimeProvider.System);
                }
            }
        }
    }
}
