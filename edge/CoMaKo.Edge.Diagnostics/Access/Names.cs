using System.Security.Cryptography;

namespace CoMaKo.Edge.Diagnostics.Access;

/// <summary>Names of accounts and passwords that people read to each other.</summary>
internal static class Names
{
    // Without letters and digits that look alike.
    private const string Readable = "abcdefghjkmnpqrstuvwxyz23456789";

    /// <summary>The name as it is kept: 1–32 letters, digits and <c>. - _ @</c>.</summary>
    /// <returns>Absent if it is none.</returns>
    public static string? Read(string? typed)
    {
        string name = typed?.Trim() ?? "";
        return name.Length is > 0 and <= 32 && name.All(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' or '@') ? name : null;
    }

    /// <summary>A password for one use: 12 characters, 59 bits of chance.</summary>
    public static string NewPassword() => string.Join('-', Enumerable.Range(0, 3).Select(_ => RandomNumberGenerator.GetString(Readable, 4)));
}
