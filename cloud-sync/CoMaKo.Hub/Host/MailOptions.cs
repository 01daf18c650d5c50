using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CoMaKo.Hub.Mail;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Host;

/// <summary>How messages leave the hub, on the command line and in the environment.</summary>
internal sealed class MailOptions
{
    private const string PasswordVariable = "SMTP_PASSWORD";

    private readonly Option<string?> smtp = new("--smtp") { Description = "Mail server, smtp://user@host:587 (STARTTLS) or smtps://user@host:465; default: the environment's SMTP_URL; else no mail is sent" };
    private readonly Option<FileInfo?> password = new("--smtp-password-file") { Description = $"File with the mail user's password; default: the environment's {PasswordVariable}" };
    private readonly Option<FileInfo?> authority = new("--smtp-ca") { Description = "The mail server's certificate authority, PEM, if it is your own" };
    private readonly Option<string?> from = new("--mail-from") { Description = "The sender's mail address; default: the environment's MAIL_FROM" };
    private readonly Option<string[]> privateHosts = new("--webhook-host") { Description = "A host that webhooks may reach although it is private or has no TLS, may be repeated" };

    private readonly Option<string?> pages = new("--public-url") { Description = "Where people reach the hub's pages, e.g. https://hub.example.org, for links in messages; default: the environment's PUBLIC_URL" };

    public IReadOnlyList<Option> All => [smtp, password, authority, from, privateHosts, pages];

    public ParseResult<MailSettings> Read(ParseResult parsed)
    {
        string[] hosts = parsed.GetValue(privateHosts) ?? [];
        string? place = parsed.GetValue(pages) ?? Environment.GetEnvironmentVariable("PUBLIC_URL");
        Uri? url = null;
        if (!string.IsNullOrEmpty(place) && (!Uri.TryCreate(place, UriKind.Absolute, out url) || url.Scheme is not ("https" or "http") || url.Query.Length > 0))
            return new ParseError("CMH-1808", 0, "--public-url is written https://hub.example.org.");
        string? address = parsed.GetValue(smtp) ?? Environment.GetEnvironmentVariable("SMTP_URL");
        if (string.IsNullOrEmpty(address)) return new MailSettings(null, hosts) { Pages = url };
        try
        {
            string? secret = parsed.GetValue(password) is { } file ? File.ReadAllText(file.FullName).TrimEnd('\r', '\n') : Environment.GetEnvironmentVariable(PasswordVariable);
            X509Certificate2Collection? authorities = null;
            if (parsed.GetValue(authority) is { } pem) (authorities = []).ImportFromPemFile(pem.FullName);
            var server = MailServer.Parse(address, secret, parsed.GetValue(from) ?? Environment.GetEnvironmentVariable("MAIL_FROM") ?? "", authorities);
            return server.Success ? new MailSettings(server.Value, hosts) { Pages = url } : server.Error;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return new ParseError("CMH-1807", 0, $"A file of the mail options cannot be read: {unreadable.Message}");
        }
    }
}
