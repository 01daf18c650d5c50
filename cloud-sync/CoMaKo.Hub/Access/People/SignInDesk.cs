using System.Net;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Access.People;

/// <summary>What became of a try to get in.</summary>
/// <param name="Secret">For the cookie, if it went well.</param>
/// <param name="Code">What was wrong, <c>CMH-…</c>; absent if it went well.</param>
/// <param name="Wait">With <see cref="SignInDesk.TooManyTries"/>: how long.</param>
/// <param name="Person">Who it is; absent if that is not known.</param>
internal sealed record SignInOutcome(string? Secret, string? Code, TimeSpan Wait = default, Person? Person = null);

/// <summary>From where somebody tries.</summary>
internal sealed record Origin(IPAddress? Address, string Browser)
{
    public static Origin Of(HttpContext context) => new(context.Connection.RemoteIpAddress, context.Request.Headers.UserAgent.ToString());

    public string Text => Address?.ToString() ?? "";
}

/// <summary>
/// Lets people in by password or by the code of an invitation. An unknown name, a wrong password and a locked person get the same answer after the same work.
/// </summary>
internal sealed class SignInDesk(HubDatabase database, PersonSessions sessions, Invitations invitations, TryLimit limit, RealClock clock) : IDisposable
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
        string? secret = await database.WriteAsync(async tx =>
        {
            // Between the look and now somebody may have been locked or got another password.
            if (await Person.FindAsync(tx, person.PersonId) is not { LockedUs: null } now || now.Password != person.Password) return null;
            return await BeginAsync(tx, now, origin, "person.sign_in");
        });
        return secret is null ? new SignInOutcome(null, Wrong) : new SignInOutcome(secret, null, Person: person);
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
        string? secret = await database.WriteAsync(async tx =>
        {
            if (await invitations.FindAsync(tx, code!) is not { } invited) return null; // another was faster
            tx.Prepare("DELETE FROM web_invitation WHERE person_id = $1").Bind(invited.PersonId).Later();
            tx.Prepare("UPDATE web_person SET password = $1 WHERE person_id = $2").Bind(hash).Bind(invited.PersonId).Later();
            PersonSessions.EndAll(tx, invited.PersonId);
            return await BeginAsync(tx, invited, origin, "person.redeem");
        });
        return secret is null ? new SignInOutcome(null, NoInvitation) : new SignInOutcome(secret, null, Person: person);
    }

    public void Dispose() => hashing.Dispose();

    private async ValueTask<string> BeginAsync(HubTransaction tx, Person person, Origin origin, string action)
    {
        string secret = await sessions.BeginAsync(tx, person, SessionStage.Full, origin.Text, origin.Browser);
        await Audit.AppendAsync(tx, clock.UnixMicroseconds, person.Actor, action, person.Name, origin.Text);
        return secret;
    }

    private async Task<Person?> FindAsync(string name)
    {
        await using var reader = await database.OpenReaderAsync();
        return await Person.FindAsync(reader, name);
    }

    private Task<bool> MatchesAsync(string password, string hash) => InTurnAsync(() => PasswordHash.Matches(password.Length <= PasswordRule.Most ? password : "", hash));

    private async Task<byte[]?> HashAsync(string typedCode) => OneTimeCode.Normalise(typedCode) is { } code ? await InTurnAsync(() => OneTimeCode.Hash(code)) : null;

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
