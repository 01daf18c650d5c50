using System.Globalization;
using System.Security.Cryptography;
using CoMaKo.Hub.Storage;
using Dapper;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace CoMaKo.Hub.Access.People;

/// <summary>What a browser needs to ask its authenticator.</summary>
/// <param name="Id">Names the challenge; comes back with the answer.</param>
/// <param name="Options">JSON for <c>navigator.credentials</c>.</param>
internal sealed record PasskeyQuestion(string Id, string Options);

/// <summary>A passkey as its owner sees it.</summary>
internal sealed record PasskeyRow(string Id, string Name, long CreatedUs, long? UsedUs);

/// <summary>
/// Passkeys: WebAuthn level 2 by the framework's verifier, without attestation, always with the device's own check of its person (PIN, finger, face), so that
/// a passkey is both steps at once. Each challenge is good for one answer and five minutes.
/// </summary>
internal sealed class Passkeys(HubDatabase database, PasskeyStore store, PersonSessions sessions, RealClock clock, IServiceProvider services, ILoggerFactory loggers)
{
    public const string Refused = "CMH-1562";
    public const int Most = 20;

    private const long FiveMinutes = 300_000_000;
    private const int LongestName = 60;

    private readonly PasskeyHandler<Person> handler = new(
        new UserManager<Person>(store, Options.Create(new IdentityOptions()), new PasswordHasher<Person>(), [], [], new UpperInvariantLookupNormalizer(), new IdentityErrorDescriber(), services, loggers.CreateLogger<UserManager<Person>>()),
        Options.Create(new IdentityPasskeyOptions
        {
            UserVerificationRequirement = "required",
            ResidentKeyRequirement = "required",
            AttestationConveyancePreference = "none",
            AuthenticatorTimeout = TimeSpan.FromMinutes(5),
            // Behind a proxy the scheme may be lost, the host is not.
            ValidateOrigin = origin => ValueTask.FromResult(!origin.CrossOrigin && Uri.TryCreate(origin.Origin, UriKind.Absolute, out var from) && string.Equals(from.Authority, origin.HttpContext.Request.Host.Value, StringComparison.OrdinalIgnoreCase)),
        }));

    /// <summary>A person as authenticators know them.</summary>
    public static string HandleOf(long personId) => personId.ToString(CultureInfo.InvariantCulture);

    /// <returns>Absent if it is no handle.</returns>
    public static long? PersonOf(string handle) => long.TryParse(handle, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : null;

    /// <summary>Begins to make a passkey for who is signed in.</summary>
    public async Task<PasskeyQuestion> AskToMakeAsync(HttpContext context, PersonSession session)
    {
        var made = await handler.MakeCreationOptionsAsync(new PasskeyUserEntity { Id = HandleOf(session.PersonId), Name = session.Name, DisplayName = session.Name }, context);
        return new PasskeyQuestion(await KeepAsync(session.PersonId, made.AttestationState!), made.CreationOptionsJson);
    }

    /// <summary>Takes a new passkey.</summary>
    /// <returns>What was wrong; absent if nothing.</returns>
    public async Task<string?> MakeAsync(HttpContext context, PersonSession session, string challengeId, string credentialJson, string name)
    {
        if (await TakeAsync(challengeId, session.PersonId) is not { } state) return Refused;
        var result = await handler.PerformAttestationAsync(new PasskeyAttestationContext { HttpContext = context, CredentialJson = credentialJson, AttestationState = state });
        if (!result.Succeeded || result.UserEntity.Id != HandleOf(session.PersonId)) return Refused;
        var passkey = result.Passkey;
        string called = string.Concat(name.Trim().Where(c => !char.IsControl(c)).Take(LongestName));
        return await database.WriteAsync<string?>(async tx =>
        {
            long now = clock.UnixMicroseconds;
            if (await tx.Prepare("SELECT count(*) FROM web_passkey WHERE person_id = $1").Bind(session.PersonId).NumberAsync() >= Most) return Refused;
            if (await tx.Prepare("INSERT INTO web_passkey (credential_id, person_id, name, public_key, sign_count, is_backup_eligible, is_backed_up, created_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING")
                .Bind(passkey.CredentialId).Bind(session.PersonId).Bind(called.Length == 0 ? "Passkey" : called).Bind(passkey.PublicKey).Bind((long)passkey.SignCount)
                .Bind(passkey.IsBackupEligible ? 1 : 0).Bind(passkey.IsBackedUp ? 1 : 0).Bind(now).RunAsync() == 0) return Refused;
            await Audit.AppendAsync(tx, now, Caller.PersonPrefix + session.Name, "person.passkey", session.Name, called);
            return null;
        });
    }

    /// <summary>Begins a sign-in by passkey; whose it is the authenticator says.</summary>
    /// <remarks>It is asked without limit of its own: what is guessed here are signatures.</remarks>
    public async Task<PasskeyQuestion> AskToSignInAsync(HttpContext context)
    {
        var made = await handler.MakeRequestOptionsAsync(null, context);
        return new PasskeyQuestion(await KeepAsync(0, made.AssertionState!), made.RequestOptionsJson);
    }

    /// <summary>Signs in by passkey, or with a session proves again who somebody is.</summary>
    /// <param name="again">The session of who is signed in and must be the same person; absent: a new sign-in.</param>
    public async Task<SignInOutcome> SignInAsync(HttpContext context, PersonSession? again, string challengeId, string credentialJson)
    {
        var origin = Origin.Of(context);
        if (await TakeAsync(challengeId, 0) is not { } state) return new SignInOutcome(null, Refused);
        var result = await handler.PerformAssertionAsync(new PasskeyAssertionContext { HttpContext = context, CredentialJson = credentialJson, AssertionState = state });
        if (!result.Succeeded || (again is not null && result.User.PersonId != again.PersonId)) return new SignInOutcome(null, Refused);
        return await database.WriteAsync(async tx =>
        {
            long now = clock.UnixMicroseconds;
            if (await Person.FindAsync(tx, result.User.PersonId) is not { LockedUs: null, Password: not null } person) return new SignInOutcome(null, Refused);
            if (await tx.Prepare("UPDATE web_passkey SET sign_count = $1, is_backed_up = $2, used_us = $3 WHERE credential_id = $4 AND person_id = $5 AND (sign_count < $1 OR (sign_count = 0 AND $1 = 0))")
                .Bind((long)result.Passkey.SignCount).Bind(result.Passkey.IsBackedUp ? 1 : 0).Bind(now).Bind(result.Passkey.CredentialId).Bind(person.PersonId).RunAsync() == 0) return new SignInOutcome(null, Refused);
            if (again is not null)
            {
                await sessions.RefreshAsync(tx, again);
                return new SignInOutcome(null, null, Person: person);
            }

            string secret = await sessions.BeginAsync(tx, person, SessionStage.Full, origin.Text, origin.Browser);
            await Audit.AppendAsync(tx, now, person.Actor, "person.sign_in", person.Name, $"{origin.Text} passkey");
            return new SignInOutcome(secret, null, Person: person);
        });
    }

    /// <summary>Somebody's passkeys, oldest first.</summary>
    public async Task<IReadOnlyList<PasskeyRow>> ListAsync(long personId)
    {
        await using var reader = await database.OpenReaderAsync();
        return [.. (await reader.QueryAsync<(byte[] Id, string Name, long Created, long? Used)>("SELECT credential_id, name, created_us, used_us FROM web_passkey WHERE person_id = @personId ORDER BY created_us, credential_id", new { personId }))
            .Select(row => new PasskeyRow(Convert.ToHexStringLower(row.Id), row.Name, row.Created, row.Used))];
    }

    /// <summary>Takes one of their own passkeys away from somebody.</summary>
    /// <param name="id">As <see cref="ListAsync"/> names it.</param>
    public Task RemoveAsync(PersonSession session, string id) => database.WriteAsync(async tx =>
    {
        if (id.Length is 0 or > 2048 || id.Length % 2 != 0 || !id.All(char.IsAsciiHexDigit)) return;
        if (await tx.Prepare("DELETE FROM web_passkey WHERE credential_id = $1 AND person_id = $2").Bind(Convert.FromHexString(id)).Bind(session.PersonId).RunAsync() == 1)
            await Audit.AppendAsync(tx, clock.UnixMicroseconds, Caller.PersonPrefix + session.Name, "person.passkey_removed", session.Name, "");
    });

    /// <summary>Takes all passkeys away from somebody.</summary>
    public static void Forget(HubTransaction tx, long personId) => tx.Prepare("DELETE FROM web_passkey WHERE person_id = $1").Bind(personId).Later();

    private async Task<string> KeepAsync(long personId, string state)
    {
        string id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        long now = clock.UnixMicroseconds;
        await database.WriteAsync(async tx =>
        {
            tx.Prepare("DELETE FROM web_passkey_challenge WHERE expires_us <= $1").Bind(now).Later();
            await tx.Prepare("INSERT INTO web_passkey_challenge (challenge_id, person_id, state, expires_us) VALUES ($1, $2, $3, $4)").Bind(id).Bind(personId).Bind(state).Bind(now + FiveMinutes).RunAsync();
        });
        return id;
    }

    /// <summary>A challenge's state, which is gone by that; absent if there is none for this person.</summary>
    private Task<string?> TakeAsync(string id, long personId) => database.WriteAsync<string?>(async tx =>
        await tx.Prepare("DELETE FROM web_passkey_challenge WHERE challenge_id = $1 AND person_id = $2 AND expires_us > $3 RETURNING state").Bind(id).Bind(personId).Bind(clock.UnixMicroseconds).FirstAsync(row => row.Text(0)));
}
