using System.Net;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Access.People;

/// <summary>What became of a try to get in.</summary>
/// <param name="Secret">For the cookie, if it went well.</param>
/// <param name="Code">What was wrong, <c>CMH-…</c>; absent if it went well.</param>
/// <param name="Wait">With <see cref="SignInDesk.TooManyTries"/>: how long.</param>
/// <param name="Person">Who it is; absent if that is not known.</param>
/// <param name="Stage">With a secret: what is still to come.</param>
/// <param name="RecoveryCodes">With a second factor that was set up just now: codes for its loss, shown only now.</param>
internal sealed record SignInOutcome(string? Secret, string? Code, TimeSpan Wait = default, Person? Person = null, SessionStage Stage = SessionStage.Full, IReadOnlyList<string>? RecoveryCodes = null);

/// <summary>From where somebody tries.</summary>
internal sealed record Origin(IPAddress? Address, string Browser)
{
    public static Origin Of(HttpContext context) => new(context.Connection.RemoteIpAddress, context.Request.Headers.UserAgent.ToString());

    public string Text => Address?.ToString() ?? "";
}

/// <summary>
/// Lets people in by password or by the code of an invitation. An unknown name, a wrong password and a locked person get the same answer after the same work.
/// </summary>
internal sealed class SignInDesk(HubDatabase database, PersonSessions sessions, Invitations invitations, SecondFactor second, TryLimit limit, RealClock clock) : IDisposable
{
    public const string Wrong = "CMH-1553";
    public const string TooManyTries = "CMH-1554";
    public const string NoInvitation = "CMH-1555";

    /// <summary>A hash is half a second of a core; strangers' tries must not take all cores from ingest and settlement.</summary>
    private readonly SemaphoreSlim hashing = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>By name and password.</summary>
    public async Task<SignInOutcome> SignInAsync(string typedName, string password, Origin origin)
    {
        string? name = Person.NormaliseName(typedName);
        if (limit.Take(origin.Address, name ?? "") is { } wait) return new SignInOutcome(null, TooManyTries, wait);
        var person = name is null ? null : await FindAsync(name);
        if (!await MatchesAsync(password, person?.Password ?? PasswordHash.Nobody) || person is not { LockedUs: null, Password: not null }) return new SignInOutcome(null, Wrong);
        return await database.WriteAsync(async tx =>
        {
            // Between the look and now somebody may have been locked or got another password.
            if (await Person.FindAsync(tx, person.PersonId) is not { LockedUs: null } now || now.Password != person.Password) return new SignInOutcome(null, Wrong);
            return await BeginAsync(tx, now, origin, "person.sign_in");
        });
    }

    /// <summary>Whom a code invites, to greet them by name before they choose a password.</summary>
    public async Task<SignInOutcome> LookAsync(string typedCode, Origin origin)
    {
        if (limit.Take(origin.Address, null) is { } wait) return new SignInOutcome(null, TooManyTries, wait);
        return await HashAsync(typedCode) is { } hash && await invitations.FindAsync(hash) is { } person ? new SignInOutcome(null, null, Person: person) : new SignInOutcome(null, NoInvitation);
    }

    /// <summary>Uses up a code: its person has this password from now on and is signed in.</summary>
    public async Task<SignInOutcome> RedeemAsync(string typedCode, string password, Origin origin)
    {
        var found = await LookAsync(typedCode, origin);
        if (found.Person is not { } person) return found;
        if (PasswordRule.Check(password, person.Name) is { } weak) return new SignInOutcome(null, weak, Person: person);
        byte[]? code = await HashAsync(typedCode);
        string hash = await InTurnAsync(() => PasswordHash.Of(password));
        return await database.WriteAsync(async tx =>
        {
            if (await invitations.FindAsync(tx, code!) is not { } invited) return new SignInOutcome(null, NoInvitation); // another was faster
            tx.Prepare("DELETE FROM web_invitation WHERE person_id = $1").Bind(invited.PersonId).Later();
            tx.Prepare("UPDATE web_person SET password = $1 WHERE person_id = $2").Bind(hash).Bind(invited.PersonId).Later();
            PersonSessions.EndAll(tx, invited.PersonId);
            return await BeginAsync(tx, invited, origin, "person.redeem");
        });
    }

    /// <summary>The second step of a sign-in: a code of the app, or one for its loss.</summary>
    public async Task<SignInOutcome> CompleteAsync(PersonSession half, string typed, Origin origin)
    {
        if (limit.Take(origin.Address, half.Name) is { } wait) return new SignInOutcome(null, TooManyTries, wait);
        byte[]? recovery = await InTurnAsync(() => RecoveryCode.HashOf(typed));
        return await database.WriteAsync(async tx =>
            await Person.FindAsync(tx, half.PersonId) is { LockedUs: null } person && await second.UseAsync(tx, person, typed, recovery)
                ? await FinishAsync(tx, half, person, origin, "person.second_factor") : new SignInOutcome(null, SecondFactor.WrongCode));
    }

    /// <summary>The second step of somebody's first sign-in: an app is set up.</summary>
    public async Task<SignInOutcome> SetUpAsync(PersonSession half, TotpOffer offer, string typed, Origin origin)
    {
        if (limit.Take(origin.Address, half.Name) is { } wait) return new SignInOutcome(null, TooManyTries, wait);
        var recovery = await InTurnAsync(RecoveryCode.Set);
        return await database.WriteAsync(async tx =>
            await Person.FindAsync(tx, half.PersonId) is { LockedUs: null } person && await second.SetUpAsync(tx, person, offer, typed, recovery)
                ? await FinishAsync(tx, half, person, origin, "person.second_factor") with { RecoveryCodes = [.. recovery.Select(code => code.Text)] } : new SignInOutcome(null, SecondFactor.WrongCode));
    }

    /// <summary>Proves again who somebody is who is signed in: with the app if they have one, else with the password.</summary>
    /// <returns>What was wrong; absent if nothing.</returns>
    public async Task<SignInOutcome?> RefreshAsync(PersonSession session, string typed, Origin origin)
    {
        if (limit.Take(origin.Address, session.Name) is { } wait) return new SignInOutcome(null, TooManyTries, wait);
        bool byApp = await second.HasAsync(session.PersonId);
        if (!byApp && !await MatchesAsync(typed, (await FindAsync(session.Name))?.Password ?? PasswordHash.Nobody)) return new SignInOutcome(null, Wrong);
        byte[]? recovery = byApp ? await InTurnAsync(() => RecoveryCode.HashOf(typed)) : null;
        return await database.WriteAsync<SignInOutcome?>(async tx =>
        {
            if (byApp && !(await Person.FindAsync(tx, session.PersonId) is { } person && await second.UseAsync(tx, person, typed, recovery))) return new SignInOutcome(null, SecondFactor.WrongCode);
            await sessions.RefreshAsync(tx, session);
            return null;
        });
    }

    /// <summary>Whether somebody who is signed in could prove it by a password: who came by an invitation and a provider or a passkey has none.</summary>
    public async Task<bool> HasPasswordAsync(PersonSession session) => (await FindAsync(session.Name))?.Password is not null;

    /// <summary>Another password for who is signed in and knows the old one; all their other sessions end.</summary>
    /// <returns>What was wrong; absent if nothing.</returns>
    public async Task<SignInOutcome?> ChangePasswordAsync(PersonSession session, string old, string wanted, Origin origin)
    {
        if (limit.Take(origin.Address, session.Name) is { } wait) return new SignInOutcome(null, TooManyTries, wait);
        var person = await FindAsync(session.Name);
        if (!await MatchesAsync(old, person?.Password ?? PasswordHash.Nobody) || person is null) return new SignInOutcome(null, Wrong);
        if (PasswordRule.Check(wanted, person.Name) is { } weak) return new SignInOutcome(null, weak);
        string hash = await InTurnAsync(() => PasswordHash.Of(wanted));
        return await database.WriteAsync<SignInOutcome?>(async tx =>
        {
            if (await tx.Prepare("UPDATE web_person SET password = $1 WHERE person_id = $2 AND password = $3").Bind(hash).Bind(person.PersonId).Bind(person.Password).RunAsync() == 0) return new SignInOutcome(null, Wrong);
            PersonSessions.EndAll(tx, person.PersonId, session.SessionId);
            await Audit.AppendAsync(tx, clock.UnixMicroseconds, person.Actor, "person.password", person.Name, "");
            return null;
        });
    }

    public void Dispose() => hashing.Dispose();

    /// <summary>Who it is was shown once, by password or by a provider: a session, which without a second factor is none yet for who needs one.</summary>
    public async ValueTask<SignInOutcome> BeginAsync(HubTransaction tx, Person person, Origin origin, string action)
    {
        var stage = await SecondFactor.HasAsync(tx, person.PersonId) ? SessionStage.AwaitsSecondFactor : person.Role == Roles.Operator ? SessionStage.MustSetUpSecondFactor : SessionStage.Full;
        string secret = await sessions.BeginAsync(tx, person, stage, origin.Text, origin.Browser);
        await Audit.AppendAsync(tx, clock.UnixMicroseconds, person.Actor, action, person.Name, origin.Text);
        return new SignInOutcome(secret, null, Person: person, Stage: stage);
    }

    /// <summary>With more rights the cookie changes, so that one that was seen before is worth nothing.</summary>
    private async ValueTask<SignInOutcome> FinishAsync(HubTransaction tx, PersonSession half, Person person, Origin origin, string action)
    {
        PersonSessions.End(tx, half);
        string secret = await sessions.BeginAsync(tx, person, SessionStage.Full, origin.Text, origin.Browser);
        await Audit.AppendAsync(tx, clock.UnixMicroseconds, person.Actor, action, person.Name, origin.Text);
        return new SignInOutcome(secret, null, Person: person);
    }

    private async Task<Person?> FindAsync(string name)
    {
        await using var reader = await database.OpenReaderAsync();
        return await Person.FindAsync(reader, name);
    }

    private Task<bool> MatchesAsync(string password, string hash) => InTurnAsync(() => PasswordHash.Matches(password.Length <= PasswordRule.Most ? password : "", hash));

    /// <summary>Of a code that was typed; absent if it cannot be one.</summary>
    public async Task<byte[]?> HashAsync(string typedCode) => OneTimeCode.Normalise(typedCode) is { } code ? await InTurnAsync(() => OneTimeCode.Hash(code)) : null;

    private async Task<T> InTurnAsync<T>(Func<T> work)
    {
        await hashing.WaitAsync();
        try
        {
            return work();
        }
        finally
        {
            hashing.Release();
        }
    }
}
