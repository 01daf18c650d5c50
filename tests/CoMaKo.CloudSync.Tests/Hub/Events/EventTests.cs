using System.Diagnostics;
using System.Text.Json;
using CoMaKo.Contracts.Wire;
using CoMaKo.Hub.Events;
using CoMaKo.Testing;
using Dapper;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Events;

/// <summary>Events on their way through the distribution's RabbitMQ to a reader in Python.</summary>
[Trait("Category", "Slow")]
public sealed class EventTests
{
    /// <summary>Binds a queue (declare) or empties it (get) with pika; prints one message per line.</summary>
    private const string Reader = """
        import sys, pika
        channel = pika.BlockingConnection(pika.URLParameters(sys.argv[1] + "?connection_attempts=20&retry_delay=0.5")).channel()
        channel.exchange_declare("comako", "topic", durable=True)
        channel.queue_declare("reader", durable=True)
        channel.queue_bind("reader", "comako", sys.argv[3])
        while sys.argv[2] == "get":
            method, properties, body = channel.basic_get("reader", auto_ack=True)
            if method is None: break
            assert properties.content_type == "application/cloudevents+json" and properties.delivery_mode == 2, properties
            print(method.routing_key + " " + body.decode("utf-8"))
        """;

    [RequiresTheory(Peer.RabbitMq), OnPostgres]
    public async Task Events_WithABrokerThatIsKilled_ArriveAtLeastOnce(Engine engine)
    {
        await using var broker = await new RabbitBroker().StartAsync();
        await ReadAsync(broker, "declare", "intervals.*");
        await using var hub = await RunningHub.StartAsync(engine, broker: BrokerAddress.Parse(broker.Url).Value);
        var gateway = new TestGateway(null).Append(Begin("00:01", 1));
        using var connection = hub.Connect("gw-1");
        await connection.UnaryAsync(EdgeSyncMethods.Hello, gateway.Hello(), TimeSpan.FromSeconds(10), CancellationToken.None);
        long sent = 0;
        for (int i = 0; i < 32; i++)
        {
            gateway.Append(Total(FormattableString.Invariant($"{(i + 1) / 4:00}:{(i + 1) % 4 * 15:00}"), 2 + i));
            if (i == 10) await broker.KillAsync();
            if (i == 20) await broker.StartAsync();
            await connection.UnaryAsync(EdgeSyncMethods.Push, gateway.Batch(sent + 1, gateway.Last), TimeSpan.FromSeconds(10), CancellationToken.None);
            sent = gateway.Last;
        }

        await EmptyAsync(hub);
        var events = (await ReadAsync(broker, "get", "intervals.*")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => (Key: line.Split(' ')[0], Json: JsonDocument.Parse(line[line.IndexOf(' ', StringComparison.Ordinal)..]).RootElement)).ToList();
        var once = events.DistinctBy(happened => happened.Json.GetProperty("id").GetString()).ToList();

        Assert.Equal(32, once.Count);
        Assert.Equal(32, once.Sum(happened => happened.Json.GetProperty("data").GetProperty("totals").GetInt32()));
        Assert.Equal(32, once.Select(happened => happened.Json.GetProperty("data").GetProperty("to").GetString()).Distinct().Count());
        Assert.All(once, happened => Assert.Equal(
            ("intervals.received", "1.0", "urn:comako:hub", "intervals.received", "gw-1", "2026-06-01T10:00:00.000000Z"),
            (happened.Key, Text(happened.Json, "specversion"), Text(happened.Json, "source"), Text(happened.Json, "type"), Text(happened.Json, "subject"), Text(happened.Json, "time"))));
    }

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();

    private static async Task EmptyAsync(RunningHub hub)
    {
        using var database = CoMaKo.Hub.HubSchema.Open(hub.Place.Address);
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await using (var reader = await database.OpenReaderAsync())
                if (await reader.ExecuteScalarAsync<long>("SELECT count(*) FROM web_event") == 0) return;
            if (TimeProvider.System.GetElapsedTime(started) > TimeSpan.FromSeconds(90)) throw new TimeoutException("Events still wait after 90 s.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static async Task<string> ReadAsync(RabbitBroker broker, string action, string key)
    {
        var start = new ProcessStartInfo(Peers.Python, ["-c", Reader, broker.Url, action, key]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync();
        string output = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.True(python.ExitCode == 0, await errors);
        return output;
    }
}

/// <summary>The outbox and what leaves it, without a broker.</summary>
public sealed class EventOutboxTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Event_OfWorkThatFails_IsNotThere(Engine engine)
    {
        using var hub = new TestHub(engine);
        var outbox = new EventOutbox(hasBroker: true);
        await Assert.ThrowsAsync<InvalidOperationException>(() => hub.Database.WriteAsync(async tx =>
        {
            outbox.Append(tx, EventTypes.SettlementFinished, "BK1", 1, new { Run = 1 });
            await tx.SendAsync();
            throw new InvalidOperationException("The business said no.");
        }));
        await hub.Database.WriteAsync(tx =>
        {
            outbox.Append(tx, EventTypes.SettlementFinished, "BK2", 1, new { RunNumber = 2 });
            return ValueTask.CompletedTask;
        });

        Assert.Equal("BK2", hub.Texts("SELECT subject FROM web_event"));
        Assert.Equal("""{"run_number":2}""", hub.Texts("SELECT data FROM web_event"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Event_WithoutABroker_IsNotWritten(Engine engine)
    {
        using var hub = new TestHub(engine);
        await hub.Database.WriteAsync(tx =>
        {
            new EventOutbox(hasBroker: false).Append(tx, EventTypes.SettlementFinished, "BK1", 1, new { });
            return ValueTask.CompletedTask;
        });

        Assert.Equal(0, hub.Value<long>("SELECT count(*) FROM web_event"));
    }

    [Theory]
    [InlineData("amqp://hub:geheim@mq.example/", "amqp://mq.example:5672/")]
    [InlineData("amqps://hub:geheim@mq.example:5000/coop", "amqps://mq.example:5000/coop")]
    public void Broker_Shown_HoldsNoPassword(string address, string shown) => Assert.Equal(shown, BrokerAddress.Parse(address).Value!.ToString());

    [Theory]
    [InlineData("http://hub:geheim@mq.example/")]
    [InlineData("mq.example")]
    [InlineData("amqp://hub:geheim@mq.example/a/b")]
    public void Broker_ThatCannotBeRead_IsToldWithoutThePassword(string address)
    {
        var error = BrokerAddress.Parse(address).Error;
        Assert.Equal("CMH-1520", error!.Code);
        Assert.DoesNotContain("geheim", error.Text, StringComparison.Ordinal);
    }
}
