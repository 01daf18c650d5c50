using NodaTime;

namespace CoMaKo.Hub.Mail;

/// <summary>How a message leaves; the numbers are those of <c>mai_message.channel</c>.</summary>
public enum MessageChannel
{
    /// <summary>To a mail address, through the cooperative's mail server.</summary>
    Mail = 1,

    /// <summary>To an address on the web, as a CloudEvent in JSON.</summary>
    Webhook = 2,
}

/// <summary>Where a message stands; the numbers are those of <c>mai_message.state</c>.</summary>
internal enum MessageState
{
    Waiting = 0,
    Delivered = 1,

    /// <summary>Refused for good, or not taken until its end.</summary>
    Failed = 2,
}

/// <summary>A message that is to leave.</summary>
/// <param name="Target">Mail address or URL.</param>
/// <param name="Subject">Of a mail: its subject. Of a webhook: the event's type.</param>
/// <param name="Body">Of a mail: its text, lines apart by <c>\n</c>. Of a webhook: the event's data as JSON.</param>
/// <param name="Reference">On whose behalf: the id of an alert recipient; absent for others.</param>
/// <param name="IsWatched">Whether <see cref="MessageStore.StuckAsync"/> tells of it if it cannot be delivered.</param>
internal sealed record OutgoingMessage(MessageChannel Channel, string Target, string Subject, string Body, string? Reference = null, bool IsWatched = false)
{
    /// <summary>How long it is tried.</summary>
    public Duration Within { get; init; } = Duration.FromDays(3);
}

/// <summary>A message in the queue.</summary>
/// <param name="Uid">Message-ID without its brackets, or the event's id: the same in every repeat.</param>
/// <param name="Attempt">How often it was tried before.</param>
internal sealed record QueuedMessage(
    long MessageId, string Uid, MessageChannel Channel, string Target, string? Reference, string Subject, string Body, long Attempt, long QueuedUs, long UntilUs);

/// <summary>What became of an attempt.</summary>
public enum DeliveryResult
{
    Delivered,

    /// <summary>It may succeed later.</summary>
    Later,

    /// <summary>The other side does not want this message, ever.</summary>
    Never,
}

/// <summary>An attempt's outcome.</summary>
/// <param name="Answer">What the other side said, or why it could not be asked; never holds a secret.</param>
public sealed record Delivery(DeliveryResult Result, string Answer)
{
    /// <summary>Answers of others are kept this long.</summary>
    public const int MostAnswer = 300;

    public static Delivery Delivered(string answer) => new(DeliveryResult.Delivered, Shorten(answer));

    public static Delivery Later(string answer) => new(DeliveryResult.Later, Shorten(answer));

    public static Delivery Never(string answer) => new(DeliveryResult.Never, Shorten(answer));

    /// <summary>One line without control characters: it is shown and logged.</summary>
    private static string Shorten(string answer)
    {
        string line = new([.. answer.Select(c => char.IsControl(c) ? ' ' : c)]);
        return line.Length <= MostAnswer ? line : line[..MostAnswer] + "…";
    }
}
