using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Hashes of passwords and codes: PBKDF2-SHA-512, 210 000 rounds (security §4), as <c>pbkdf2-sha512$rounds$salt$hash</c>.</summary>
internal static class PasswordHash
{
    public const int Rounds = 210_000;
    private const int MostRounds = 10_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const string Kind = "pbkdf2-sha512";

    /// <summary>A hash that no secret makes, so that an unknown name takes as long as a wrong password.</summary>
    public static readonly string Nobody = Written(RandomNumberGenerator.GetBytes(SaltBytes), RandomNumberGenerator.GetBytes(HashBytes));

    public static string Of(string secret)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return Written(salt, Derive(secret, salt, Rounds));
    }

    /// <summary>Whether the secret made this hash; false for a hash that is none.</summary>
    public static bool Matches(string secret, string hash)
    {
        string[] parts = hash.Split('$');
        if (parts is not [Kind, var count, var salt64, var expected64]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) || rounds is < Rounds or > MostRounds) return false;
        Span<byte> salt = stackalloc byte[64], expected = stackalloc byte[64];
        if (!Convert.TryFromBase64String(salt64, salt, out int saltLength) || !Convert.TryFromBase64String(expected64, expected, out int length) || length != HashBytes) return false;
        return CryptographicOperations.FixedTimeEquals(Derive(secret, salt[..saltLength], rounds), expected[..length]);
    }

    /// <summary>Hash of a token that is itself 128 bits of chance or more: no rounds needed.</summary>
    public static string OfToken(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private static string Written(byte[] salt, byte[] hash) => string.Create(CultureInfo.InvariantCulture, $"{Kind}${Rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");

    // The same letter may be typed in two ways, e.g. ü as one or as two code points.
    private static byte[] Derive(string secret, ReadOnlySpan<byte> salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(secret.Normalize(NormalizationForm.FormC), salt, rounds, HashAlgorithmName.SHA512, HashBytes);
}
