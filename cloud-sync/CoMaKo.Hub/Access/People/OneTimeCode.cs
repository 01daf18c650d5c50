using System.Security.Cryptography;
using System.Text;

namespace CoMaKo.Hub.Access.People;

/// <summary>The code of an invitation: 10 characters of Crockford's base 32, 50 bits of chance, derived from nothing.</summary>
internal static class OneTimeCode
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 10;

    /// <summary>50 bits could be tried out against a plain hash; so many rounds make that some hundred thousand years of one graphics card.</summary>
    private const int Rounds = 100_000;

    private static readonly byte[] Salt = Encoding.ASCII.GetBytes("comako-hub invitation");

    /// <summary>A new code as people read it: <c>7K3QX-92MVA</c>.</summary>
    public static string New()
    {
        string code = RandomNumberGenerator.GetString(Alphabet, Length);
        return $"{code[..5]}-{code[5..]}";
    }

    /// <summary>What was typed, in one form: case, hyphens and spaces do not matter, O is 0, I and L are 1.</summary>
    /// <returns>Absent if it is no code at all.</returns>
    public static string? Normalise(string? typed)
    {
        if (typed is null || typed.Length > 64) return null;
        string code = string.Concat(typed.ToUpperInvariant().Where(c => c is not ('-' or ' ')).Select(c => c switch { 'O' => '0', 'I' or 'L' => '1', _ => c }));
        return code.Length == Length && code.All(c => Alphabet.Contains(c, StringComparison.Ordinal)) ? code : null;
    }

    /// <summary>What the hub keeps. The salt is the same for all, so that a code is found without a name beside it.</summary>
    /// <param name="code">In one form (<see cref="Normalise"/>) or as people read it.</param>
    public static byte[] Hash(string code) =>
        Rfc2898DeriveBytes.Pbkdf2(code.Replace("-", "", StringComparison.Ordinal), Salt, Rounds, HashAlgorithmName.SHA256, 32);
}
