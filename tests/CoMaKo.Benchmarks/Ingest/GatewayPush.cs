using System.Collections.Concurrent;
using System.Diagnostics;
using CoMaKo.Contracts.V1;
using CoMaKo.Contracts.Wire;

namespace CoMaKo.Benchmarks.Ingest;

/// <summary>Pushes all that gateways hold over gRPC, one batch in flight each.</summary>
internal static class GatewayPush
{
    /// <param name="hubs">Sync ports; gateways are dealt out to them in turn.</param>
    public static async Task<(double PerSecond, double P99Milliseconds)> RunAsync(IReadOnlyList<Uri> hubs, IReadOnlyList<GatewayLoad> load)
    {
        var durations = new ConcurrentBag<double>();
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(load.Select((gateway, i) => Task.Run(() => PushAsync(hubs[i % hubs.Count], gateway, durations))));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
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
