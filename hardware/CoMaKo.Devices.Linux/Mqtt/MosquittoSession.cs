using CoMaKo.Devices.Protocols.Mqtt;

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
    private readonly MqttDispatch dispatch = new(clock);
    private readonly MqttFaults faults = new(settings);
    private readonly ManualResetEventSlim stopping = new();
    private readonly Dictionary<int, string> requests = [];
    private (string Topic, ReadOnlyMemory<byte> Payload)? will;
    private Thread? thread;
    private MosquittoClient? client;
    private bool isConnected;
    private bool isRefused;
    private int waiting;

    /// <summary>Why MQTT cannot be used on this machine; absent if it can.</summary>
    public static LinkException? WhyNot => Mosquitto.IsThere
        ? null
        : new("CME-2501", $"MQTT needs the library {Mosquitto.Library}, which is not on this machine: sudo apt-get install libmosquitto1.");

    public string Name => settings.Name;

    public MqttStatus Status => dispatch.Status;

    public event Action? Connected;

    public IMqttInbox Subscribe(IReadOnlyCollection<string> topics, int capacity = 256) => dispatch.Subscribe(topics, capacity);

    public void SetWill(string topic, ReadOnlyMemory<byte> payload)
    {
        dispatch.NotClosed();
        will = (topic, payload);
    }

    public void Start()
    {
        dispatch.Close();
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

        dispatch.CountUnsent();
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
            dispatch.Say(faults.Refused(answer));
            return;
        }

        requests.Clear();
        foreach (string topic in dispatch.Topics)
            if (client!.Subscribe(topic) is { } id) requests[id] = topic;
        lock (gate) isConnected = true;
        dispatch.Connected();
        Connected?.Invoke();
    }

    void IMosquittoEvents.Arrived(string topic, ReadOnlySpan<byte> payload, bool isRetained) => dispatch.Arrived(topic, payload, isRetained);

    void IMosquittoEvents.Refused(int id)
    {
        if (requests.TryGetValue(id, out string? topic)) dispatch.SayOf(topic, faults.TopicRefused(topic));
    }

    void IMosquittoEvents.Sent() => Interlocked.Decrement(ref waiting);

    private void Run()
    {
        if (WhyNot is { } missing)
        {
            dispatch.Say(missing);
            return;
        }

        do
        {
            isRefused = false;
            try
            {
                using var attempt = new MosquittoClient(settings, MqttPassword.Read(settings), will, this);
                Live(attempt);
            }
            catch (LinkException wrong)
            {
                dispatch.Say(wrong);
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
                dispatch.Say(faults.Silent());
                return;
            }

            if (stopping.IsSet) Leave(attempt);
            else if (!isRefused) dispatch.Say(isConnected ? faults.Lost(Words(error, errno)) : NotConnected(error, errno));
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

    private LinkException NotConnected(int error, int errno) => error switch
    {
        Mosquitto.Tls or Mosquitto.TlsHandshake => faults.Tls(),
        Mosquitto.Resolve or Mosquitto.Lookup => faults.NameUnknown(),
        Mosquitto.ConnectionLost => faults.Silent(),
        _ => faults.NotReached(Words(error, errno)),
    };

    private static string Words(int error, int errno) => error == Mosquitto.Errno && errno != 0 ? LibC.Words(errno) : Mosquitto.WordsOf(error);
}
