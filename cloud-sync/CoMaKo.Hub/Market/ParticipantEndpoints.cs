using CoMaKo.Hub.Access;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Api;
using Dapper;

namespace CoMaKo.Hub.Market;

/// <summary>What a participant is; the numbers are those of <c>mkt_participant.kind</c>.</summary>
internal enum ParticipantKind
{
    Person = 1,
    Company = 2,
}

/// <summary>A participant in the REST interface. The PIN for the voicebot can be set and is never shown.</summary>
internal sealed record ParticipantDocument(string Id, string? Name, ParticipantKind Kind, string? CustomerNumber, bool HasVoicePin);

/// <summary>Participants. Codes: CMH-1666 customer number, 1667 PIN.</summary>
internal static class ParticipantEndpoints
{
    private const string Select = "SELECT name, title, kind, customer_number, CASE WHEN voice_pin IS NULL THEN 0 ELSE 1 END, revision FROM mkt_participant";

    public static void MapParticipantEndpoints(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/participants", ListAsync).WithName("participants").WithSummary("Participants by id").Produces<Page<ParticipantDocument>>().ForOperators(Scopes.MarketRead);
        endpoints.MapGet("/participants/{id}", GetAsync).WithName("participant").WithSummary("One participant").Produces<ParticipantDocument>().ProducesProblem(404).ForOperators(Scopes.MarketRead);
        endpoints.MapPut("/participants/{id}", PutAsync).WithName("put_participant").WithSummary("Creates or replaces a participant; voice_pin sets the PIN for the voicebot")
            .TakesJson<ParticipantDocument>().Produces<ParticipantDocument>().Produces<ParticipantDocument>(201).ProducesProblem(412).ForOperators(Scopes.MarketWrite);
    }

    private static async Task<IResult> ListAsync(HubDatabase database, string? limit, string? cursor)
    {
        if (Paging.Read(limit, cursor, out int count, out string after) is { } problem) return problem;
        await using var reader = await database.OpenReaderAsync();
        var rows = (await reader.QueryAsync<(string Id, string? Name, long Kind, string? Customer, long HasPin, long Revision)>($"{Select} WHERE name > @after ORDER BY name LIMIT @limit", new { after, limit = count + 1 })).AsList();
        return Results.Ok(Paging.Of(rows, count, row => row.Id, row => new ParticipantDocument(row.Id, row.Name, (ParticipantKind)row.Kind, row.Customer, row.HasPin != 0)));
    }

    private static async Task<IResult> GetAsync(HttpContext context, HubDatabase database, string id)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = (await reader.QueryAsync<(string Id, string? Name, long Kind, string? Customer, long HasPin, long Revision)>($"{Select} WHERE name = @id", new { id })).AsList();
        if (rows is not [var row]) return MarketProblems.UnknownParticipant(id);
        context.Response.SetRevision(row.Revision);
        return Results.Ok(new ParticipantDocument(row.Id, row.Name, (ParticipantKind)row.Kind, row.Customer, row.HasPin != 0));
    }

    private static async Task<IResult> PutAsync(HttpContext context, HubDatabase database, TimeProvider clock, Caller caller, string id)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request);
        if (body is not { } root) return problem!;
        var findings = new FormFindings();
        if (JsonForm.Open(root, findings) is not { } form) return findings.ToProblem();
        if (id.Length > 100 || id.Trim() != id || id.Any(char.IsControl)) form.Add("id", "CMH-1606", "An id has 1 to 100 characters, no control characters and no blanks at its ends.");
        if (form.Text("id") is { } own && own != id) form.Add("id", "CMH-1606", "The id is another one than the path's.");
        _ = form.Flag("has_voice_pin"); // what GET answers may be PUT again
        var document = new ParticipantDocument(id, form.Text("name"), form.Word<ParticipantKind>("kind") ?? ParticipantKind.Person, form.Text("customer_number", most: 20), false);
        if (document.CustomerNumber?.All(char.IsAsciiDigit) == false) form.Add("customer_number", "CMH-1666", "A customer number has digits only, so that it can be said.");
        string? pin = form.Text("voice_pin", most: 10);
        if (pin is not null && (pin.Length < 4 || !pin.All(char.IsAsciiDigit))) form.Add("voice_pin", "CMH-1667", "A PIN has 4 to 10 digits.");
        form.Close();
        if (findings.Any) return findings.ToProblem();
        byte[]? hash = pin is null ? null : VoicePins.Hash(pin);
        bool hasPin = false;
        var outcome = await database.WriteNewAsync(async tx =>
        {
            findings.Clear();
            var there = await tx.Prepare($"SELECT revision, CASE WHEN voice_pin IS NULL THEN 0 ELSE 1 END FROM mkt_participant WHERE name = $1 {(tx.Engine == HubEngine.Postgres ? "FOR UPDATE" : "")}").Bind(id).ListAsync(row => (Revision: row.Int64(0), HasPin: row.Int64(1) != 0));
            long? revision = there is [var known] ? known.Revision : null;
            if (!context.Request.Meets(revision)) return new PutOutcome(PutResult.ConditionFailed);
            if (document.CustomerNumber is { } customer && await tx.Prepare("SELECT 1 FROM mkt_participant WHERE customer_number = $1 AND name <> $2").Bind(customer).Bind(id).NumberAsync() is not null)
                findings.Add("customer_number", "CMH-1666", "Another participant has this customer number.");
            if (findings.Any) return new PutOutcome(PutResult.Refused);
            await WriteAsync(tx, document, hash, revision is not null, clock.UnixMicroseconds());
            hasPin = hash is not null || there is [{ HasPin: true }];
            await Audit.AppendAsync(tx, clock.UnixMicroseconds(), caller.Name, revision is null ? "participant.create" : "participant.change", id, AuditText.Of(document with { HasVoicePin = hasPin }));
            return new PutOutcome(revision is null ? PutResult.Created : PutResult.Replaced, (revision ?? 0) + 1);
        });
        return MarketProblems.Of(outcome, findings) ?? MarketProblems.Stored(context, outcome, document with { HasVoicePin = hasPin });
    }

    /// <summary>A new PIN also unlocks; without one the old PIN stays.</summary>
    private static ValueTask<int> WriteAsync(HubTransaction tx, ParticipantDocument document, byte[]? pin, bool isThere, long nowUs)
    {
        var statement = tx.Prepare(isThere
            ? "UPDATE mkt_participant SET title = $1, kind = $2, customer_number = $3, voice_failures = CASE WHEN $4 IS NULL THEN voice_failures ELSE 0 END, voice_pin = coalesce($4, voice_pin), changed_us = $5, revision = revision + 1 WHERE name = $6"
            : "INSERT INTO mkt_participant (title, kind, customer_number, voice_pin, changed_us, name) VALUES ($1, $2, $3, $4, $5, $6)");
        return statement.Bind(document.Name).Bind((long)document.Kind).Bind(document.CustomerNumber).Bind(pin).Bind(nowUs).Bind(document.Id).RunAsync();
    }
}
