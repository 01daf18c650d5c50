using System.Security.Cryptography;
using System.Text;
using CoMaKo.Hub.Storage;

namespace CoMaKo.Hub.Market;

/// <summary>Customer numbers and PINs of people who call. A PIN has few digits, so its hash is slow and failures are counted over all calls.</summary>
internal static class VoicePins
{
    /// <summary>So many failures lock a PIN until a new one is set.</summary>
    public const int MostFailures = 10;

    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const int Rounds = 100_000;

    /// <summary>Salt and hash of a PIN.</summary>
    public static byte[] Hash(string pin)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return [.. salt, .. HashWith(pin, salt)];
    }

    /// <summary>Who has this customer number and PIN.</summary>
    /// <returns>The participant's number; absent if nobody has, or the PIN is locked.</returns>
    public static async ValueTask<long?> FindAsync(HubTransaction tx, string customer, string pin)
    {
        var rows = await tx.Prepare("SELECT participant_id, voice_pin, voice_failures FROM mkt_participant WHERE customer_number = $1 AND voice_pin IS NOT NULL").Bind(customer)
            .ListAsync(row => (Id: row.Int64(0), Pin: row.Blob(1), Failures: row.Int64(2)));
        // An unknown number takes as long as a wrong PIN, so that nobody learns which numbers there are.
        byte[] kept = rows is [var found] ? found.Pin : new byte[SaltBytes + HashBytes];
        bool isRight = CryptographicOperations.FixedTimeEquals(HashWith(pin, kept[..SaltBytes]), kept.AsSpan(SaltBytes)) && rows is [{ Failures: < MostFailures }];
        if (rows.Count > 0)
            await tx.Prepare("UPDATE mkt_participant SET voice_failures = CASE WHEN $1 = 1 THEN 0 ELSE voice_failures + 1 END WHERE participant_id = $2").Bind(isRight ? 1 : 0).Bind(rows[0].Id).RunAsync();
        return isRight ? rows[0].Id : null;
    }

    private static byte[] HashWith(string pin, byte[] salt) => Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(pin), salt, Rounds, HashAlgorithmName.SHA256, HashBytes);
}
