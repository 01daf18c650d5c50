using System.Collections.Immutable;
using System.Data.Common;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Work;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Alerts;

/// <summary>Alerts in the database.</summary>
internal static class AlertStore
{
    internal const string Columns = """
        a.alert_id AS AlertId, a.kind AS Kind, a.subject AS Subject, a.rank AS Rank, a.since_us AS SinceUs, a.address AS Address, a.number AS Number, a.source AS Source, a.seen_us AS SeenUs,
        a.opened_us AS OpenedUs, a.away_us AS AwayUs, a.closed_us AS ClosedUs, a.acked_us AS AckedUs, a.acked_by AS AckedBy, a.acked_note AS AckedNote
        """;

    /// <summary>Alerts closed so lately are still counted when news of one kind is gathered.</summary>
    private static readonly Duration Lately = Duration.FromHours(1);

    /// <summary>What <see cref="AlertBook.Step"/> needs.</summary>
    /// <param name="recipients">Who may be told: what others were told counts no more.</param>
    public static async ValueTask<IReadOnlyList<Alert>> LoadAsync(HubTransaction tx, Instant now, IReadOnlyList<AlertRecipient> recipients)
    {
        string[] known = [.. recipients.Select(recipient => recipient.Id)];
        var rows = await tx.QueryAsync<AlertRow>($"""
            SELECT {Columns} FROM alr_alert a WHERE a.closed_us IS NULL OR a.closed_us > @lately
              OR a.alert_id IN (SELECT t.alert_id FROM alr_telling t WHERE t.recovered_us IS NULL AND t.recipient_id {tx.Engine.AnyOf("@known")})
            ORDER BY a.alert_id
            """, new { lately = Micros(now - Lately), known });
        var tellings = (await tx.QueryAsync<TellingRow>($"""
            SELECT t.alert_id AS AlertId, t.recipient_id AS RecipientId, t.alerted_us AS AlertedUs, t.recovered_us AS RecoveredUs
            FROM alr_telling t WHERE t.alert_id {tx.Engine.AnyOf("@ids")} AND t.recipient_id {tx.Engine.AnyOf("@known")}
            """, new { ids = rows.Select(row => row.AlertId).ToArray(), known })).ToLookup(row => row.AlertId);
        return [.. rows.Select(row => row.ToAlert() with
        {
            Tellings = tellings[row.AlertId].ToImmutableDictionary(each => each.RecipientId, each => each.ToTelling(), StringComparer.Ordinal),
        })];
    }

    /// <summary>Writes what a step changed. It leaves acknowledgements alone, which people write meanwhile.</summary>
    public static async ValueTask SaveAsync(HubTransaction tx, IReadOnlyList<Alert> before, IReadOnlyList<Alert> after)
    {
        var known = before.ToDictionary(alert => alert.AlertId);
        foreach (var alert in after)
        {
            var old = known.GetValueOrDefault(alert.AlertId);
            known.Remove(alert.AlertId);
            long id = alert.AlertId;
            if (old is null) id = await InsertAsync(tx, alert);
            else if (old with { Tellings = alert.Tellings, Item = old.Item with { Due = alert.Item.Due } } != alert) Update(tx, alert); // until when it is due is not kept
            foreach (var (recipient, telling) in alert.Tellings)
                if (old is null || !old.Tellings.TryGetValue(recipient, out var told) || told != telling) Tell(tx, id, recipient, telling);
        }

        // Causes that went before they had lasted: nobody was told, nothing is kept.
        foreach (var gone in known.Values.Where(alert => alert.OpenedAt is null)) tx.Prepare("DELETE FROM alr_alert WHERE alert_id = $1").Bind(gone.AlertId).Later();
    }

    /// <summary>Somebody sees to an open alert.</summary>
    /// <returns>Whether it is there and open; one that was acknowledged before stays as it was.</returns>
    public static async ValueTask<bool> AcknowledgeAsync(HubTransaction tx, long alertId, Acknowledgement by)
    {
        await tx.Prepare("UPDATE alr_alert SET acked_us = $1, acked_by = $2, acked_note = $3 WHERE alert_id = $4 AND opened_us IS NOT NULL AND closed_us IS NULL AND acked_us IS NULL")
            .Bind(Micros(by.At)).Bind(by.By).Bind(by.Note).Bind(alertId).RunAsync();
        return await tx.Prepare("SELECT alert_id FROM alr_alert WHERE alert_id = $1 AND opened_us IS NOT NULL AND closed_us IS NULL").Bind(alertId).NumberAsync() is not null;
    }

    /// <summary>Deletes what was over before an instant.</summary>
    public static async ValueTask ForgetOldAsync(HubTransaction tx, Instant before)
    {
        await tx.Prepare("DELETE FROM alr_telling WHERE alert_id IN (SELECT alert_id FROM alr_alert WHERE closed_us < $1)").Bind(Micros(before)).RunAsync();
        await tx.Prepare("DELETE FROM alr_alert WHERE closed_us < $1").Bind(Micros(before)).RunAsync();
    }

    /// <summary>Alerts, newest first, behind one with the id <paramref name="before"/>.</summary>
    public static async Task<IReadOnlyList<Alert>> ListAsync(DbConnection reader, AlertFilter filter, long before, int most) => [.. (await reader.QueryAsync<AlertRow>($"""
        SELECT {Columns} FROM alr_alert a WHERE a.opened_us IS NOT NULL AND {(filter.IsOpen ? "a.closed_us IS NULL" : "a.closed_us IS NOT NULL")} AND a.alert_id < @before
          AND (@kind IS NULL OR a.kind = @kind) ORDER BY a.alert_id DESC LIMIT @most
        """, new { before, kind = filter.Kind, most })).Select(row => row.ToAlert())];

    public static async Task<Alert?> FindAsync(DbConnection reader, long alertId) =>
        (await reader.QueryAsync<AlertRow>($"SELECT {Columns} FROM alr_alert a WHERE a.alert_id = @alertId AND a.opened_us IS NOT NULL", new { alertId })).SingleOrDefault()?.ToAlert();

    /// <summary>How each kind alerted so far, as long as alerts are kept.</summary>
    public static async Task<IReadOnlyDictionary<string, AlertTally>> TallyAsync(DbConnection reader) => (await reader.QueryAsync<(string Kind, long Open, long LastUs)>(
        "SELECT kind, count(*) FILTER (WHERE closed_us IS NULL), max(opened_us) FROM alr_alert WHERE opened_us IS NOT NULL GROUP BY kind"))
        .ToDictionary(row => row.Kind, row => new AlertTally(row.Open, At(row.LastUs)), StringComparer.Ordinal);

    public static Task<long> CountOpenAsync(DbConnection reader) => reader.ExecuteScalarAsync<long>("SELECT count(*) FROM alr_alert WHERE opened_us IS NOT NULL AND closed_us IS NULL");

    /// <summary>Who was told of an alert.</summary>
    public static async Task<ImmutableDictionary<string, Telling>> TellingsAsync(DbConnection reader, long alertId) => (await reader.QueryAsync<TellingRow>(
        "SELECT alert_id AS AlertId, recipient_id AS RecipientId, alerted_us AS AlertedUs, recovered_us AS RecoveredUs FROM alr_telling WHERE alert_id = @alertId", new { alertId }))
        .ToImmutableDictionary(row => row.RecipientId, row => row.ToTelling(), StringComparer.Ordinal);

    internal static long Micros(Instant at) => at.ToUnixTimeTicks() / 10;

    internal static Instant At(long unixUs) => Instant.FromUnixTimeTicks(unixUs * 10);

    private static async ValueTask<long> InsertAsync(HubTransaction tx, Alert alert) => (await tx.Prepare("""
        INSERT INTO alr_alert (cause, kind, subject, rank, since_us, address, number, source, seen_us, opened_us, away_us, closed_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        RETURNING alert_id
        """)
        .Bind(alert.Cause).Bind(alert.Item.Kind).Bind(alert.Item.Subject).Bind((long)alert.Item.Rank).Bind(Micros(alert.Item.Since)).Bind(alert.Item.Address).Bind(alert.Item.Count).Bind(alert.Source)
        .Bind(Micros(alert.SeenAt)).Bind(Micros(alert.OpenedAt)).Bind(Micros(alert.AwayAt)).Bind(Micros(alert.ClosedAt)).NumberAsync())!.Value;

    private static void Update(HubTransaction tx, Alert alert) => tx.Prepare("""
        UPDATE alr_alert SET rank = $1, since_us = $2, address = $3, number = $4, source = $5, opened_us = $6, away_us = $7, closed_us = $8 WHERE alert_id = $9
        """)
        .Bind((long)alert.Item.Rank).Bind(Micros(alert.Item.Since)).Bind(alert.Item.Address).Bind(alert.Item.Count).Bind(alert.Source)
        .Bind(Micros(alert.OpenedAt)).Bind(Micros(alert.AwayAt)).Bind(Micros(alert.ClosedAt)).Bind(alert.AlertId).Later();

    private static void Tell(HubTransaction tx, long alertId, string recipient, Telling telling) => tx.Prepare("""
        INSERT INTO alr_telling (alert_id, recipient_id, alerted_us, recovered_us) VALUES ($1, $2, $3, $4)
        ON CONFLICT (alert_id, recipient_id) DO UPDATE SET alerted_us = excluded.alerted_us, recovered_us = excluded.recovered_us
        """).Bind(alertId).Bind(recipient).Bind(Micros(telling.AlertedAt)).Bind(Micros(telling.RecoveredAt)).Later();

    private static long? Micros(Instant? at) => at is { } known ? Micros(known) : null;

    private sealed class TellingRow
    {
        public long AlertId { get; init; }

        public string RecipientId { get; init; } = "";

        public long AlertedUs { get; init; }

        public long? RecoveredUs { get; init; }

        public Telling ToTelling() => new(At(AlertedUs), RecoveredUs is { } over ? At(over) : null);
    }
}

/// <summary>Which alerts are asked for.</summary>
/// <param name="Kind">Absent: all.</param>
public sealed record AlertFilter(bool IsOpen, string? Kind);

/// <summary>Alerts of a kind.</summary>
/// <param name="Open">How many are open.</param>
/// <param name="LastAt">When the last one opened.</param>
public sealed record AlertTally(long Open, Instant LastAt);

/// <summary>One alert as it is stored.</summary>
internal sealed class AlertRow
{
    public long AlertId { get; init; }

    public string Kind { get; init; } = "";

    public string Subject { get; init; } = "";

    public long Rank { get; init; }

    public long SinceUs { get; init; }

    public string Address { get; init; } = "";

    public long Number { get; init; }

    public string Source { get; init; } = "";

    public long SeenUs { get; init; }

    public long? OpenedUs { get; init; }

    public long? AwayUs { get; init; }

    public long? ClosedUs { get; init; }

    public long? AckedUs { get; init; }

    public string? AckedBy { get; init; }

    public string? AckedNote { get; init; }

    public Alert ToAlert() => new(new WorkItem(Kind, Subject, (WorkRank)Rank, AlertStore.At(SinceUs), Address, Number), Source, AlertStore.At(SeenUs))
    {
        AlertId = AlertId,
        OpenedAt = At(OpenedUs),
        AwayAt = At(AwayUs),
        ClosedAt = At(ClosedUs),
        Acknowledged = AckedUs is { } acked ? new Acknowledgement(AckedBy ?? "", AckedNote, AlertStore.At(acked)) : null,
    };

    private static Instant? At(long? unixUs) => unixUs is { } known ? AlertStore.At(known) : null;
}
