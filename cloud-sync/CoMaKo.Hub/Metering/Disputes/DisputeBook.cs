using System.Data.Common;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Metering.Disputes;

/// <summary>Keeps disputes. Each one and each answer is in the audit. Codes: CMH-1764 too many open ones, 1765 unknown, 1766 answered already.</summary>
internal sealed class DisputeBook(HubDatabase database, TimeProvider clock)
{
    private const string Select = "SELECT dispute_id, participant, subject, thing, point, words, believed_wh, state, created_us, answered_us, reason FROM met_dispute";

    /// <summary>Stores a dispute; one that says the same of the same thing and is still open is the same.</summary>
    /// <returns>Its number, or the problem.</returns>
    public Task<(long Id, IResult? Problem)> AddAsync(NewDispute dispute, Caller caller) => database.WriteAsync<(long, IResult?)>(async tx =>
    {
        var open = await tx.Prepare("SELECT dispute_id, subject, thing, coalesce(point, ''), words FROM met_dispute WHERE participant = $1 AND state = 1").Bind(dispute.Participant)
            .ListAsync(row => (Id: row.Int64(0), Subject: (DisputeSubject)row.Int64(1), Thing: row.Text(2), Point: row.Text(3), Words: row.Text(4)));
        if (open.Find(each => each.Subject == dispute.Subject && each.Thing == dispute.Thing && each.Point == (dispute.Point ?? "") && each.Words == dispute.Words) is { Id: > 0 } same) return (same.Id, null);
        if (open.Count >= NewDispute.MostOpen) return (0, Problems.Of(409, "CMH-1764", "Too many open disputes", $"The cooperative answers the {NewDispute.MostOpen} that are open first."));
        long now = clock.UnixMicroseconds();
        long id = (await tx.Prepare("INSERT INTO met_dispute (participant, subject, thing, point, words, believed_wh, author, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING dispute_id")
            .Bind(dispute.Participant).Bind((long)dispute.Subject).Bind(dispute.Thing).Bind(dispute.Point).Bind(dispute.Words).Bind(dispute.BelievedWh).Bind(caller.Name).Bind(now).NumberAsync())!.Value;
        await Audit.AppendAsync(tx, now, caller.Name, "dispute.open", NameOf(id), $"{dispute.Subject} {dispute.Thing} {dispute.Point}");
        return (id, null);
    });

    /// <summary>Answers an open dispute.</summary>
    /// <returns>The problem; absent if it was answered.</returns>
    public Task<IResult?> AnswerAsync(long id, bool isAccepted, string reason, Caller caller) => database.WriteAsync<IResult?>(async tx =>
    {
        long now = clock.UnixMicroseconds();
        int answered = await tx.Prepare("UPDATE met_dispute SET state = $1, answered_by = $2, answered_us = $3, reason = $4 WHERE dispute_id = $5 AND state = 1")
            .Bind((long)(isAccepted ? DisputeState.Accepted : DisputeState.Rejected)).Bind(caller.Name).Bind(now).Bind(reason).Bind(id).RunAsync();
        if (answered == 0)
        {
            return await tx.Prepare("SELECT 1 FROM met_dispute WHERE dispute_id = $1").Bind(id).NumberAsync() is null
                ? Problems.Of(404, "CMH-1765", "Unknown dispute", "The hub has no such dispute. GET /disputes lists them.")
                : Problems.Of(409, "CMH-1766", "Answered already", "Somebody has answered this dispute. A member who does not agree opens a new one.");
        }

        await Audit.AppendAsync(tx, now, caller.Name, "dispute.answer", NameOf(id), $"{(isAccepted ? "accepted" : "rejected")}: {reason}");
        return null;
    });

    /// <summary>Disputes behind a number, oldest first.</summary>
    /// <param name="participant">Only this one's; absent: everybody's.</param>
    /// <param name="state">Only these; absent: all.</param>
    public async Task<IReadOnlyList<Dispute>> ListAsync(string? participant, DisputeState? state, long after, int most)
    {
        await using var reader = await database.OpenReaderAsync();
        return await ListAsync(reader, $"dispute_id > @after {(participant is null ? "" : "AND participant = @participant")} {(state is null ? "" : "AND state = @state")} ORDER BY dispute_id LIMIT @most", new { participant, state = (long?)state, after, most });
    }

    /// <summary>One dispute; absent if there is none of that number.</summary>
    public async Task<Dispute?> FindAsync(long id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await ListAsync(reader, "dispute_id = @id", new { id }) is [var found] ? found : null;
    }

    /// <summary>How many are open, and since when the oldest.</summary>
    public async Task<IReadOnlyList<(long Id, string Participant, Instant Since)>> OpenAsync(int most)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<(long Id, string Participant, long CreatedUs)>("SELECT dispute_id, participant, created_us FROM met_dispute WHERE state = 1 ORDER BY dispute_id LIMIT @most", new { most }))
            .Select(row => (row.Id, row.Participant, At(row.CreatedUs)))];
    }

    private static async Task<IReadOnlyList<Dispute>> ListAsync(DbConnection reader, string condition, object values) =>
        [.. (await reader.QueryAsync<(long Id, string Participant, long Subject, string Thing, string? Point, string Words, long? BelievedWh, long State, long CreatedUs, long? AnsweredUs, string? Reason)>($"{Select} WHERE {condition}", values))
            .Select(row => new Dispute(row.Id, row.Participant, (DisputeSubject)row.Subject, row.Thing, row.Point, row.Words, row.BelievedWh, (DisputeState)row.State, At(row.CreatedUs), row.AnsweredUs is { } answered ? At(answered) : null, row.Reason))];

    private static string NameOf(long id) => FormattableString.Invariant($"dispute:{id}");

    private static Instant At(long us) => Instant.FromUnixTimeTicks(us * 10);
}
