using System.Buffers.Text;
using System.Security.Cryptography;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Access.People;

/// <summary>Who is signed in. Sessions are rows and are looked up with each request, so that one that is ended stops at once on every replica.</summary>
internal sealed class PersonSessions(HubDatabase database, RealClock clock)
{
    private const long MinuteMicroseconds = 60_000_000;
    private const long DayMicroseconds = 1440 * MinuteMicroseconds;
    private const int SecretLength = 43; // 32 bytes as base64url
    private const int LongestBrowser = 200;

    /// <summary>Begins a session.</summary>
    /// <returns>The secret for the cookie; only its hash is kept.</returns>
    public async ValueTask<string> BeginAsync(HubTransaction tx, Person person, SessionStage stage, string address, string browser)
    {
        string secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        long now = clock.UnixMicroseconds;
        tx.Prepare("DELETE FROM web_session WHERE ends_us <= $1").Bind(now - DayMicroseconds).Later(); // over for a day: until then it says whose a form was that came too late
        await tx.Prepare("INSERT INTO web_session (session_id, person_id, stage, created_us, used_us, fresh_us, ends_us, address, browser) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
            .Bind(PersonSession.IdOf(secret)).Bind(person.PersonId).Bind((long)stage).Bind(now).Bind(now).Bind(now).Bind(now + Microseconds(PersonSession.LongestOf(person.Role)))
            .Bind(address).Bind(browser.Length <= LongestBrowser ? browser : browser[..LongestBrowser]).RunAsync();
        return secret;
    }

    /// <summary>The session of a cookie; absent if there is none, it is over or its person is locked.</summary>
    /// <param name="isAutomatic">A page that renews itself keeps nobody signed in.</param>
    public async ValueTask<PersonSession?> FindAsync(string? secret, bool isAutomatic = false)
    {
        if (secret?.Length != SecretLength) return null;
        string id = PersonSession.IdOf(secret);
        var row = await ReadAsync(id);
        long now = clock.UnixMicroseconds;
        if (row is null || row.EndsUs <= now || row.UsedUs + Microseconds(PersonSession.IdleOf((Roles)row.Role)) <= now) return null;
        if (!isAutomatic && now - row.UsedUs >= MinuteMicroseconds) await NoteUseAsync(id, now);
        return new PersonSession(id, row.PersonId, row.Name, (Roles)row.Role, row.Participant, row.Language, (SessionStage)row.Stage, row.FreshUs, PersonSession.FormTokenOf(secret));
    }

    /// <summary>Whose cookie this is or was, even where the session is over; absent if nobody is known any more. It lets nobody in.</summary>
    public async ValueTask<long?> OwnerAsync(string secret)
    {
        if (secret.Length != SecretLength) return null;
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleOrDefaultAsync<long?>("SELECT person_id FROM web_session WHERE session_id = @id AND stage = 0", new { id = PersonSession.IdOf(secret) });
    }

    /// <summary>The person has just proved again who they are.</summary>
    public async ValueTask RefreshAsync(HubTransaction tx, PersonSession session) =>
        await tx.Prepare("UPDATE web_session SET fresh_us = $1 WHERE session_id = $2").Bind(clock.UnixMicroseconds).Bind(session.SessionId).RunAsync();

    /// <summary>Whether the person proved within the last five minutes who they are.</summary>
    public bool IsFresh(PersonSession session) => clock.UnixMicroseconds - session.FreshUs < 5 * MinuteMicroseconds;

    /// <summary>Ends one session, without a word in the audit.</summary>
    public static void End(HubTransaction tx, PersonSession session) => tx.Prepare("DELETE FROM web_session WHERE session_id = $1").Bind(session.SessionId).Later();

    /// <summary>Ends one session.</summary>
    public Task EndAsync(PersonSession session) => database.WriteAsync(async tx =>
    {
        await tx.Prepare("DELETE FROM web_session WHERE session_id = $1").Bind(session.SessionId).RunAsync();
        await Audit.AppendAsync(tx, clock.UnixMicroseconds, Caller.PersonPrefix + session.Name, "person.sign_out", session.Name, "");
    });

    /// <summary>Ends every session of a person, but for one if given.</summary>
    public static void EndAll(HubTransaction tx, long personId, string? but = null) =>
        tx.Prepare("DELETE FROM web_session WHERE person_id = $1 AND session_id <> $2").Bind(personId).Bind(but ?? "").Later();

    private async Task<Row?> ReadAsync(string id)
    {
        await using var reader = await database.OpenReaderAsync();
        return await reader.QuerySingleOrDefaultAsync<Row>("""
            SELECT s.person_id AS PersonId, p.name AS Name, p.role AS Role, p.participant AS Participant, p.language AS Language, s.stage AS Stage,
              s.used_us AS UsedUs, s.fresh_us AS FreshUs, s.ends_us AS EndsUs
            FROM web_session s JOIN web_person p ON p.person_id = s.person_id WHERE s.session_id = @id AND p.locked_us IS NULL
            """, new { id });
    }

    private Task NoteUseAsync(string id, long now) =>
        database.WriteAsync(async tx => await tx.Prepare("UPDATE web_session SET used_us = $1 WHERE session_id = $2").Bind(now).Bind(id).RunAsync() == 1);

    private static long Microseconds(TimeSpan span) => span.Ticks / 10;

    private sealed class Row
    {
        public long PersonId { get; init; }

        public string Name { get; init; } = "";

        public long Role { get; init; }

        public string? Participant { get; init; }

        public string? Language { get; init; }

        public long Stage { get; init; }

        public long UsedUs { get; init; }

        public long FreshUs { get; init; }

        public long EndsUs { get; init; }
    }
}
