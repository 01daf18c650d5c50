using System.Net;
using System.Net.Sockets;
using System.Text;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Devices.Tests.Mqtt;

/// <summary>What every <see cref="IMqttSession"/> keeps, against a real mosquitto.</summary>
public abstract class MqttSessionContract
{
    /// <summary>For a machine that is busy with other work. That a gateway is back within 5 s is held to by MqttLineTests.</summary>
    private static readonly TimeSpan End = TimeSpan.FromSeconds(30);

    private static readonly CancellationTokenSource Limit = new(TimeSpan.FromMinutes(5), TimeProvider.System);

    /// <summary>The part under test.</summary>
    protected abstract IMqttSession Create(MqttSettings settings);

    [RequiresFact(Peer.Mosquitto)]
    public async Task Inbox_MessageOfItsTopic_ArrivesWithItsBytes()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var session = Session(broker.Port);
        var inbox = session.Subscribe(["tele/meter/SENSOR"]);
        await StartAsync(session);
        await MosquittoTools.PublishAsync(broker.Port, "tele/other/SENSOR", "no");
        await MosquittoTools.PublishAsync(broker.Port, "tele/meter/SENSOR", "{\"Zähler\":1}");

        var message = await inbox.ReadAsync(Limit.Token);

        Assert.Equal(("tele/meter/SENSOR", "{\"Zähler\":1}", false), (message.Topic, Encoding.UTF8.GetString(message.Payload.Span), message.IsRetained));
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task Inbox_RetainedMessage_IsMarked()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await MosquittoTools.PublishAsync(broker.Port, "a", "old", retain: true);
        await using var session = Session(broker.Port);
        var inbox = session.Subscribe(["a"]);
        await StartAsync(session);
        Assert.True((await inbox.ReadAsync(Limit.Token)).IsRetained);

        await MosquittoTools.PublishAsync(broker.Port, "a", "new", retain: true);
        Assert.False((await inbox.ReadAsync(Limit.Token)).IsRetained);
    }

    [RequiresTheory(Peer.Mosquitto)]
    [InlineData(65_536, true)]
    [InlineData(65_537, false)]
    [InlineData(1_000_000, false)]
    public async Task Inbox_PayloadAroundTheLimit_KeepsOnlyWhatFits(int size, bool kept)
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var session = Session(broker.Port);
        var inbox = session.Subscribe(["a"]);
        await StartAsync(session);
        await MosquittoTools.PublishAsync(broker.Port, "a", new string('7', size));

        var message = await inbox.ReadAsync(Limit.Token);

        Assert.Equal((size, kept ? size : 0), (message.Size, message.Payload.Length));
        Assert.Equal(kept ? 0 : 1, session.Status.TooLarge);
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task Inbox_SlowReader_LosesTheOldestAndCounts()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var session = Session(broker.Port);
        var inbox = session.Subscribe(["a"], capacity: 3);
        var last = session.Subscribe(["end"]);
        await StartAsync(session);
        for (int i = 0; i < 10; i++) await MosquittoTools.PublishAsync(broker.Port, "a", FormattableString.Invariant($"{i}"));
        await MosquittoTools.PublishAsync(broker.Port, "end", "x");
        await last.ReadAsync(Limit.Token);

        Assert.Equal(7, inbox.Dropped);
        Assert.Equal("7", Encoding.UTF8.GetString((await inbox.ReadAsync(Limit.Token)).Payload.Span));
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task Inbox_BrokerKilled_SaysSoOnceAndGoesOnAfterwards()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var session = Session(broker.Port);
        var inbox = session.Subscribe(["a"]);
        await StartAsync(session);
        await broker.KillAsync();
        var lost = await Assert.ThrowsAsync<LinkException>(async () => await inbox.ReadAsync(Limit.Token));
        Assert.Equal("CME-2503", lost.Code);

        await broker.StartAgainAsync();
        long began = TimeProvider.System.GetTimestamp();
        await UntilAsync(session, s => s.IsConnected);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, End);
        inbox.Clear();
        await MosquittoTools.PublishAsync(broker.Port, "a", "fresh");
        Assert.Equal("fresh", Encoding.UTF8.GetString((await inbox.ReadAsync(Limit.Token)).Payload.Span));
    }

    [RequiresFact(Peer.Mosquitto)]
    [Trait("Category", "Slow")]
    public async Task Session_BrokerFrozen_IsFoundOutByKeepAlive()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var session = Create(new("127.0.0.1", broker.Port, "frozen") { KeepAlive = Duration.FromSeconds(5) });
        await StartAsync(session);
        broker.Freeze(true);
        try
        {
            await UntilAsync(session, s => !s.IsConnected);
        }
        finally
        {
            broker.Freeze(false);
        }

        await UntilAsync(session, s => s.IsConnected);
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task Session_NoBroker_SaysWhere()
    {
        await using var session = Session(1);
        var inbox = session.Subscribe(["a"]);
        session.Start();
        var wrong = await Assert.ThrowsAsync<LinkException>(async () => await inbox.ReadAsync(Limit.Token));
        Assert.Equal("CME-2502", wrong.Code);
        Assert.Contains("127.0.0.1:1", wrong.Message, StringComparison.Ordinal);
        Assert.False(session.Publish("a", "1"u8, retain: false));
        Assert.Equal(1, session.Status.Unsent);
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task Session_HostThatAnswersNothing_IsGivenUpAndTriedAgain()
    {
        // A full queue of connections that nobody accepts: the kernel answers no further one.
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        deaf.Listen(1);
        var waiting = Enumerable.Range(0, 4).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false }).ToList();
        foreach (var socket in waiting)
        {
            try
            {
                await socket.ConnectAsync(deaf.LocalEndPoint!).WaitAsync(TimeSpan.FromMilliseconds(200));
            }
            catch (TimeoutException)
            {
                // It hangs, as it should.
            }
        }

        await using var session = Session(((IPEndPoint)deaf.LocalEndPoint!).Port);
        var inbox = session.Subscribe(["a"]);
        long began = TimeProvider.System.GetTimestamp();
        session.Start();
        Assert.Equal("CME-2502", (await Assert.ThrowsAsync<LinkException>(async () => await inbox.ReadAsync(Limit.Token))).Code);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, End); // the system itself would wait for minutes
        foreach (var socket in waiting) socket.Dispose();
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task Session_WrongPassword_SaysWhoIsRefused()
    {
        string folder = Directory.CreateTempSubdirectory("comako-mqtt-").FullName;
        string right = Path.Combine(folder, "right"), wrong = Path.Combine(folder, "wrong");
        await File.WriteAllTextAsync(right, "s3cret\n");
        await File.WriteAllTextAsync(wrong, "guess\n");
        await using var broker = await MosquittoBroker.StartAsync(new(("gateway", "s3cret")));
        await using (var bad = Create(new("127.0.0.1", broker.Port, "bad") { User = "gateway", PasswordFile = wrong }))
        {
            var inbox = bad.Subscribe(["a"]);
            bad.Start();
            var refused = await Assert.ThrowsAsync<LinkException>(async () => await inbox.ReadAsync(Limit.Token));
            Assert.Equal("CME-2504", refused.Code);
            Assert.Contains("'gateway'", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("guess", refused.Message, StringComparison.Ordinal);
        }

        await using (var none = Create(new("127.0.0.1", broker.Port, "none") { User = "gateway", PasswordFile = Path.Combine(folder, "missing") }))
        {
            var inbox = none.Subscribe(["a"]);
            none.Start();
            Assert.Equal("CME-2507", (await Assert.ThrowsAsync<LinkException>(async () => await inbox.ReadAsync(Limit.Token))).Code);
        }

        await using var good = Create(new("127.0.0.1", broker.Port, "good") { User = "gateway", PasswordFile = right });
        await StartAsync(good);
        Directory.Delete(folder, recursive: true);
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task Will_SessionDisposed_IsSaidByTheGateway()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var watcher = Session(broker.Port);
        var inbox = watcher.Subscribe(["g/status"]);
        await StartAsync(watcher);
        var session = Create(new("127.0.0.1", broker.Port, "g"));
        session.SetWill("g/status", "offline"u8.ToArray());
        session.Connected += () => session.Publish("g/status", "online"u8, retain: true);
        await StartAsync(session);
        Assert.Equal("online", Encoding.UTF8.GetString((await inbox.ReadAsync(Limit.Token)).Payload.Span));

        await session.DisposeAsync();

        Assert.Equal("offline", Encoding.UTF8.GetString((await inbox.ReadAsync(Limit.Token)).Payload.Span));
    }

    [RequiresFact(Peer.Mosquitto)]
    [Trait("Category", "Slow")]
    public async Task Publish_FromManyThreadsWhileTheBrokerDies_NeitherHangsNorCrashes()
    {
        await using var broker = await MosquittoBroker.StartAsync();
        await using var session = Session(broker.Port);
        await StartAsync(session);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested) session.Publish("load", "12345678"u8, retain: false);
        })).ToArray();
        for (int i = 0; i < 5; i++)
        {
            await broker.KillAsync();
            await broker.StartAgainAsync();
            long before = session.Status.Connections;
            await UntilAsync(session, s => s.IsConnected && s.Connections >= before);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.True(session.Status.Unsent > 0);
    }

    [Fact]
    public void Subscribe_Wildcard_IsRefused() => Assert.Throws<ArgumentException>(() => Session(1).Subscribe(["tele/+/SENSOR"]));

    private IMqttSession Session(int port) => Create(new("127.0.0.1", port, $"test-{Guid.NewGuid():n}"));

    private static async Task StartAsync(IMqttSession session)
    {
        session.Start();
        await UntilAsync(session, s => s.IsConnected);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System); // the subscriptions are on their way
    }

    private static async Task UntilAsync(IMqttSession session, Func<MqttStatus, bool> condition)
    {
        long began = TimeProvider.System.GetTimestamp();
        while (!condition(session.Status))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < End, $"It did not come about: {session.Status}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
