using System.Globalization;
using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Sync;

/// <summary>The real hub process is killed (SIGKILL) while a gateway sends. <c>COMAKO_HUB_KILLS</c> sets how often.</summary>
/// <remarks>Each engine is a class of its own, so that they run side by side: hubs that start again mostly wait.</remarks>
[Trait("Category", "Slow")]
public sealed class HubKillTests
{
    [Fact]
    public Task Hub_KilledBetweenCommitAndAnswer_HasEveryTotalOnce() => HubKills.BetweenCommitAndAnswerAsync(Engine.Sqlite, HubKills.Count);

    [Fact]
    public Task Hub_KilledAtRandomPointsOfABatch_HasEveryTotalOnce() => HubKills.AtRandomPointsAsync(Engine.Sqlite, HubKills.Count / 4);
}

/// <summary>The same on a server. The protocol is the same there; what differs are the transactions, which fewer kills meet.</summary>
[Trait("Category", "Slow")]
public sealed class HubOnPostgresKillTests
{
    [RequiresFact(Peer.Postgres)]
    public Task Hub_KilledBetweenCommitAndAnswer_HasEveryTotalOnce() => HubKills.BetweenCommitAndAnswerAsync(Engine.Postgres, Math.Max(8, HubKills.Count / 4));

    [RequiresFact(Peer.Postgres)]
    public Task Hub_KilledAtRandomPointsOfABatch_HasEveryTotalOnce() => HubKills.AtRandomPointsAsync(Engine.Postgres, HubKills.Count / 4);
}

internal static class HubKills
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static int Count { get; } = int.Parse(Environment.GetEnvironmentVariable("COMAKO_HUB_KILLS") ?? "100", CultureInfo.InvariantCulture);

    public static async Task BetweenCommitAndAnswerAsync(Engine engine, int kills)
    {
        await using var hub = await new HubProcess(engine).StartAsync();
        await using var proxy = new FaultProxy(hub.SyncPort);
        await using var gateway = new BufferedGateway(proxy.Address);
        await gateway.StartAsync();
        await gateway.SyncedAsync();
        for (int kill = 0; kill < kills; kill++)
        {
            var answered = proxy.CutNextAnswerAsync();
            await gateway.BookAsync(20);
            await answered.WaitAsync(Limit);
            await hub.KillAsync();
            await hub.StartAsync();
        }

        await gateway.SyncedAsync();
        ExactlyOnceTests.AssertOnce(hub, gateway);
    }

    public static async Task AtRandomPointsAsync(Engine engine, int kills)
    {
        await using var hub = await new HubProcess(engine).StartAsync();
        await using var gateway = new BufferedGateway(hub.SyncAddress);
        await gateway.StartAsync();
        var random = new Random(1);
        for (int kill = 0; kill < kills; kill++)
        {
            await gateway.BookAsync(30);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(30)), TimeProvider.System);
            await hub.KillAsync();
            await hub.StartAsync();
        }

        await gateway.SyncedAsync();
        ExactlyOnceTests.AssertOnce(hub, gateway);
    }
}
