using CoMaKo.Testing;

namespace CoMaKo.Integration.Tests.Sync;

/// <summary>The real hub process, real sockets, the real store and uplink: what the simulation shows in the small, once more with everything real.</summary>
[Trait("Category", "Slow")]
public sealed class ExactlyOnceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [RequiresFact(Peer.Postgres)]
    public async Task Server_ThatCrashesAgainAndAgain_HasEveryTotalOnce()
    {
        using var server = new PostgresCluster();
        await using var hub = await new HubProcess(Engine.Postgres, server).StartAsync();
        await using var gateway = new BufferedGateway(hub.SyncAddress);
        await gateway.StartAsync();
        var random = new Random(2);
        for (int crash = 0; crash < 8; crash++)
        {
            await gateway.BookAsync(50);
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(60)), TimeProvider.System);
            await server.CrashAsync();
        }

        await gateway.SyncedAsync();
        AssertOnce(hub, gateway);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Outage_OfADay_IsCaughtUp(Engine engine)
    {
        await using var hub = new HubProcess(engine);
        await using var gateway = new BufferedGateway(hub.SyncAddress, registerCount: 40);
        await gateway.StartAsync();
        await gateway.BookAsync(96);
        await Until.HoldsAsync(() => Task.FromResult(gateway.Uplink!.Status.Problem is not null), "the gateway has noticed that nobody is there");
        Assert.Equal("CME-1802", gateway.Uplink!.Status.Problem?.Code);

        await hub.StartAsync();
        await gateway.SyncedAsync();

        AssertOnce(hub, gateway);
        Assert.Null(gateway.Uplink.Status.Problem);
        Assert.NotNull(gateway.Uplink.Status.ConnectedSince);
    }

    [Fact]
    public async Task DiskImage_RestoredAfterMoreWasSent_LosesAndDoublesNothing()
    {
        await using var hub = await new HubProcess().StartAsync();
        await using var gateway = new BufferedGateway(hub.SyncAddress);
        await gateway.StartAsync();
        await gateway.BookAsync(50);
        await gateway.SyncedAsync();
        await gateway.StopAsync();
        string image = Path.Combine(hub.Data, "gateway-image");
        CopyFolder(gateway.Store, image);
        await gateway.StartAsync();
        await gateway.BookAsync(30);
        await gateway.SyncedAsync();
        var before = (await gateway.StateAsync()).Epoch;

        await gateway.StopAsync();
        Directory.Delete(gateway.Store, recursive: true);
        CopyFolder(image, gateway.Store);
        await gateway.StartAsync();
        await gateway.BookAsync(60, surplus: 1);
        await gateway.SyncedAsync();

        Assert.NotEqual(before, (await gateway.StateAsync()).Epoch);
        AssertOnce(hub, gateway);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task OldConnection_ThatDeliversLate_ChangesNothing(Engine engine)
    {
        await using var hub = await new HubProcess(engine).StartAsync();
        await using var proxy = new FaultProxy(hub.SyncPort);
        await using var gateway = new BufferedGateway(proxy.Address);
        await gateway.StartAsync();
        await gateway.SyncedAsync();
        var holding = proxy.HoldNextBatchAsync();
        await gateway.BookAsync(20);
        var held = await holding.WaitAsync(Limit);
        await gateway.SyncedAsync(); // over a new connection
        await gateway.BookAsync(20);
        await gateway.SyncedAsync();
        long batches = hub.Count("ing_batch");

        await held.ArriveAsync();

        Assert.Equal(batches, hub.Count("ing_batch"));
        await gateway.BookAsync(20);
        await gateway.SyncedAsync();
        AssertOnce(hub, gateway);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Hub_RestoredFromABackup_IsFilledAgain(Engine engine)
    {
        await using var hub = await new HubProcess(engine).StartAsync();
        await using var gateway = new BufferedGateway(hub.SyncAddress);
        await gateway.StartAsync();
        await gateway.BookAsync(50);
        await gateway.SyncedAsync();
        await hub.KillAsync();
        hub.BackUp();
        await hub.StartAsync();
        await gateway.BookAsync(50);
        await gateway.SyncedAsync();
        var before = (await gateway.StateAsync()).Epoch;

        await hub.KillAsync();
        hub.Restore();
        await hub.StartAsync();
        Assert.NotEqual(gateway.Booked.Count, hub.Count("met_total"));
        await gateway.BookAsync(1);

        await Until.HoldsAsync(() => Task.FromResult(hub.Count("met_total") == gateway.Booked.Count), "the hub is filled again");
        await gateway.SyncedAsync();
        AssertOnce(hub, gateway);
        Assert.Equal(before, (await gateway.StateAsync()).Epoch);
    }

    internal static void AssertOnce(HubProcess hub, BufferedGateway gateway)
    {
        using var tables = hub.Tables();
        var totals = tables.Totals();
        Assert.Equal(gateway.Booked.Count, totals.Count);
        Assert.All(gateway.Booked, booked => Assert.Equal(booked.Value, totals[booked.Key]));
        Assert.Equal((0, 0), (hub.Count("met_conflict"), hub.Count("ing_parked")));
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
