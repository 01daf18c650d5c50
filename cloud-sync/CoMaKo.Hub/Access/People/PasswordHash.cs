using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CoMaKo.Hub.Access.People;

/// <summary>
/// Hashes of passwords: PBKDF2-HMAC-SHA-256 with 600 000 rounds (OWASP Password Storage Cheat Sheet, 2023), as <c>pbkdf2-sha256$rounds$salt$hash</c>;
/// a later version may raise the rounds, old hashes stay good.
/// </summary>
internal static class PasswordHash
{
    private const int Rounds = 600_000;
    private const int MostRounds = 10_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const string Kind = "pbkdf2-sha256";

    /// <summary>Somebody's hash who does not exist, so that an unknown name takes as long as a wrong password.</summary>
    public static readonly string Nobody = string.Create(CultureInfo.InvariantCulture, $"{Kind}${Rounds}${Convert.ToBase64String(RandomNumberGenerator.GetBytes(SaltBytes))}${Convert.ToBase64String(RandomNumberGenerator.GetBytes(HashBytes))}");

    public static string Of(string password)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Kind}${Rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(password, salt, Rounds))}");
    }

    /// <summary>Whether the password made this hash; false for a hash that is none.</summary>
    public static bool Matches(string password, string hash)
    {
        if (hash.Split('$') is not [Kind, var count, var salt64, var expected64]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) || rounds is < 1 or > MostRounds) return false;
        Span<byte> salt = stackalloc byte[64], expected = stackalloc byte[64];
        if (!Convert.TryFromBase64String(salt64, salt, out int saltLength) || !Convert.TryFromBase64String(expected64, expected, out int length) || length != HashBytes) return false;
        return CryptographicOperations.FixedTimeEquals(Derive(password, salt[..saltLength], rounds), expected[..length]);
    }

    // The same letter may be typed in two ways, e.g. ü as one or as two code points.
    private static byte[] Derive(string password, ReadOnlySpan<byte> salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(password.Normalize(NormalizationForm.FormC), salt, rounds, HashAlgorithmName.SHA256, HashBytes);
}
