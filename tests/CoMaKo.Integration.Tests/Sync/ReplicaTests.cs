using System.Globalization;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Sync;

/// <summary>Three real hubs on one PostgreSQL database behind the distribution's HAProxy, killed in turn while gateways send.</summary>
[Trait("Category", "Slow")]
public sealed class ReplicaTests
{
    private static readonly int Kills = Environment.GetEnvironmentVariable("COMAKO_FULL") is "1" ? 100 : 8;

    [RequiresFact(Peer.Postgres, Peer.HaProxy)]
    public async Task Replicas_KilledAtRandomWhileGatewaysSend_HaveEveryTotalOnce()
    {
        await using var first = await new HubProcess(Engine.Postgres).StartAsync();
        await using var second = await new HubProcess(first).StartAsync();
        await using var third = await new HubProcess(first).StartAsync();
        HubProcess[] hubs = [first, second, third];
        await using var proxy = await HaProxy.StartAsync([.. hubs.Select(hub => (hub.SyncPort, hub.Port))]);
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{proxy.SyncPort}"));
        var gateways = Enumerable.Range(1, 6).Select(number => new BufferedGateway(address, number: number)).ToList();
        foreach (var gateway in gateways) await gateway.StartAsync();
        var random = new Random(4);
        for (int kill = 0; kill < Kills; kill++)
        {
            foreach (var gateway in gateways) await gateway.BookAsync(100);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(60)), TimeProvider.System);
            var victim = hubs[random.Next(hubs.Length)];
            await victim.KillAsync();
            foreach (var gateway in gateways) await gateway.BookAsync(20);
            if (kill % 2 == 0) foreach (var gateway in gateways) await gateway.SyncedAsync(); // two replicas are enough
            await victim.StartAsync();
        }

        foreach (var gateway in gateways) await gateway.SyncedAsync();
        using (var tables = first.Tables())
        {
            var totals = tables.Totals();
            Assert.Equal(gateways.Sum(gateway => gateway.Booked.Count), totals.Count);
            Assert.All(gateways.SelectMany(gateway => gateway.Booked), booked => Assert.Equal(booked.Value, totals[booked.Key]));
        }

        Assert.Equal((0, 0), (first.Count("met_conflict"), first.Count("ing_parked")));
        foreach (var gateway in gateways) await gateway.DisposeAsync();
    }
}
