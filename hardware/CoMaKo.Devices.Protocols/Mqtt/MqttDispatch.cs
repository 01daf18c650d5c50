using System.Collections.Frozen;
using NodaTime;

namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>What every session does alike: who wants which topic, what was said about the connection, what is counted. One thread at a time reports; the status may be asked by any.</summary>
/// <param name="clock">Stamps arrivals.</param>
public sealed class MqttDispatch(TimeProvider clock)
{
    private readonly List<MqttInbox> inboxes = [];
    private FrozenDictionary<string, MqttInbox[]>? byTopic;
    private LinkException? problem = new("CME-2502", "The connection to the MQTT broker has not been made yet.");
    private string? said;
    private long connections;
    private long unsent;
    private long tooLarge;

    /// <summary>The topics to ask for; none before <see cref="Close"/>.</summary>
    public IEnumerable<string> Topics => byTopic?.Keys ?? [];

    public MqttStatus Status
    {
        get
        {
            var wrong = Volatile.Read(ref problem);
            return new(wrong is null, wrong?.Code, wrong?.Message, Interlocked.Read(ref connections), Interlocked.Read(ref unsent), Interlocked.Read(ref tooLarge));
        }
    }

    /// <inheritdoc cref="IMqttSession.Subscribe"/>
    public IMqttInbox Subscribe(IReadOnlyCollection<string> topics, int capacity)
    {
        ArgumentNullException.ThrowIfNull(topics);
        NotClosed();
        foreach (string topic in topics)
            if (topic.Length == 0 || topic.AsSpan().ContainsAny('+', '#', '\0')) throw new ArgumentException($"'{topic}' is not the name of a topic.", nameof(topics));
        var inbox = new MqttInbox(topics, capacity);
        inboxes.Add(inbox);
        return inbox;
    }

    /// <summary>Everybody has said what they want.</summary>
    public void Close()
    {
        NotClosed();
        byTopic = inboxes.SelectMany(inbox => inbox.Topics.Distinct(StringComparer.Ordinal).Select(topic => (topic, inbox)))
            .GroupBy(pair => pair.topic, pair => pair.inbox, StringComparer.Ordinal).ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    /// <exception cref="InvalidOperationException">The session has been started.</exception>
    public void NotClosed()
    {
        if (byTopic is not null) throw new InvalidOperationException("The session has been started already.");
    }

    /// <summary>A message came; what nobody asked for is nobody's.</summary>
    /// <param name="payload">Valid during the call only.</param>
    public void Arrived(string topic, ReadOnlySpan<byte> payload, bool isRetained)
    {
        if (!byTopic!.TryGetValue(topic, out var readers)) return;
        bool fits = payload.Length <= MqttLimits.Payload;
        if (!fits) Interlocked.Increment(ref tooLarge);
        var message = new MqttMessage(
            topic, fits ? payload.ToArray() : ReadOnlyMemory<byte>.Empty, payload.Length, isRetained,
            Instant.FromDateTimeOffset(clock.GetUtcNow()), Duration.FromTimeSpan(clock.GetElapsedTime(0)));
        foreach (var reader in readers) reader.Add(message);
    }

    /// <summary>The connection stands.</summary>
    public void Connected()
    {
        said = null;
        Volatile.Write(ref problem, null);
        Interlocked.Increment(ref connections);
        foreach (var inbox in inboxes) inbox.Report(null);
    }

    /// <summary>Tells every reader what is wrong, once; the same words again are not news.</summary>
    public void Say(LinkException wrong)
    {
        ArgumentNullException.ThrowIfNull(wrong);
        Volatile.Write(ref problem, wrong);
        if (said == wrong.Message) return;
        said = wrong.Message;
        foreach (var inbox in inboxes) inbox.Report(wrong);
    }

    /// <summary>Tells the readers of one topic.</summary>
    public void SayOf(string topic, LinkException wrong)
    {
        foreach (var inbox in byTopic![topic]) inbox.Report(wrong);
    }

    public void CountUnsent() => Interlocked.Increment(ref unsent);
}
