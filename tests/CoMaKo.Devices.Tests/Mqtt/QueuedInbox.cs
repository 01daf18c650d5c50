using System.Threading.Channels;

namespace CoMaKo.Devices.Tests.Mqtt;

/// <summary>An inbox that a test fills.</summary>
internal sealed class QueuedInbox : IMqttInbox
{
    private readonly Channel<MqttMessage> queue = Channel.CreateUnbounded<MqttMessage>();

    public long Dropped => 0;

    /// <summary>How often what waited was forgotten.</summary>
    public int Cleared { get; private set; }

    public ValueTask<MqttMessage> ReadAsync(CancellationToken cancellationToken) => queue.Reader.ReadAsync(cancellationToken);

    public void Clear()
    {
        Cleared++;
        while (queue.Reader.TryRead(out _))
        {
        }
    }

    public void Add(MqttMessage message) => queue.Writer.TryWrite(message);
}
