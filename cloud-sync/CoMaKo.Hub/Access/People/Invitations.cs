using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Access.People;

/// <summary>Whom to invite.</summary>
/// <param name="Name">For sign-in, in one form (<see cref="Person.NormaliseName"/>).</param>
internal sealed record InvitationWish(string Name, Roles Role, string? Participant, string? Language, string? Email)
{
    /// <summary>All mistakes at once, as field and text.</summary>
    public IReadOnlyList<(string Field, string Text)> Validate()
    {
        var findings = new List<(string, string)>();
        if (Role is not (Roles.Viewer or Roles.Member or Roles.Operator)) findings.Add(("role", "People are viewers, members or operators."));
        if (Role == Roles.Member != Participant is not null) findings.Add(("participant", "A member names its participant, and nobody else does."));
        if (Language is not (null or "de" or "en")) findings.Add(("language", "The languages are de and en."));
        if (Email is { } mail && !MailAddress.IsGood(mail)) findings.Add(("email", "An e-mail address is written name@place."));
        return findings;
    }
}

/// <summary>An invitation as it is given on: the only time its code can be seen.</summary>
internal sealed record Invitation(Person Person, string Code, long ExpiresUs, bool IsReset);

/// <summary>The codes by which people get in for the first time, or again after they lost what they had.</summary>
internal sealed class Invitations(HubDatabase database, RealClock clock)
{
    public const int Days = 14;

    private const long DayMicroseconds = 86_400_000_000;

    /// <summary>
    /// Invites somebody. Who is known gets in only with the new code from now on: all sessions end, password, second factor, passkeys and links with providers are forgotten, so that whoever
    /// found a lost device or password gets nothing.
    /// </summary>
    /// <param name="wish">One that passed <see cref="InvitationWish.Validate"/>.</param>
    /// <param name="actor">Who invites, for the audit.</param>
    /// <returns>Absent if the person is known with another role or participant.</returns>
    public async Task<Invitation?> CreateAsync(InvitationWish wish, string actor)
    {
        string code = OneTimeCode.New();
        byte[] hash = OneTimeCode.Hash(code);
        long now = clock.UnixMicroseconds, expires = now + (Days * DayMicroseconds);
        return await database.WriteAsync<Invitation?>(async tx =>
        {
            bool isNew = await tx.Prepare("INSERT INTO web_person (name, role, participant, language, email, created_us) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING")
                .Bind(wish.Name).Bind((long)wish.Role).Bind(wish.Participant).Bind(wish.Language).Bind(wish.Email).Bind(now).RunAsync() == 1;
            var person = (await Person.FindAsync(tx, wish.Name))!;
            if (person.Role != wish.Role || person.Participant != wish.Participant) return null;
            if (!isNew) await ForgetAsync(tx, person, wish);
            await tx.Prepare("INSERT INTO web_invitation (person_id, code_hash, created_us, expires_us) VALUES ($1, $2, $3, $4)").Bind(person.PersonId).Bind(hash).Bind(now).Bind(expires).RunAsync();
            await Audit.AppendAsync(tx, now, actor, isNew ? "person.invite" : "person.reset", person.Name, $"{person.Role} {person.Participant}".Trim());
            return new Invitation(person, code, expires, !isNew);
        });
    }

    /// <summary>Lets somebody in anew who is known, with role and participant as they are.</summary>
    /// <returns>Absent if there is nobody of this name, or they are locked.</returns>
    public async Task<Invitation?> RenewAsync(string name, string actor)
    {
        await using var reader = await database.OpenReaderAsync();
        return await Person.FindAsync(reader, name) is { LockedUs: null } person ? await CreateAsync(new InvitationWish(person.Name, person.Role, person.Participant, null, null), actor) : null;
    }

    /// <summary>Whom a code invites; absent if it is unknown, used or expired.</summary>
    /// <param name="hash">Of the code, <see cref="OneTimeCode.Hash"/>.</param>
    public Task<Person?> FindAsync(byte[] hash) => database.WriteAsync(tx => FindAsync(tx, hash));

    /// <summary>Whom a code invites, in the transaction that uses it.</summary>
    public async ValueTask<Person?> FindAsync(HubTransaction tx, byte[] hash) =>
        await tx.Prepare("SELECT person_id FROM web_invitation WHERE code_hash = $1 AND expires_us > $2").Bind(hash).Bind(clock.UnixMicroseconds).NumberAsync() is { } id
        && await Person.FindAsync(tx, id) is { LockedUs: null } person ? person : null;

    private static async ValueTask ForgetAsync(HubTransaction tx, Person person, InvitationWish wish)
    {
        PersonSessions.EndAll(tx, person.PersonId);
        SecondFactor.Forget(tx, person.PersonId);
        Passkeys.Forget(tx, person.PersonId);
        OpenIdDesk.Forget(tx, person.PersonId);
        tx.Prepare("DELETE FROM web_invitation WHERE person_id = $1").Bind(person.PersonId).Later();
        await tx.Prepare("UPDATE web_person SET password = NULL, language = coalesce($1, language), email = coalesce($2, email) WHERE person_id = $3").Bind(wish.Language).Bind(wish.Email).Bind(person.PersonId).RunAsync();
    }
}
