using CoMaKo.Testing;

namespace CoMaKo.Devices.Tests.Mqtt;

/// <summary>What every <see cref="IMqttSession"/> keeps of TLS, against a real mosquitto.</summary>
public abstract class MqttTlsContract
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    /// <summary>The part under test.</summary>
    protected abstract IMqttSession Create(MqttSettings settings);

    [RequiresFact(Peer.Mosquitto)]
    public async Task Session_BrokerThatItsAuthorityVouchesFor_IsConnected()
    {
        using var certificates = new MqttCertificates();
        await using var broker = await MosquittoBroker.StartAsync(new(Tls: certificates.Folder));
        await using var session = Session(broker.Port, new(certificates.At("ca.pem"), null, null));
        await ConnectsAsync(session);
    }

    [RequiresTheory(Peer.Mosquitto)]
    [InlineData("foreign authority")]
    [InlineData("another name")]
    [InlineData("system's authorities")]
    [InlineData("cleartext broker")]
    public async Task Session_BrokerThatIsNotTrusted_IsRefused(string why)
    {
        using var certificates = new MqttCertificates("elsewhere.example", onlyHost: why == "another name");
        await using var broker = await MosquittoBroker.StartAsync(new(Tls: why == "cleartext broker" ? null : certificates.Folder));
        string? authority = why switch { "foreign authority" => certificates.At("other.pem"), "system's authorities" => null, _ => certificates.At("ca.pem") };
        await using var session = Session(broker.Port, new(authority, null, null));
        var inbox = session.Subscribe(["a"]);
        session.Start();
        var refused = await Assert.ThrowsAsync<LinkException>(async () => await inbox.ReadAsync(CancellationToken.None).AsTask().WaitAsync(Limit));
        Assert.Equal("CME-2505", refused.Code);
        Assert.Equal(0, session.Status.Connections);
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task Session_OwnCertificate_IsItsUser()
    {
        using var certificates = new MqttCertificates();
        await using var broker = await MosquittoBroker.StartAsync(new(Tls: certificates.Folder, ClientCertificates: true));
        await using var session = Session(broker.Port, new(certificates.At("ca.pem"), certificates.At("client.pem"), certificates.At("client.key")));
        await ConnectsAsync(session);

        await using var without = Session(broker.Port, new(certificates.At("ca.pem"), null, null));
        var inbox = without.Subscribe(["a"]);
        without.Start();
        await Assert.ThrowsAsync<LinkException>(async () => await inbox.ReadAsync(CancellationToken.None).AsTask().WaitAsync(Limit));
        Assert.Equal(0, without.Status.Connections);
    }

    [RequiresFact(Peer.Mosquitto)]
    public async Task Session_CertificateFileMissing_SaysSo()
    {
        await using var session = Session(1, new("/nowhere/ca.pem", null, null));
        var inbox = session.Subscribe(["a"]);
        session.Start();
        Assert.Equal("CME-2505", (await Assert.ThrowsAsync<LinkException>(async () => await inbox.ReadAsync(CancellationToken.None).AsTask().WaitAsync(Limit))).Code);
    }

    private IMqttSession Session(int port, MqttTls tls) => Create(new("127.0.0.1", port, $"test-{Guid.NewGuid():n}") { Tls = tls });

    private static async Task ConnectsAsync(IMqttSession session)
    {
        var connected = new TaskCompletionSource();
        session.Connected += () => connected.TrySetResult();
        session.Start();
        await connected.Task.WaitAsync(Limit);
        Assert.True(session.Status.IsConnected);
    }
}
