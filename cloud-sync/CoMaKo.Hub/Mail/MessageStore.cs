using CoMaKo.Hub.Storage;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Mail;

/// <summary>Messages on behalf of somebody that do not arrive.</summary>
/// <param name="Since">When the oldest of them was put down.</param>
/// <param name="Answer">What the other side said last, or why it could not be asked; absent before the first attempt.</param>
internal sealed record StuckMessages(string Reference, long Count, Instant Since, string? Answer);

/// <summary>The queue's rows.</summary>
internal static class MessageStore
{
    private const string Columns = """
        message_id AS MessageId, uid AS Uid, channel AS Channel, target AS Target, reference AS Reference, subject AS Subject, body AS Body, attempt AS Attempt, queued_us AS QueuedUs, until_us AS UntilUs
        """;

    /// <summary>Messages that are due, the longest first.</summary>
    public static async Task<IReadOnlyList<QueuedMessage>> DueAsync(HubDatabase database, long nowUs, int most)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<Row>($"SELECT {Columns} FROM mai_message WHERE state = 0 AND due_us <= @nowUs ORDER BY due_us, message_id LIMIT @most", new { nowUs, most })).Select(row => row.ToMessage())];
    }

    /// <summary>
    /// On whose behalf messages do not arrive: one was given up, or waits longer than <paramref name="patience"/>, and none was delivered since. Each
    /// success ends it.
    /// </summary>
    public static async Task<IReadOnlyList<StuckMessages>> StuckAsync(HubDatabase database, Instant now, Duration patience)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<(string Reference, long Count, long Since, string? Answer)>("""
            SELECT m.reference, count(*), min(m.queued_us), max(m.answer) FROM mai_message m
            WHERE m.is_watched = 1 AND (m.state = 2 OR (m.state = 0 AND m.queued_us <= @before))
              AND m.message_id > coalesce((SELECT max(d.message_id) FROM mai_message d WHERE d.reference = m.reference AND d.state = 1), 0)
            GROUP BY m.reference ORDER BY m.reference
            """, new { before = Micros(now - patience) })).Select(row => new StuckMessages(row.Reference, row.Count, Instant.FromUnixTimeTicks(row.Since * 10), row.Answer))];
    }

    /// <summary>Writes what became of an attempt, if the message still waits.</summary>
    /// <param name="dueUs">When it is tried again; absent: the message is done, delivered or not.</param>
    public static async ValueTask SettleAsync(HubTransaction tx, QueuedMessage message, Delivery delivery, long nowUs, long? dueUs)
    {
        if (dueUs is { } due)
        {
            await tx.Prepare("UPDATE mai_message SET attempt = attempt + 1, due_us = $1, answer = $2 WHERE message_id = $3 AND state = 0").Bind(due).Bind(delivery.Answer).Bind(message.MessageId).RunAsync();
            return;
        }

        var state = delivery.Result == DeliveryResult.Delivered ? MessageState.Delivered : MessageState.Failed;
        await tx.Prepare("UPDATE mai_message SET state = $1, attempt = attempt + 1, done_us = $2, answer = $3, body = '' WHERE message_id = $4 AND state = 0")
            .Bind((long)state).Bind(nowUs).Bind(delivery.Answer).Bind(message.MessageId).RunAsync();
    }

    /// <summary>Deletes what was done before an instant.</summary>
    public static async ValueTask ForgetOldAsync(HubTransaction tx, long beforeUs) =>
        await tx.Prepare("DELETE FROM mai_message WHERE state <> 0 AND done_us < $1").Bind(beforeUs).RunAsync();

    private static long Micros(Instant at) => at.ToUnixTimeTicks() / 10;

    private sealed class Row
    {
        public long MessageId { get; init; }

        public string Uid { get; init; } = "";

        public long Channel { get; init; }

        public string Target { get; init; } = "";

        public string? Reference { get; init; }

        public string Subject { get; init; } = "";

        public string Body { get; init; } = "";

        public long Attempt { get; init; }

        public long QueuedUs { get; init; }

        public long UntilUs { get; init; }

        public QueuedMessage ToMessage() => new(MessageId, Uid, (MessageChannel)Channel, Target, Reference, Subject, Body, Attempt, QueuedUs, UntilUs);
    }
}
