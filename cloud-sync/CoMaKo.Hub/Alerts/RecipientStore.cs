using System.Data.Common;
using System.Text;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>A recipient as it is stored.</summary>
/// <param name="Revision">+1 with each change.</param>
internal sealed record StoredRecipient(AlertRecipient Recipient, long Revision);

/// <summary>Recipients in the database; also the keys that sign what goes to webhooks.</summary>
internal sealed class RecipientStore(HubDatabase database) : IWebhookKeys
{
    private const string Select = """
        SELECT recipient_id AS Id, channel AS Channel, target AS Target, language AS Language, kinds AS Kinds, rank AS Rank, quiet_from AS QuietFrom, quiet_to AS QuietTo,
          faults_break_through AS BreakThrough, delay_minutes AS Delay, is_active AS IsActive, revision AS Revision FROM alr_recipient
        """;

    /// <summary>All, inside a step.</summary>
    public static async ValueTask<IReadOnlyList<AlertRecipient>> ListAsync(HubTransaction tx) =>
        [.. (await tx.QueryAsync<Row>($"{Select} ORDER BY recipient_id")).Select(row => row.ToStored().Recipient)];

    public static async Task<IReadOnlyList<StoredRecipient>> ListAsync(DbConnection reader, string after, int most) =>
        [.. (await reader.QueryAsync<Row>($"{Select} WHERE recipient_id > @after ORDER BY recipient_id LIMIT @most", new { after, most })).Select(row => row.ToStored())];

    public static async Task<StoredRecipient?> FindAsync(DbConnection reader, string id) =>
        (await reader.QueryAsync<Row>($"{Select} WHERE recipient_id = @id", new { id })).SingleOrDefault()?.ToStored();

    public static async ValueTask<StoredRecipient?> FindAsync(HubTransaction tx, string id) =>
        (await tx.QueryAsync<Row>($"{Select} WHERE recipient_id = @id {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}", new { id })).SingleOrDefault()?.ToStored();

    /// <summary>Creates or replaces one.</summary>
    /// <param name="secret">A new key; absent: the old one stays.</param>
    public static async ValueTask WriteAsync(HubTransaction tx, AlertRecipient recipient, string? secret, long nowUs) => await tx.Prepare("""
        INSERT INTO alr_recipient (recipient_id, channel, target, language, kinds, rank, quiet_from, quiet_to, faults_break_through, delay_minutes, is_active, secret, changed_us)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (recipient_id) DO UPDATE SET channel = excluded.channel, target = excluded.target, language = excluded.language, kinds = excluded.kinds, rank = excluded.rank,
          quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, faults_break_through = excluded.faults_break_through, delay_minutes = excluded.delay_minutes,
          is_active = excluded.is_active, secret = coalesce(excluded.secret, alr_recipient.secret), changed_us = excluded.changed_us, revision = alr_recipient.revision + 1
        """)
        .Bind(recipient.Id).Bind((long)recipient.Channel).Bind(recipient.Target).Bind(recipient.Language).Bind(string.Join(' ', recipient.Kinds)).Bind((long)recipient.Rank)
        .Bind(Minute(recipient.Quiet?.From)).Bind(Minute(recipient.Quiet?.To)).Bind(recipient.FaultsBreakThrough ? 1 : 0).Bind((long)recipient.Delay.TotalMinutes).Bind(recipient.IsActive ? 1 : 0)
        .Bind(secret is null ? null : Encoding.ASCII.GetBytes(secret)).Bind(nowUs).RunAsync();

    /// <summary>Removes one with what it was told and what still waits for it.</summary>
    /// <returns>Whether it was there.</returns>
    public static async ValueTask<bool> DeleteAsync(HubTransaction tx, string id)
    {
        await tx.Prepare("DELETE FROM alr_telling WHERE recipient_id = $1").Bind(id).RunAsync();
        await MailQueue.ForgetAsync(tx, id);
        return await tx.Prepare("DELETE FROM alr_recipient WHERE recipient_id = $1").Bind(id).RunAsync() == 1;
    }

    public async ValueTask<byte[]?> FindAsync(string reference)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleOrDefaultAsync<byte[]>("SELECT secret FROM alr_recipient WHERE recipient_id = @reference", new { reference });
    }

    private static long? Minute(LocalTime? time) => time is { } known ? known.Hour * 60 + known.Minute : null;

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public long Channel { get; init; }

        public string Target { get; init; } = "";

        public string Language { get; init; } = "";

        public string Kinds { get; init; } = "";

        public long Rank { get; init; }

        public long? QuietFrom { get; init; }

        public long? QuietTo { get; init; }

        public long BreakThrough { get; init; }

        public long Delay { get; init; }

        public long IsActive { get; init; }

        public long Revision { get; init; }

        public StoredRecipient ToStored() => new(
            new AlertRecipient(
                Id, (MessageChannel)Channel, Target, Language, Kinds.Split(' ', StringSplitOptions.RemoveEmptyEntries), (WorkRank)Rank,
                QuietFrom is { } from && QuietTo is { } to ? new QuietHours(Time(from), Time(to)) : null, BreakThrough != 0, Duration.FromMinutes(Delay), IsActive != 0),
            Revision);

        private static LocalTime Time(long minute) => new((int)minute / 60, (int)minute % 60);
    }
}
