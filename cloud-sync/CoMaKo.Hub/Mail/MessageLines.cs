namespace CoMaKo.Hub.Mail;

/// <summary>One way by which messages leave, for one round; it may keep a connection from one message to the next.</summary>
internal interface IMessageLine : IAsyncDisposable
{
    /// <summary>Tries once. Never throws, except on cancellation.</summary>
    Task<Delivery> SendAsync(QueuedMessage message, CancellationToken cancellationToken);
}

/// <summary>The keys that sign what goes to webhooks; kept by the context on whose behalf it goes.</summary>
internal interface IWebhookKeys
{
    /// <summary>A recipient's key; absent if it is not there any more.</summary>
    ValueTask<byte[]?> FindAsync(string reference);
}

/// <summary>The ways that there are.</summary>
internal sealed class MessageLines(MailSettings settings, IWebhookKeys keys, TimeProvider clock)
{
    public IMessageLine Open(MessageChannel channel) => channel switch
    {
        MessageChannel.Mail => new MailLine(settings),
        MessageChannel.Webhook => new WebhookLine(settings, keys, clock),
        _ => throw new ArgumentOutOfRangeException(nameof(channel), channel, "There is no such way."),
    };
}
