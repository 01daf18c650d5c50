using System.Net;
using System.Net.Sockets;
using CoMaKo.Quantities;

namespace CoMaKo.Hub.Mail;

/// <summary>
/// Which addresses webhooks may go to: <c>https</c> and public, so that nobody makes the hub call what only the hub can reach. Hosts that the
/// operator of the machine named (<c>--webhook-host</c>) may be private, and without TLS.
/// </summary>
internal static class WebhookAddress
{
    public const int Most = 500;

    /// <summary>Networks that are nobody's on the open net (IANA special-purpose address registries), and ways around them.</summary>
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
            "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    private static readonly IPNetwork Global = IPNetwork.Parse("2000::/3");

    /// <summary>Reads an address.</summary>
    /// <param name="privateHosts">Hosts that may be private or without TLS.</param>
    public static ParseResult<Uri> Parse(string text, IReadOnlyList<string> privateHosts)
    {
        string? wrong = text.Length > Most ? FormattableString.Invariant($"it has more than {Most} characters")
            : !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 ? "it is none"
            : uri.Scheme is not ("https" or "http") ? "its scheme is not https"
            : uri.UserInfo.Length > 0 ? "it holds a name or a password"
            : uri.Fragment.Length > 0 ? "it has a part behind #"
            : IsPrivateHost(uri, privateHosts) ? null
            : uri.Scheme != "https" ? "it has no TLS, and its host is not named by --webhook-host"
            : IPAddress.TryParse(uri.IdnHost.Trim('[', ']'), out var address) && !IsPublic(address) ? "its host is private and not named by --webhook-host"
            : null;
        return wrong is null ? new Uri(text) : new ParseError("CMH-1811", 0, $"A webhook's address is written https://host/path, and {wrong}.");
    }

    public static bool IsPrivateHost(Uri address, IReadOnlyList<string> privateHosts) => privateHosts.Contains(address.IdnHost.Trim('[', ']'), StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether an address is somebody's on the open net.</summary>
    public static bool IsPublic(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return (address.AddressFamily == AddressFamily.InterNetwork || (Global.Contains(address) && address.ScopeId == 0)) && !NotPublic.Any(network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address));
    }
}
