using CoMaKo.CloudSync.Tests.Hub;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.HubStorage;

/// <summary>Signals between those who write and those who wait.</summary>
public sealed class SignalTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Signal_OfWorkThatFails_WakesNobody(Engine engine)
    {
        using var place = new TestDatabase(engine);
        using var database = CoMaKo.Hub.HubSchema.Open(place.Address);
        await ListeningAsync(database);
        var failed = database.NextSignal("failed");
        var done = database.NextSignal("done");
        await Assert.ThrowsAsync<InvalidOperationException>(() => database.WriteAsync(async tx =>
        {
            tx.Signal("failed");
            await tx.SendAsync();
            throw new InvalidOperationException("The business said no.");
        }));
        await SignalAsync(database, "done");

        await done.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(failed.IsCompleted);
    }

    [Theory, OnPostgres]
    public async Task Listener_ThatLostItsLine_WakesAllAndListensAgain(Engine engine)
    {
        using var place = new TestDatabase(engine);
        using var database = CoMaKo.Hub.HubSchema.Open(place.Address);
        using var other = CoMaKo.Hub.HubSchema.Open(place.Address);
        await ListeningAsync(database);
        var waiting = database.NextSignal("anything");
        using (var server = PostgresCluster.Instance.Connect(place.Name!))
            Assert.Single(await server.QueryAsync<bool>("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'comako-hub listener' AND datname = current_database()"));

        await waiting.WaitAsync(TimeSpan.FromSeconds(30)); // something may have been missed
        var again = database.NextSignal("again");
        await SignalAsync(other, "again");
        await again.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>The line opens with the first who waits; from then on signals come.</summary>
    private static async Task ListeningAsync(HubDatabase database)
    {
        var first = database.NextSignal("first");
        while (!first.IsCompleted)
        {
            await SignalAsync(database, "first");
            await Task.WhenAny(first, Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System));
        }
    }

    private static Task SignalAsync(HubDatabase database, string topic) => database.WriteAsync(tx =>
    {
        tx.Signal(topic);
        return ValueTask.CompletedTask;
    });
}
