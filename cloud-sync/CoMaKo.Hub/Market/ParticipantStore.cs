using System.Data.Common;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>Reads participants.</summary>
internal static class ParticipantReader
{
    public const string Select = "SELECT name, title, kind, customer_number, CASE WHEN voice_pin IS NULL THEN 0 ELSE 1 END, revision FROM mkt_participant";

    /// <summary>Participants after an id, by id.</summary>
    /// <param name="search">A part of id, name or customer number; empty: all.</param>
    public static async Task<IReadOnlyList<ParticipantDocument>> AfterAsync(DbConnection reader, string after, int limit, string search = "") =>
        [.. (await reader.QueryAsync<(string, string?, long, string?, long, long)>(
            $"{Select} WHERE name > @after {(search.Length == 0 ? "" : "AND (lower(name) LIKE @like OR lower(title) LIKE @like OR customer_number LIKE @like)")} ORDER BY name LIMIT @limit",
            new { after, limit, like = SearchText.Like(search) })).Select(row => Of(row).Document)];

    /// <summary>The participant with this id; absent if there is none.</summary>
    public static async Task<(ParticipantDocument Document, long Revision)?> FindAsync(DbConnection reader, string id) =>
        (await reader.QueryAsync<(string, string?, long, string?, long, long)>($"{Select} WHERE name = @id", new { id })).AsList() is [var row] ? Of(row) : null;

    private static (ParticipantDocument Document, long Revision) Of((string Id, string? Name, long Kind, string? Customer, long HasPin, long Revision) row) =>
        (new ParticipantDocument(row.Id, row.Name, (ParticipantKind)row.Kind, row.Customer, row.HasPin != 0), row.Revision);
}

/// <summary>Writes participants.</summary>
internal sealed class ParticipantStore(HubDatabase database, TimeProvider clock)
{
    /// <summary>Creates or replaces a participant.</summary>
    /// <param name="condition">Whether the caller goes on with the revision that is there; absent if there is none.</param>
    public Task<PutOutcome> PutAsync(ParticipantForm form, Caller caller, FormFindings findings, Func<long?, bool> condition)
    {
        byte[]? hash = form.VoicePin is { } pin ? VoicePins.Hash(pin) : null; // slow on purpose: not while the database waits
        return database.WriteNewAsync(tx => PutAsync(tx, form.Document, hash, caller, findings, condition));
    }

    /// <inheritdoc cref="PutAsync(ParticipantForm, Caller, FormFindings, Func{long?, bool})"/>
    /// <param name="tx">The transaction that the caller's other writes are in.</param>
    /// <param name="pinHash">Of a new PIN, which also unlocks; absent: the old one stays.</param>
    public async ValueTask<PutOutcome> PutAsync(HubTransaction tx, ParticipantDocument document, byte[]? pinHash, Caller caller, FormFindings findings, Func<long?, bool> condition)
    {
        findings.Clear();
        var there = await tx.Prepare($"{ParticipantReader.Select} WHERE name = $1 {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}").Bind(document.Id).FirstAsync(Stored.Of);
        if (!condition(there?.Revision)) return new PutOutcome(PutResult.ConditionFailed);
        var state = document with { HasVoicePin = pinHash is not null || there is { Document.HasVoicePin: true } };
        if (there is not null && there.Document == state && pinHash is null) return new PutOutcome(PutResult.Unchanged, there.Revision);
        if (document.CustomerNumber is { } customer && await tx.Prepare("SELECT 1 FROM mkt_participant WHERE customer_number = $1 AND name <> $2").Bind(customer).Bind(document.Id).NumberAsync() is not null)
        {
            findings.Add("customer_number", "CMH-1666", "Another participant has this customer number.");
            return new PutOutcome(PutResult.Refused);
        }

        Write(tx, document, pinHash, there is not null);
        await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, there is null ? "participant.create" : "participant.change", document.Id, AuditText.Of(state));
        return new PutOutcome(there is null ? PutResult.Created : PutResult.Replaced, (there?.Revision ?? 0) + 1);
    }

    private void Write(HubTransaction tx, ParticipantDocument document, byte[]? pin, bool isThere) => tx.Prepare(isThere
            ? "UPDATE mkt_participant SET title = $1, kind = $2, customer_number = $3, voice_failures = CASE WHEN $4 IS NULL THEN voice_failures ELSE 0 END, voice_pin = coalesce($4, voice_pin), changed_us = $5, revision = revision + 1 WHERE name = $6"
            : "INSERT INTO mkt_participant (title, kind, customer_number, voice_pin, changed_us, name) VALUES ($1, $2, $3, $4, $5, $6)")
        .Bind(document.Name).Bind((long)document.Kind).Bind(document.CustomerNumber).Bind(pin).Bind(clock.UnixMicroseconds()).Bind(document.Id).Later();

    private sealed record Stored(ParticipantDocument Document, long Revision)
    {
        public static Stored Of(IHubRow row) => new(
            new ParticipantDocument(row.Text(0), row.IsNull(1) ? null : row.Text(1), (ParticipantKind)row.Int64(2), row.IsNull(3) ? null : row.Text(3), row.Int64(4) != 0), row.Int64(5));
    }
}
