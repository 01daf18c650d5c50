using System.Globalization;
using System.Text.RegularExpressions;

namespace CoMaKo.Hub.Mail;

/// <summary>Which mail addresses are taken (RFC 5321 section 4.1.2): a dot string in ASCII before the @, a host name behind it, which may have letters of other scripts.</summary>
internal static partial class MailAddress
{
    public const int Most = 254;

    private static readonly IdnMapping Idn = new();

    public static bool IsGood(string address) => ToAscii(address) is not null;

    /// <summary>The address as the wire takes it, with the host name's letters in ASCII (RFC 5890).</summary>
    /// <returns>Absent if it is none.</returns>
    public static string? ToAscii(string address)
    {
        int at = address.LastIndexOf('@');
        if (at is < 1 or > 64 || at == address.Length - 1 || address.Length > Most || !Local().IsMatch(address[..at])) return null;
        try
        {
            string host = Idn.GetAscii(address[(at + 1)..]);
            return Host().IsMatch(host) && at + 1 + host.Length <= Most ? $"{address[..at]}@{host}" : null;
        }
        catch (ArgumentException)
        {
            return null; // no host name in any script
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Local();

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Host();
}
