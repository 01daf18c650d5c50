using System.Globalization;
using CoMaKo.Hub.Storage;
using Dapper;

namespace CoMaKo.Hub.Access.People;

/// <summary>How somebody's way in stands.</summary>
internal enum PersonState
{
    /// <summary>Has chosen a password.</summary>
    Active = 1,

    /// <summary>Has a code that is still good.</summary>
    Invited = 2,

    /// <summary>Has neither: the code is too old.</summary>
    Expired = 3,
    Locked = 4,
}

/// <summary>Somebody as operators see them.</summary>
internal sealed record PersonRow(string Name, Roles Role, string? Participant, string? Language, string? Email, PersonState State, bool HasSecondFactor, long CreatedUs, long? LastUsedUs);

/// <summary>Which people a list shows; absent: all.</summary>
internal sealed record PersonFilter(string? Text = null, Roles? Role = null, PersonState? State = null);

/// <summary>One browser of somebody, as they see it.</summary>
internal sealed record SessionRow(string SessionId, long CreatedUs, long UsedUs, string Address, string Browser);

/// <summary>What became of locking somebody.</summary>
internal enum LockOutcome
{
    Done,
    Unknown,

    /// <summary>Nobody would be left who could unlock.</summary>
    LastOperator,
}

/// <summary>The list of people, and shutting somebody out.</summary>
internal sealed class Accounts(HubDatabase database, RealClock clock)
{
    public const string LastOperator = "CMH-1564";

    /// <summary>People by name, those after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<PersonRow>> ListAsync(PersonFilter filter, string after, int limit)
    {
        await using var reader = await database.OpenReaderAsync();
        var rows = await reader.QueryAsync<(string Name, long Role, string? Participant, string? Language, string? Email, long State, long HasTotp, long Created, long? Used)>($"""
            SELECT * FROM (
              SELECT p.name, p.role, p.participant, p.language, p.email,
                CASE WHEN p.locked_us IS NOT NULL THEN 4 WHEN {Person.HasWayIn} THEN 1 WHEN i.expires_us > @now THEN 2 ELSE 3 END AS state,
                CASE WHEN p.totp IS NULL THEN 0 ELSE 1 END AS has_totp, p.created_us, (SELECT max(s.used_us) FROM web_session s WHERE s.person_id = p.person_id) AS used_us
              FROM web_person p LEFT JOIN web_invitation i ON i.person_id = p.person_id) AS people
            WHERE name > @after AND (@role = 0 OR role = @role) AND (@state = 0 OR state = @state)
              AND (@text = '' OR name LIKE @like ESCAPE '!' OR lower(coalesce(participant, '')) LIKE @like ESCAPE '!')
            ORDER BY name LIMIT @limit
            """, new { now = clock.UnixMicroseconds, after, limit, role = (long?)filter.Role ?? 0, state = (long?)filter.State ?? 0, text = filter.Text ?? "", like = LikeOf(filter.Text) });
        return [.. rows.Select(row => new PersonRow(row.Name, (Roles)row.Role, row.Participant, row.Language, row.Email, (PersonState)row.State, row.HasTotp != 0, row.Created, row.Used))];
    }

    /// <summary>Sessions of one person that are not over, newest first.</summary>
    public async Task<IReadOnlyList<SessionRow>> SessionsAsync(PersonSession of)
    {
        await using var reader = await database.OpenReaderAsync();
        long now = clock.UnixMicroseconds;
        return (await reader.QueryAsync<SessionRow>("""
            SELECT session_id AS SessionId, created_us AS CreatedUs, used_us AS UsedUs, address AS Address, browser AS Browser FROM web_session
            WHERE person_id = @PersonId AND stage = 0 AND ends_us > @now AND used_us > @idle ORDER BY created_us DESC, session_id
            """, new { of.PersonId, now, idle = now - (PersonSession.IdleOf(of.Role).Ticks / 10) })).AsList();
    }

    /// <summary>Ends one of a person's own sessions, or all but the one that asks.</summary>
    /// <param name="sessionId">Absent: all others.</param>
    public Task EndAsync(PersonSession asking, string? sessionId) => database.WriteAsync(async tx =>
    {
        int ended = sessionId is null
            ? await tx.Prepare("DELETE FROM web_session WHERE person_id = $1 AND session_id <> $2").Bind(asking.PersonId).Bind(asking.SessionId).RunAsync()
            : await tx.Prepare("DELETE FROM web_session WHERE person_id = $1 AND session_id = $2").Bind(asking.PersonId).Bind(sessionId).RunAsync();
        if (ended > 0) await Audit.AppendAsync(tx, clock.UnixMicroseconds, Caller.PersonPrefix + asking.Name, "person.end_sessions", asking.Name, ended.ToString(CultureInfo.InvariantCulture));
    });

    /// <summary>Shuts somebody out at once, or lets them in again.</summary>
    public Task<LockOutcome> LockAsync(string name, bool isLocked, string actor) => database.WriteAsync(async tx =>
    {
        if (await Person.FindAsync(tx, name) is not { } person) return LockOutcome.Unknown;
        if (person.LockedUs is not null == isLocked) return LockOutcome.Done;
        long now = clock.UnixMicroseconds;
        if (isLocked && person.Role == Roles.Operator && await tx.Prepare($"SELECT count(*) FROM web_person p WHERE p.role = $1 AND {Person.HasWayIn} AND p.locked_us IS NULL AND p.person_id <> $2").Bind((long)Roles.Operator).Bind(person.PersonId).NumberAsync() == 0)
            return LockOutcome.LastOperator;
        await tx.Prepare("UPDATE web_person SET locked_us = $1 WHERE person_id = $2").Bind(isLocked ? now : null).Bind(person.PersonId).RunAsync();
        PersonSessions.EndAll(tx, person.PersonId);
        await Audit.AppendAsync(tx, now, actor, isLocked ? "person.lock" : "person.unlock", person.Name, "");
        return LockOutcome.Done;
    });

    private static string LikeOf(string? text) =>
        $"%{(text ?? "").ToLowerInvariant().Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}%";
}
