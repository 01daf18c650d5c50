using System.Collections.Frozen;
using NodaTime;

namespace CoMaKo.Devices.Linux.Mqtt;

/// <summary>
/// An MQTT 3.1.1 session over the distribution's libmosquitto. A thread of this class makes, turns and frees each connection; every connection is a new client with a
/// clean session, so that nothing old is sent or delivered when the broker comes back.
/// </summary>
/// <param name="settings">How to reach the broker.</param>
/// <param name="clock">Stamps arrivals; waiting for the broker runs on the system's time.</param>
public sealed class MosquittoSession(MqttSettings settings, TimeProvider clock) : IMqttSession, IMosquittoEvents
{
    /// <summary>Messages handed over and not yet out; more are dropped.</summary>
    private const int MostUnsent = 2048;

    private const int TurnMilliseconds = 250;

    // An attempt that hangs plus the pause after it stay below the 5 s in which a broker that is back is found.
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterRefusal = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new(); // keeps the client from being freed while another thread publishes
    private readonly List<MqttInbox> inboxes = [];
    private readonly ManualResetEventSlim stopping = new();
    private readonly Dictionary<int, string> requests = [];
    private FrozenDictionary<string, MqttInbox[]> byTopic = FrozenDictionary<string, MqttInbox[]>.Empty;
    private (string Topic, ReadOnlyMemory<byte> Payload)? will;
    private Thread? thread;
    private MosquittoClient? client;
    private LinkException? problem = new("CME-2502", "The connection to the MQTT broker has not been made yet.");
    private string? said;
    private bool isConnected;
    private bool isRefused;
    private int waiting;
    private long connections;
    private long unsent;
    private long tooLarge;

    /// <summary>Why MQTT cannot be used on this machine; absent if it can.</summary>
    public static LinkException? WhyNot => Mosquitto.IsThere ? null : MosquittoFaults.Missing;

    public string Name { get; } = FormattableString.Invariant($"mqtt {settings.Host}:{settings.Port}{(settings.Tls is null ? "" : " (TLS)")}");

    public MqttStatus Status
    {
        get
        {
            var wrong = Volatile.Read(ref problem);
            return new(wrong is null, wrong?.Code, wrong?.Message, Interlocked.Read(ref connections), Interlocked.Read(ref unsent), Interlocked.Read(ref tooLarge));
        }
    }

    public event Action? Connected;

    public IMqttInbox Subscribe(IReadOnlyCollection<string> topics, int capacity = 256)
    {
        NotStarted();
        foreach (string topic in topics)
            if (topic.Length == 0 || topic.AsSpan().ContainsAny('+', '#', '\0')) throw new ArgumentException($"'{topic}' is not the name of a topic.", nameof(topics));
        var inbox = new MqttInbox(topics, capacity);
        inboxes.Add(inbox);
        return inbox;
    }

    public void SetWill(string topic, ReadOnlyMemory<byte> payload)
    {
        NotStarted();
        will = (topic, payload);
    }

    public void Start()
    {
        NotStarted();
        byTopic = inboxes.SelectMany(inbox => inbox.Topics.Distinct(StringComparer.Ordinal).Select(topic => (topic, inbox)))
            .GroupBy(pair => pair.topic, pair => pair.inbox, StringComparer.Ordinal).ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        thread = new Thread(Run) { IsBackground = true, Name = Name };
        thread.Start();
    }

    public bool Publish(string topic, ReadOnlySpan<byte> payload, bool retain)
    {
        if (payload.Length <= MqttLimits.Payload)
        {
            lock (gate)
            {
                if (client is not null && isConnected && waiting < MostUnsent)
                {
                    Interlocked.Increment(ref waiting);
                    if (client.Publish(topic, payload, retain)) return true;
                    Interlocked.Decrement(ref waiting);
                }
            }
        }

        Interlocked.Increment(ref unsent);
        return false;
    }

    public async ValueTask DisposeAsync()
    {
        stopping.Set();
        // A name server that hangs may keep the thread longer; it then ends and frees what is its own by itself.
        if (thread is not null) await Task.Run(() => thread.Join(EndLimit + EndLimit));
    }

    void IMosquittoEvents.Connected(int answer)
    {
        if (answer != 0)
        {
            isRefused = true;
            Say(MosquittoFaults.Refused(Name, answer, settings));
            return;
        }

        requests.Clear();
        foreach (string topic in byTopic.Keys)
            if (client!.Subscribe(topic) is { } id) requests[id] = topic;
        lock (gate) isConnected = true;
        said = null;
        Volatile.Write(ref problem, null);
        Interlocked.Increment(ref connections);
        foreach (var inbox in inboxes) inbox.Report(null);
        Connected?.Invoke();
    }

    void IMosquittoEvents.Arrived(string topic, ReadOnlySpan<byte> payload, bool isRetained)
    {
        if (!byTopic.TryGetValue(topic, out var readers)) return;
        bool fits = payload.Length <= MqttLimits.Payload;
        if (!fits) Interlocked.Increment(ref tooLarge);
        var message = new MqttMessage(
            topic, fits ? payload.ToArray() : ReadOnlyMemory<byte>.Empty, payload.Length, isRetained,
            Instant.FromDateTimeOffset(clock.GetUtcNow()), Duration.FromTimeSpan(clock.GetElapsedTime(0)));
        foreach (var reader in readers) reader.Add(message);
    }

    void IMosquittoEvents.Refused(int id)
    {
        if (!requests.TryGetValue(id, out string? topic)) return;
        var wrong = MosquittoFaults.TopicRefused(Name, topic, settings);
        foreach (var inbox in byTopic[topic]) inbox.Report(wrong);
    }

    void IMosquittoEvents.Sent() => Interlocked.Decrement(ref waiting);

    private void Run()
    {
        if (WhyNot is { } missing)
        {
            Say(missing);
            return;
        }

        do
        {
            isRefused = false;
            try
            {
                using var attempt = new MosquittoClient(settings, Password(), will, this);
                Live(attempt);
            }
            catch (LinkException wrong)
            {
                Say(wrong);
            }
        }
        while (!stopping.Wait(isRefused ? PauseAfterRefusal : Pause));
    }

    /// <summary>One connection from its first byte to its end.</summary>
    private void Live(MosquittoClient attempt)
    {
        lock (gate) (client, waiting) = (attempt, 0);
        try
        {
            long began = TimeProvider.System.GetTimestamp();
            var (error, errno) = attempt.Connect(settings);
            while (error == Mosquitto.Success && !stopping.IsSet && !isRefused)
            {
                (error, errno) = attempt.Turn(TurnMilliseconds);
                if (isConnected || TimeProvider.System.GetElapsedTime(began) < AttemptLimit) continue;
                Say(MosquittoFaults.Silent(Name, settings));
                return;
            }

            if (stopping.IsSet) Leave(attempt);
            else if (!isRefused) Say(isConnected ? MosquittoFaults.Lost(Name, error, errno) : MosquittoFaults.NotConnected(Name, error, errno, settings));
        }
        finally
        {
            lock (gate) (client, isConnected) = (null, false);
        }
    }

    /// <summary>An orderly end: the will's words are said by the gateway itself, because a good-bye makes the broker forget the will.</summary>
    private void Leave(MosquittoClient attempt)
    {
        bool connected = isConnected;
        lock (gate) isConnected = false; // nobody publishes after the last word
        if (!connected) return;
        long began = TimeProvider.System.GetTimestamp();
        if (will is var (topic, payload))
        {
            Interlocked.Increment(ref waiting);
            attempt.Publish(topic, payload.Span, retain: true);
        }

        while (Volatile.Read(ref waiting) > 0 && TimeProvider.System.GetElapsedTime(began) < EndLimit && attempt.Turn(50).Error == Mosquitto.Success)
        {
        }

        attempt.Disconnect();
        attempt.Turn(50);
    }

    /// <summary>Tells every reader once; the same words again are not news.</summary>
    private void Say(LinkException wrong)
    {
        Volatile.Write(ref problem, wrong);
        if (said == wrong.Message) return;
        said = wrong.Message;
        foreach (var inbox in inboxes) inbox.Report(wrong);
    }

    private string? Password()
    {
        if (settings.PasswordFile is not { } file) return null;
        try
        {
            return File.ReadLines(file).FirstOrDefault() is { Length: > 0 } line ? line : throw MosquittoFaults.PasswordFile(file, "its first line is empty.");
        }
        catch (Exception e) when (e is not LinkException && e is IOException or UnauthorizedAccessException)
        {
            throw MosquittoFaults.PasswordFile(file, e.Message);
        }
    }

    private void NotStarted()
    {
        if (thread is not null) throw new InvalidOperationException("The session has been started already.");
    }
}
