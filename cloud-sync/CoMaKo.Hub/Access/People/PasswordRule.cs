using System.Collections.Frozen;

namespace CoMaKo.Hub.Access.People;

/// <summary>What a new password must be: long enough and none of the commonest. Nothing else is asked for (NIST SP 800-63B-4, 3.1.1.2).</summary>
internal static class PasswordRule
{
    public const int Least = 10;
    public const int Most = 200;

    public const string WrongLength = "CMH-1556";
    public const string TooCommon = "CMH-1557";

    /// <summary>The head of lists of lost passwords, as far as it is long enough to be tried at all, and what people here would think of.</summary>
    private static readonly FrozenSet<string> Common = new[]
    {
        "0123456789", "0987654321", "1111111111", "1122334455", "1223334444", "123123123123", "1234512345", "123454321", "1234554321", "1234567890", "12345678901",
        "123456789012", "1234567891", "12345678910", "123456789a", "123456789q", "123qweasdzxc", "147258369", "1472583690", "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc",
        "3rjs1la7qe", "987654321", "9876543210", "a123456789", "abc1234567", "abcd123456", "abcdefghij", "administrator", "asdfghjkl1", "basketball", "changeme123",
        "energiegemeinschaft", "fussball123", "g_czechout", "genossenschaft", "hallo12345", "hallohallo", "ichliebedich", "iloveyou123", "iloveyou12", "kennwort123", "letmein123",
        "michaelmichael", "nachbarschaft", "passw0rd123", "password01", "password11", "password12", "password123", "password1234", "passwordpassword", "passwort12", "passwort123",
        "passwort1234", "passwortpasswort", "photovoltaik", "q1w2e3r4t5", "qazwsxedcr", "qwert12345", "qwerty1234", "qwerty12345", "qwerty123456", "qwertyuiop", "qwertzuiop",
        "qwertzuiopü", "schatz1234", "schatzschatz", "sicherheit", "solaranlage", "solarenergie", "sommer2025", "sommer2026", "sonnenschein", "startrek123", "stromgemeinschaft", "superman123",
        "welcome123", "willkommen", "willkommen1", "willkommen123", "winter2025", "winter2026", "zaq12wsxcde", "zxcvbnm123",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <returns>The code of what is wrong; absent if the password may be taken.</returns>
    public static string? Check(string password, string name) =>
        password.Length is < Least or > Most ? WrongLength
        : Common.Contains(password.Trim()) || password.Distinct().Count() < 4 || password.Contains("comako", StringComparison.OrdinalIgnoreCase) || (name.Length >= 4 && password.Contains(name, StringComparison.OrdinalIgnoreCase)) ? TooCommon
        : null;
}
