using CoMaKo.Quantities;

namespace CoMaKo.Hub.Events;

/// <summary>Where events go: <c>amqp://user:password@host:port/vhost</c>, with TLS <c>amqps://</c>. Its text never holds the password.</summary>
internal sealed class BrokerAddress
{
    private BrokerAddress(Uri uri) => Uri = uri;

    /// <summary>The whole address, which may hold a password.</summary>
    public Uri Uri { get; }

    /// <summary>An error names the part that is wrong and never repeats the text.</summary>
    public static ParseResult<BrokerAddress> Parse(string text)
    {
        string? wrong = !Uri.TryCreate(text, UriKind.Absolute, out var uri) ? "it is no address"
            : uri.Scheme is not ("amqp" or "amqps") ? "its scheme is neither amqp nor amqps"
            : uri.Host.Length == 0 ? "it names no host"
            : uri.Segments.Length > 2 ? "its path has more than a virtual host"
            : null;
        return wrong is null ? new BrokerAddress(uri!) : new ParseError("CMH-1520", 0, $"The broker is written amqp://user:password@host:port/vhost, and {wrong}.");
    }

    public override string ToString() => FormattableString.Invariant($"{Uri.Scheme}://{Uri.Host}:{(Uri.Port > 0 ? Uri.Port : Uri.Scheme == "amqps" ? 5671 : 5672)}{Uri.AbsolutePath}");
}
