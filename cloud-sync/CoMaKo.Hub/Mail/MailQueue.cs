using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Mail;

/// <summary>
/// Puts messages down in the transaction that makes them necessary, so that there is a message exactly when that happened. It leaves after the
/// commit, at least once; a repeat after a crash has the same Message-ID.
/// </summary>
internal sealed class MailQueue(MailSettings settings, TimeProvider clock)
{
    /// <summary>Raised with each message.</summary>
    public const string Topic = "mail";

    public const int MostSubject = 200;
    public const int MostBody = 200_000;

    /// <summary>Whether a mail server is configured: without one a mail waits until it is given up.</summary>
    public bool CanMail => settings.Server is not null;

    /// <summary>Puts a mail down.</summary>
    /// <param name="to">A mail address (<see cref="MailAddress.IsGood"/>).</param>
    /// <param name="text">Plain text, lines apart by <c>\n</c>.</param>
    /// <returns>Its Message-ID, without brackets.</returns>
    /// <exception cref="ArgumentException">The address is none, the subject has control characters, or something is too long.</exception>
    public ValueTask<string> QueueAsync(HubTransaction tx, string to, string subject, string text) => QueueAsync(tx, new OutgoingMessage(MessageChannel.Mail, to, subject, text));

    /// <inheritdoc cref="QueueAsync(HubTransaction, string, string, string)"/>
    public async ValueTask<string> QueueAsync(HubTransaction tx, OutgoingMessage message)
    {
        ArgumentNullException.ThrowIfNull(tx);
        ArgumentNullException.ThrowIfNull(message);
        if (message.Channel == MessageChannel.Mail && !MailAddress.IsGood(message.Target)) throw new ArgumentException("This is no mail address.", nameof(message));
        if (message.Subject.Length is 0 or > MostSubject || message.Subject.Any(char.IsControl)) throw new ArgumentException($"A subject has 1 to {MostSubject} characters and no control characters.", nameof(message));
        if (message.Body.Length > MostBody || message.Body.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException($"A text has at most {MostBody} characters and none of value 0.", nameof(message));
        string uid = $"{Guid.NewGuid():n}@{settings.Server?.From.Split('@')[^1] ?? "hub.invalid"}";
        long now = clock.UnixMicroseconds();
        await tx.Prepare("""
            INSERT INTO mai_message (uid, channel, target, reference, is_watched, subject, body, queued_us, due_us, until_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
            """)
            .Bind(uid).Bind((long)message.Channel).Bind(message.Target).Bind(message.Reference).Bind(message.IsWatched ? 1 : 0).Bind(message.Subject).Bind(message.Body)
            .Bind(now).Bind(now + message.Within.BclCompatibleTicks / 10).RunAsync();
        tx.Signal(Topic);
        return uid;
    }

    /// <summary>Forgets messages on behalf of somebody, waiting ones too.</summary>
    public static async ValueTask ForgetAsync(HubTransaction tx, string reference)
    {
        ArgumentNullException.ThrowIfNull(tx);
        await tx.Prepare("DELETE FROM mai_message WHERE reference = $1").Bind(reference).RunAsync();
    }
}
