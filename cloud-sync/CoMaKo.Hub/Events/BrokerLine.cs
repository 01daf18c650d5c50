using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace CoMaKo.Hub.Events;

/// <summary>An event as it waits in the outbox.</summary>
internal sealed record WaitingEvent(long EventId, string Uid, string Type, string Subject, long AtUs, string Data);

/// <summary>
/// One connection to RabbitMQ. Events go to the durable topic exchange <c>comako</c> with their type as routing key, as CloudEvents 1.0 in structured
/// JSON; a message counts as sent when the broker has confirmed it.
/// </summary>
internal sealed class BrokerLine : IAsyncDisposable
{
    public const string Exchange = "comako";

    private const string ContentType = "application/cloudevents+json";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IConnection connection;
    private readonly IChannel channel;

    private BrokerLine(IConnection connection, IChannel channel)
    {
        (this.connection, this.channel) = (connection, channel);
    }

    /// <exception cref="Exception">The broker cannot be reached or refuses.</exception>
    public static async Task<BrokerLine> OpenAsync(BrokerAddress address, CancellationToken cancellationToken)
    {
        // The publisher itself connects again: what was not confirmed is still in the outbox.
        var factory = new ConnectionFactory { Uri = address.Uri, ClientProvidedName = "comako-hub", AutomaticRecoveryEnabled = false, RequestedConnectionTimeout = Patience };
        var opened = await factory.CreateConnectionAsync(cancellationToken);
        try
        {
            var confirming = await opened.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
            await confirming.ExchangeDeclareAsync(Exchange, ExchangeType.Topic, durable: true, cancellationToken: cancellationToken);
            return new BrokerLine(opened, confirming);
        }
        catch
        {
            await opened.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends events in order and returns when the broker has confirmed all of them.</summary>
    /// <exception cref="Exception">One of them was not confirmed in time; none counts as sent.</exception>
    public async Task SendAsync(IReadOnlyList<WaitingEvent> events, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var confirmations = new List<Task>(events.Count);
        foreach (var happened in events) confirmations.Add(SendAsync(happened, patience.Token).AsTask());
        await Task.WhenAll(confirmations);
    }

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }

    /// <summary>The event as its readers get it (CloudEvents 1.0, JSON format).</summary>
    public static byte[] Write(WaitingEvent happened)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", happened.Uid);
            json.WriteString("source", "urn:comako:hub");
            json.WriteString("type", happened.Type);
            json.WriteString("subject", happened.Subject);
            json.WriteString("time", DateTimeOffset.UnixEpoch.AddTicks(happened.AtUs * 10).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("datacontenttype", "application/json");
            json.WritePropertyName("data");
            json.WriteRawValue(happened.Data);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private ValueTask SendAsync(WaitingEvent happened, CancellationToken cancellationToken)
    {
        var properties = new BasicProperties { ContentType = ContentType, ContentEncoding = Encoding.UTF8.WebName, MessageId = happened.Uid, Type = happened.Type, DeliveryMode = DeliveryModes.Persistent };
        return channel.BasicPublishAsync(Exchange, happened.Type, mandatory: false, properties, Write(happened), cancellationToken);
    }
}
