using NodaTime;

namespace CoMaKo.Devices;

/// <summary>
/// One connection to an MQTT broker. It connects by itself, announces its end by a last will, and comes back by itself, within 5 s of the broker;
/// nothing that was queued for an earlier connection is sent or delivered after a new one. It takes no wildcards: topics are an allow-list.
/// </summary>
public interface IMqttSession : IAsyncDisposable
{
    /// <summary>How people know it, e.g. <c>mqtt broker.lan:8883 (TLS)</c>.</summary>
    string Name { get; }

    /// <summary>How it stands. Safe from any thread.</summary>
    MqttStatus Status { get; }

    /// <summary>Called after each connect, on the session's thread: publish what must be said at birth, and return.</summary>
    event Action? Connected;

    /// <summary>Asks for these topics on every connection, quality of service 1. Before <see cref="Start"/> only.</summary>
    /// <param name="capacity">Messages that wait for a slow reader; beyond that the oldest is dropped and counted.</param>
    IMqttInbox Subscribe(IReadOnlyCollection<string> topics, int capacity = 256);

    /// <summary>Sets what the broker says when this session ends without a good-bye, retained. An orderly end says the same. Before <see cref="Start"/> only.</summary>
    void SetWill(string topic, ReadOnlyMemory<byte> payload);

    /// <summary>Begins to connect.</summary>
    void Start();

    /// <summary>Sends a message, or drops and counts it: when there is no connection, or when too many wait already. Retained ones are sent with quality of service 1, others with 0.</summary>
    /// <returns>Whether it was taken.</returns>
    bool Publish(string topic, ReadOnlySpan<byte> payload, bool retain);
}

/// <summary>Messages of some topics, in order of arrival.</summary>
public interface IMqttInbox
{
    /// <summary>Messages lost because the reader was too slow.</summary>
    long Dropped { get; }

    /// <summary>Waits for the next message.</summary>
    /// <exception cref="LinkException">The connection broke or cannot be made, or the broker refuses a topic: <c>CME-25xx</c>. Each reason is said once; wait and call again.</exception>
    ValueTask<MqttMessage> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Forgets the messages that wait: they have grown old while nobody read.</summary>
    void Clear();
}

/// <summary>A message as it came.</summary>
/// <param name="Payload">The bytes; empty if <paramref name="Size"/> is beyond <see cref="MqttLimits.Payload"/>.</param>
/// <param name="Size">Bytes on the wire.</param>
/// <param name="IsRetained">The broker had kept it: when it was said is not known.</param>
/// <param name="At">Gateway clock when it arrived.</param>
/// <param name="Monotonic">The same on the clock's monotonic timer.</param>
public sealed record MqttMessage(string Topic, ReadOnlyMemory<byte> Payload, int Size, bool IsRetained, Instant At, Duration Monotonic);

/// <summary>How a session stands.</summary>
/// <param name="Code">Stable code of the problem; absent while connected.</param>
/// <param name="Problem">What is wrong, where, and what to do; absent while connected.</param>
/// <param name="Connections">Connections made so far.</param>
/// <param name="Unsent">Messages that could not be sent.</param>
/// <param name="TooLarge">Messages beyond the limit, whose bytes were thrown away.</param>
public sealed record MqttStatus(bool IsConnected, string? Code, string? Problem, long Connections, long Unsent, long TooLarge);

/// <summary>Limits of every session (architecture §17).</summary>
public static class MqttLimits
{
    /// <summary>Greatest payload in bytes.</summary>
    public const int Payload = 64 * 1024;
}

/// <summary>How to reach a broker.</summary>
/// <param name="ClientId">Unique at the broker.</param>
public sealed record MqttSettings(string Host, int Port, string ClientId)
{
    /// <summary>How people know the connection.</summary>
    public string Name => FormattableString.Invariant($"mqtt {Host}:{Port}{(Tls is null ? "" : " (TLS)")}");

    public string? User { get; init; }

    /// <summary>File whose first line is the password; read anew for each connection. It never stands in the building file.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Absent: cleartext.</summary>
    public MqttTls? Tls { get; init; }

    /// <summary>After this long without traffic the connection is tried; one that does not answer is given up after as long again. Whole seconds, 5 to 3600.</summary>
    public Duration KeepAlive { get; init; } = Duration.FromSeconds(10);
}

/// <summary>TLS towards a broker; its name is always checked.</summary>
/// <param name="AuthorityFile">Certificates that may vouch for the broker, PEM; absent: the system's.</param>
/// <param name="CertificateFile">The gateway's own certificate, PEM; absent: none.</param>
/// <param name="KeyFile">Key of that certificate, PEM, without a pass phrase.</param>
public sealed record MqttTls(string? AuthorityFile, string? CertificateFile, string? KeyFile);
