using System.Threading.Channels;

namespace CoMaKo.Devices.Protocols.Mqtt;

/// <summary>A bounded queue of messages and, before them, what is wrong with the connection.</summary>
public sealed class MqttInbox : IMqttInbox
{
    private readonly Channel<MqttMessage?> queue;
    private LinkException? problem;
    private long dropped;

    public MqttInbox(IReadOnlyCollection<string> topics, int capacity)
    {
        Topics = topics;
        queue = Channel.CreateBounded<MqttMessage?>(
            new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleWriter = true },
            lost => { if (lost is not null) Interlocked.Increment(ref dropped); });
    }

    public IReadOnlyCollection<string> Topics { get; }

    public long Dropped => Interlocked.Read(ref dropped);

    public async ValueTask<MqttMessage> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Interlocked.Exchange(ref problem, null) is { } wrong) throw new LinkException(wrong.Code, wrong.Message);
            if (await queue.Reader.ReadAsync(cancellationToken) is { } message) return message;
        }
    }

    public void Clear()
    {
        while (queue.Reader.TryRead(out _))
        {
        }

        if (Volatile.Read(ref problem) is not null) queue.Writer.TryWrite(null);
    }

    public void Add(MqttMessage message) => queue.Writer.TryWrite(message);

    /// <summary>Says what is wrong, or takes back what nobody has read yet.</summary>
    public void Report(LinkException? wrong)
    {
        Volatile.Write(ref problem, wrong);
        if (wrong is not null) queue.Writer.TryWrite(null); // wakes the reader
    }
}
