using System.Security.Cryptography;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>The code of the first boot and of recovery: 10 characters of Crockford's base 32, 50 bits of chance, derived from nothing.</summary>
public static class OneTimeCode
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 10;

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
}
