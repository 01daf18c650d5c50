using CoMaKo.Hub.Storage;
using Dapper;
using NodaTime;

namespace CoMaKo.Hub.Access.OwnData;

/// <summary>The ways in of a participant: people who sign in, and keys of programs. They go at once.</summary>
internal sealed class OwnAccount(HubDatabase database) : IOwnData, IErasure
{
    public async Task WriteAsync(OwnArchive archive, string participant)
    {
        await using var reader = await database.OpenReaderAsync();
        var people = (await reader.QueryAsync<(long Id, string Name, string? Language, string? Email, long CreatedUs)>("SELECT person_id, name, language, email, created_us FROM web_person WHERE participant = @participant ORDER BY name", new { participant })).AsList();
        var keys = (await reader.QueryAsync<(string Id, string Name, long CreatedUs, long ExpiresUs)>("SELECT key_id, name, created_us, expires_us FROM web_key WHERE participant = @participant ORDER BY created_us", new { participant })).AsList();
        archive.AddJson("account.json", "Who signs in for you, and keys of programs. Passwords and keys themselves are kept as hashes only.", new
        {
            people = people.Select(person => new { person.Name, person.Language, person.Email, created_at = Iso(person.CreatedUs) }),
            keys = keys.Select(key => new { key.Id, key.Name, created_at = Iso(key.CreatedUs), expires_at = Iso(key.ExpiresUs) }),
        });
        string[] actors = [.. people.Select(person => "person:" + person.Name), .. keys.Select(key => Caller.KeyPrefix + key.Id)];
        var done = await reader.QueryAsync<(long AtUs, string Action, string Subject, string Detail)>(
            $"SELECT at_us, action, subject, detail FROM web_audit WHERE actor {database.Engine.AnyOf("@actors")} ORDER BY seq LIMIT 100000", new { actors });
        archive.AddCsv("audit.csv", "What you did here.", ["at", "action", "subject", "detail"], done.Select(row => new object?[] { Iso(row.AtUs), row.Action, row.Subject, row.Detail }));
    }

    public async ValueTask<IReadOnlyList<ErasureNote>> EraseAsync(HubTransaction tx, string participant, LocalDate today)
    {
        const string OfPeople = "WHERE person_id IN (SELECT person_id FROM web_person WHERE participant = $1)";
        foreach (string table in (string[])["web_session", "web_invitation", "web_recovery", "web_passkey", "web_openid"]) await tx.Prepare($"DELETE FROM {table} {OfPeople}").Bind(participant).RunAsync();
        // The row stays without anything of the person, because other rows may name its number.
        await tx.Prepare("UPDATE web_person SET name = 'erased-' || person_id, participant = NULL, language = NULL, email = NULL, password = NULL, totp = NULL, locked_us = coalesce(locked_us, created_us) WHERE participant = $1").Bind(participant).RunAsync();
        await tx.Prepare("DELETE FROM web_key WHERE participant = $1").Bind(participant).RunAsync();
        return [new ErasureNote("account", true)];
    }

    private static string Iso(long us) => NodaTime.Text.InstantPattern.ExtendedIso.Format(Instant.FromUnixTimeTicks(us * 10));
}
