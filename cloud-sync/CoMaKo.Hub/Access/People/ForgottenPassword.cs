using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.Texts;

namespace CoMaKo.Hub.Access.People;

/// <summary>
/// A new code by e-mail for who forgot the password. Asking alone changes nothing: sessions and password stay until the code is used, and second factor and
/// passkeys stay even then, so that a mail box alone opens no operator's account. Whether there is such a person nobody learns.
/// </summary>
internal sealed class ForgottenPassword(HubDatabase database, MailQueue mail, MailSettings settings, TryLimit limit, RealClock clock)
{
    private const long MinuteMicroseconds = 60_000_000;
    private const long CodeMinutes = 60;
    private const long MailsApartMinutes = 10;

    public bool CanMail => mail.CanMail;

    /// <summary>Sends a code if there is somebody of this name with an address.</summary>
    /// <returns>How long to wait; absent if it was taken.</returns>
    public async Task<TimeSpan?> AskAsync(string typedName, Origin origin)
    {
        string? name = Person.NormaliseName(typedName);
        if (limit.Take(origin.Address, name ?? "") is { } wait) return wait;
        string code = OneTimeCode.New();
        byte[] hash = OneTimeCode.Hash(code); // for unknown names too: it is nearly all of the time that this takes
        if (name is not null && CanMail) await database.WriteAsync(async tx => await SendAsync(tx, name, code, hash));
        return null;
    }

    private async ValueTask<bool> SendAsync(HubTransaction tx, string name, string code, byte[] hash)
    {
        if (await Person.FindAsync(tx, name) is not { LockedUs: null, Password: not null, Email: { } address } person || !MailAddress.IsGood(address)) return false;
        long now = clock.UnixMicroseconds;
        int kept = await tx.Prepare("""
            INSERT INTO web_invitation (person_id, code_hash, created_us, expires_us) VALUES ($1, $2, $3, $4)
            ON CONFLICT (person_id) DO UPDATE SET code_hash = excluded.code_hash, created_us = excluded.created_us, expires_us = excluded.expires_us WHERE web_invitation.created_us <= $5
            """).Bind(person.PersonId).Bind(hash).Bind(now).Bind(now + (CodeMinutes * MinuteMicroseconds)).Bind(now - (MailsApartMinutes * MinuteMicroseconds)).RunAsync();
        if (kept == 0) return false;
        var say = new Wording(person.Language ?? Wording.Languages[0]);
        string page = settings.Pages is { } pages ? $"{pages.ToString().TrimEnd('/')}/pages/invitation#{code}" : "/pages/invitation";
        await mail.QueueAsync(tx, address, say["people.mail.subject"], say["people.mail.text", person.Name, code, page, CodeMinutes]);
        await Audit.AppendAsync(tx, now, person.Actor, "person.forgotten", person.Name, "");
        return true;
    }
}
