using System.Security.Cryptography.X509Certificates;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Mail;

/// <summary>How messages leave this hub.</summary>
/// <param name="Server">Absent: mails wait and are given up in the end, which is told.</param>
/// <param name="PrivateHosts">Names of hosts that webhooks may reach although they are private, on this machine, or without TLS.</param>
internal sealed record MailSettings(MailServer? Server, IReadOnlyList<string> PrivateHosts)
{
    /// <summary>Where people reach this hub's pages, for links; absent: texts name the page alone.</summary>
    public Uri? Pages { get; init; }

    public static readonly MailSettings None = new(null, []);
}

/// <summary>How the line to the mail server is protected.</summary>
internal enum MailSecurity
{
    /// <summary>TLS from the first byte (<c>smtps://</c>, RFC 8314).</summary>
    Tls,

    /// <summary>TLS after STARTTLS, which the server must offer (<c>smtp://</c>, RFC 3207).</summary>
    StartTls,

    /// <summary>TLS if the server offers it: this machine only.</summary>
    IfOffered,

    /// <summary>Never (<c>smtp://host?tls=none</c>), for a relay in one's own network; nobody signs in over it.</summary>
    None,
}

/// <summary>The cooperative's mail server: <c>smtp://user@host:587</c> or <c>smtps://user@host:465</c>. Its text never holds the password.</summary>
internal sealed class MailServer
{
    private MailServer(string host, int port, MailSecurity security, string? user, string? password, string from) =>
        (Host, Port, Security, User, Password, From) = (host, port, security, user, password, from);

    public string Host { get; }

    public int Port { get; }

    public MailSecurity Security { get; }

    /// <summary>Who signs in; absent: nobody.</summary>
    public string? User { get; }

    public string? Password { get; }

    /// <summary>The sender's address.</summary>
    public string From { get; }

    /// <summary>Certificates that are trusted beside none of the system's; absent: the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>An error names the part that is wrong and never repeats the text.</summary>
    /// <param name="address">The address, without a password.</param>
    /// <param name="password">From a file or the environment; absent: nobody signs in.</param>
    public static ParseResult<MailServer> Parse(string address, string? password, string from, X509Certificate2Collection? authorities = null)
    {
        if (!MailAddress.IsGood(from)) return new ParseError("CMH-1802", 0, "--mail-from is the sender's mail address, e.g. hub@example.org.");
        string? wrong = !Uri.TryCreate(address, UriKind.Absolute, out var uri) ? "it is no address"
            : uri.Scheme is not ("smtp" or "smtps") ? "its scheme is neither smtp nor smtps"
            : uri.Host.Length == 0 ? "it names no host"
            : uri.AbsolutePath.Trim('/').Length > 0 || uri.Query is not ("" or "?tls=none") ? "something stands behind the host"
            : uri.UserInfo.Contains(':', StringComparison.Ordinal) ? "it holds a password; name that in --smtp-password-file or in the environment's SMTP_PASSWORD"
            : uri.UserInfo.Length > 0 && string.IsNullOrEmpty(password) ? "the user's password is missing; name it in --smtp-password-file or in the environment's SMTP_PASSWORD"
            : uri.UserInfo.Length > 0 && uri.Query.Length > 0 ? "nobody may sign in without TLS"
            : null;
        if (wrong is not null) return new ParseError("CMH-1801", 0, $"The mail server is written smtp://user@host:587 or smtps://user@host:465, and {wrong}.");
        var security = uri!.Scheme == "smtps" ? MailSecurity.Tls : uri.Query.Length > 0 ? MailSecurity.None : uri.IsLoopback ? MailSecurity.IfOffered : MailSecurity.StartTls;
        int port = uri.Port > 0 ? uri.Port : security == MailSecurity.Tls ? 465 : 587;
        string? user = uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo) : null;
        return new MailServer(uri.IdnHost.Trim('[', ']'), port, security, user, user is null ? null : password, from) { Authorities = authorities };
    }

    public override string ToString() => FormattableString.Invariant($"{(Security == MailSecurity.Tls ? "smtps" : "smtp")}://{Host}:{Port}");
}
