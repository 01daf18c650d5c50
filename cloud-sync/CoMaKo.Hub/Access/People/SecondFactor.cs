using System.Globalization;
using System.Security.Cryptography;
using CoMaKo.Hub.Storage;
using Microsoft.AspNetCore.DataProtection;

namespace CoMaKo.Hub.Access.People;

/// <summary>An app's secret on its way to be set up: shown to its owner, and back from the form.</summary>
/// <param name="Kept">The secret for the form, readable by this hub only and for this person only.</param>
internal sealed record TotpOffer(byte[] Secret, string Kept);

/// <summary>A code for when the app is lost. Its hash takes time, so it is made before a transaction.</summary>
internal sealed record RecoveryCode(string Text, byte[] Hash)
{
    public const int Count = 8;

    public static IReadOnlyList<RecoveryCode> Set() => [.. Enumerable.Range(0, Count).Select(_ => OneTimeCode.New()).Select(code => new RecoveryCode(code, OneTimeCode.Hash(code)))];

    /// <returns>Absent if what was typed has another form.</returns>
    public static byte[]? HashOf(string typed) => OneTimeCode.Normalise(typed) is { } code ? OneTimeCode.Hash(code) : null;
}

/// <summary>Sets up and checks the codes of an authenticator app, and codes for when it is lost. Secrets are kept encrypted with the keys in the data folder.</summary>
internal sealed class SecondFactor(HubDatabase database, IDataProtectionProvider protection, RealClock clock)
{
    public const string WrongCode = "CMH-1561";

    private readonly IDataProtector kept = protection.CreateProtector("people", "totp");

    /// <summary>A new secret for somebody.</summary>
    public TotpOffer Offer(long personId)
    {
        byte[] secret = RandomNumberGenerator.GetBytes(TotpCode.SecretBytes);
        return new TotpOffer(secret, Convert.ToBase64String(OfferFor(personId).Protect(secret)));
    }

    /// <summary>The offer that a form brings back; absent if it is none of this person's.</summary>
    public TotpOffer? OfferOf(long personId, string? text)
    {
        try
        {
            return text is null ? null : new TotpOffer(OfferFor(personId).Unprotect(Convert.FromBase64String(text)), text);
        }
        catch (Exception wrong) when (wrong is CryptographicException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Takes an offered secret into use once its app has shown a right code.</summary>
    /// <param name="recovery">Codes for when the app is lost.</param>
    /// <returns>False if the code is wrong.</returns>
    public async ValueTask<bool> SetUpAsync(HubTransaction tx, Person person, TotpOffer offer, string typed, IReadOnlyList<RecoveryCode> recovery)
    {
        if (TotpCode.StepOf(offer.Secret, typed, clock.UnixMicroseconds, null) is not { } step) return false;
        await tx.Prepare("UPDATE web_person SET totp = $1, totp_step = $2 WHERE person_id = $3").Bind(kept.Protect(offer.Secret)).Bind(step).Bind(person.PersonId).RunAsync();
        tx.Prepare("DELETE FROM web_recovery WHERE person_id = $1").Bind(person.PersonId).Later();
        foreach (var code in recovery) await tx.Prepare("INSERT INTO web_recovery (person_id, code_hash) VALUES ($1, $2)").Bind(person.PersonId).Bind(code.Hash).RunAsync();
        await Audit.AppendAsync(tx, clock.UnixMicroseconds, person.Actor, "person.totp", person.Name, "");
        return true;
    }

    /// <summary>Whether a code of the app, or one for its loss, is right; it is used up by that.</summary>
    /// <param name="recoveryHash">What was typed, if it has the form of one for the app's loss (<see cref="RecoveryCode.HashOf"/>).</param>
    public async ValueTask<bool> UseAsync(HubTransaction tx, Person person, string typed, byte[]? recoveryHash)
    {
        if (await ReadAsync(tx, person) is not var (secret, lastStep)) return false;
        if (TotpCode.StepOf(secret, typed, clock.UnixMicroseconds, lastStep) is { } step)
            return await tx.Prepare("UPDATE web_person SET totp_step = $1 WHERE person_id = $2 AND (totp_step IS NULL OR totp_step < $1)").Bind(step).Bind(person.PersonId).RunAsync() == 1;
        if (recoveryHash is null || await tx.Prepare("DELETE FROM web_recovery WHERE person_id = $1 AND code_hash = $2").Bind(person.PersonId).Bind(recoveryHash).RunAsync() == 0) return false;
        await Audit.AppendAsync(tx, clock.UnixMicroseconds, person.Actor, "person.recovery_code", person.Name, "");
        return true;
    }

    /// <summary>Takes away what somebody set up.</summary>
    public static void Forget(HubTransaction tx, long personId)
    {
        tx.Prepare("UPDATE web_person SET totp = NULL, totp_step = NULL WHERE person_id = $1").Bind(personId).Later();
        tx.Prepare("DELETE FROM web_recovery WHERE person_id = $1").Bind(personId).Later();
    }

    /// <summary>Whether somebody has set up an app.</summary>
    public Task<bool> HasAsync(long personId) => database.WriteAsync(async tx => await HasAsync(tx, personId));

    /// <summary>The same, in a transaction.</summary>
    public static async ValueTask<bool> HasAsync(HubTransaction tx, long personId) =>
        await tx.Prepare("SELECT 1 FROM web_person WHERE person_id = $1 AND totp IS NOT NULL").Bind(personId).NumberAsync() is not null;

    private async ValueTask<(byte[] Secret, long? LastStep)?> ReadAsync(HubTransaction tx, Person person)
    {
        var rows = await tx.Prepare("SELECT totp, totp_step FROM web_person WHERE person_id = $1 AND totp IS NOT NULL").Bind(person.PersonId).ListAsync(row => (row.Blob(0), row.IsNull(1) ? (long?)null : row.Int64(1)));
        if (rows is not [var (secret, step)]) return null;
        try
        {
            return (kept.Unprotect(secret), step);
        }
        catch (CryptographicException lost)
        {
            throw new InvalidOperationException($"CMH-1565. The keys in the data folder do not open the second factor of '{person.Name}': they were lost, or this is a replica with a data folder of its own. Put the folder 'keys' back, or invite the person anew.", lost);
        }
    }

    private IDataProtector OfferFor(long personId) => protection.CreateProtector("people", "totp offer", personId.ToString(CultureInfo.InvariantCulture));
}
