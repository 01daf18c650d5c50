using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Access.OpenId;

/// <summary>
/// Lets people in whom the provider knows and this hub has invited: an account there opens the door of whoever linked it, with an invitation's code or signed in.
/// Nobody becomes a person by a sign-in, and mail addresses and names that a provider tells decide nothing. Operators still show their second factor.
/// </summary>
internal sealed class OpenIdDesk(HubDatabase database, OpenIdSettings settings, SignInDesk desk, PersonSessions sessions, Invitations invitations, RealClock clock)
{
    public const string Unreachable = "CMH-1572";
    public const string Refused = "CMH-1573";
    public const string OtherRequest = "CMH-1574";
    public const string WrongToken = "CMH-1575";
    public const string Nobody = "CMH-1576";
    public const string Taken = "CMH-1577";
    public const string OtherAccount = "CMH-1578";

    /// <summary>By an account that somebody linked.</summary>
    public Task<SignInOutcome> SignInAsync(string subject, Origin origin) => database.WriteAsync(async tx =>
    {
        if (await OwnerAsync(tx, subject) is not { } id || await Person.FindAsync(tx, id) is not { LockedUs: null } person) return new SignInOutcome(null, Nobody);
        tx.Prepare("UPDATE web_openid SET used_us = $1 WHERE issuer = $2 AND subject = $3").Bind(clock.UnixMicroseconds).Bind(settings.Issuer).Bind(subject).Later();
        return await desk.BeginAsync(tx, person, origin, "person.openid");
    });

    /// <summary>Uses up an invitation: its person signs in by this account from now on.</summary>
    /// <param name="codeHash">Of the invitation's code.</param>
    public Task<SignInOutcome> RedeemAsync(byte[] codeHash, string subject, Origin origin) => database.WriteAsync(async tx =>
    {
        if (await invitations.FindAsync(tx, codeHash) is not { } invited) return new SignInOutcome(null, SignInDesk.NoInvitation);
        if (!await LinkAsync(tx, invited.PersonId, subject)) return new SignInOutcome(null, Taken);
        tx.Prepare("DELETE FROM web_invitation WHERE person_id = $1").Bind(invited.PersonId).Later();
        PersonSessions.EndAll(tx, invited.PersonId);
        return await desk.BeginAsync(tx, invited, origin, "person.redeem_openid");
    });

    /// <summary>Links an account with who is signed in; one that was linked before gives way.</summary>
    /// <returns>What was wrong; absent if nothing.</returns>
    public Task<string?> LinkAsync(PersonSession session, string subject) => database.WriteAsync<string?>(async tx =>
    {
        if (!await LinkAsync(tx, session.PersonId, subject)) return Taken;
        await Audit.AppendAsync(tx, clock.UnixMicroseconds, Caller.PersonPrefix + session.Name, "person.link", session.Name, settings.Issuer);
        return null;
    });

    /// <summary>Whoever is signed in has just signed in at the provider, too. Who has a second step proves by that one: a provider's word is not more than a password.</summary>
    /// <returns>What was wrong; absent if nothing.</returns>
    public Task<string?> ConfirmAsync(PersonSession session, string subject) => database.WriteAsync<string?>(async tx =>
    {
        if (await OwnerAsync(tx, subject) != session.PersonId || await SecondFactor.HasAsync(tx, session.PersonId)) return OtherAccount;
        await sessions.RefreshAsync(tx, session);
        return null;
    });

    /// <summary>Whoever is signed in no longer signs in so; without a password or passkey a new invitation is the way in.</summary>
    public Task UnlinkAsync(PersonSession session) => database.WriteAsync(async tx =>
    {
        if (await tx.Prepare("DELETE FROM web_openid WHERE person_id = $1 AND issuer = $2").Bind(session.PersonId).Bind(settings.Issuer).RunAsync() > 0)
            await Audit.AppendAsync(tx, clock.UnixMicroseconds, Caller.PersonPrefix + session.Name, "person.unlink", session.Name, settings.Issuer);
    });

    public Task<bool> IsLinkedAsync(long personId) => database.WriteAsync(async tx =>
        await tx.Prepare("SELECT person_id FROM web_openid WHERE person_id = $1 AND issuer = $2").Bind(personId).Bind(settings.Issuer).NumberAsync() is not null);

    /// <summary>Who is invited anew gets in by the new code only.</summary>
    public static void Forget(HubTransaction tx, long personId) => tx.Prepare("DELETE FROM web_openid WHERE person_id = $1").Bind(personId).Later();

    private ValueTask<long?> OwnerAsync(HubTransaction tx, string subject) => tx.Prepare("SELECT person_id FROM web_openid WHERE issuer = $1 AND subject = $2").Bind(settings.Issuer).Bind(subject).NumberAsync();

    /// <returns>Whether it could be: an account opens one door only.</returns>
    private async ValueTask<bool> LinkAsync(HubTransaction tx, long personId, string subject)
    {
        if (await OwnerAsync(tx, subject) is { } owner && owner != personId) return false;
        tx.Prepare("DELETE FROM web_openid WHERE person_id = $1 AND issuer = $2").Bind(personId).Bind(settings.Issuer).Later();
        return await tx.Prepare("INSERT INTO web_openid (issuer, subject, person_id, created_us) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
            .Bind(settings.Issuer).Bind(subject).Bind(personId).Bind(clock.UnixMicroseconds).RunAsync() == 1;
    }
}
