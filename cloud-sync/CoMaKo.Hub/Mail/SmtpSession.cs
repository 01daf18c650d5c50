using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace CoMaKo.Hub.Mail;

/// <summary>The mail server did not take something.</summary>
/// <param name="isFinal">It never will: this message is given up.</param>
internal sealed class MailRefusedException(bool isFinal, string answer) : Exception(answer)
{
    public bool IsFinal => isFinal;

    /// <summary>The server closes the line with this answer (RFC 5321 section 3.8).</summary>
    public bool IsGoodbye => Message.StartsWith("421", StringComparison.Ordinal);
}

/// <summary>
/// One connection to the mail server as a client of submission (RFC 5321, RFC 6409): greeting, TLS, sign-in, any number of mails. It speaks
/// to one server of the cooperative's own choice, so it never looks for others (MX).
/// </summary>
internal sealed class SmtpSession : IAsyncDisposable
{
    private readonly MailServer server;
    private readonly TcpClient socket = new();
    private SmtpWire wire;
    private HashSet<string> extensions = [];

    private SmtpSession(MailServer server) => (this.server, wire) = (server, null!);

    /// <summary>Connects, protects the line and signs in.</summary>
    /// <exception cref="MailRefusedException">The server refuses or cannot protect the line.</exception>
    /// <exception cref="IOException">The line broke. Also <see cref="SocketException"/>, <see cref="AuthenticationException"/> (its certificate is not trusted).</exception>
    public static async Task<SmtpSession> OpenAsync(MailServer server, CancellationToken cancellationToken)
    {
        var session = new SmtpSession(server);
        try
        {
            await session.BeginAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Hands one mail over.</summary>
    /// <param name="to">An address in ASCII.</param>
    /// <param name="mail">Its bytes, ending in a line end.</param>
    /// <returns>The server's answer: from here on the mail is its task.</returns>
    /// <exception cref="MailRefusedException">It does not take it.</exception>
    /// <exception cref="IOException">The line broke; if that was after the last byte, the server may have the mail.</exception>
    public async Task<string> SendAsync(string to, byte[] mail, CancellationToken cancellationToken)
    {
        try
        {
            await SayAsync($"MAIL FROM:<{server.From}>", 250, cancellationToken);
            await SayAsync($"RCPT TO:<{to}>", 250, cancellationToken, isAboutMessage: true);
            await SayAsync("DATA", 354, cancellationToken, isAboutMessage: true);
            await wire.WriteDataAsync(mail, cancellationToken);
            return Expect(await wire.ReadAsync(cancellationToken), 250, isAboutMessage: true);
        }
        catch (MailRefusedException refused) when (!refused.IsGoodbye)
        {
            await SayAsync("RSET", 250, cancellationToken);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (wire is not null)
        {
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
                await wire.WriteLineAsync("QUIT", patience.Token); // its answer changes nothing
            }
            catch (Exception failure) when (failure is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The line is gone already.
            }

            await wire.DisposeAsync();
        }

        socket.Dispose();
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(server.Host, server.Port, cancellationToken);
        wire = new SmtpWire(socket.GetStream());
        if (server.Security == MailSecurity.Tls) await ProtectAsync(cancellationToken);
        Expect(await wire.ReadAsync(cancellationToken), 220);
        await HelloAsync(cancellationToken);
        if (server.Security is MailSecurity.StartTls or MailSecurity.IfOffered) await StartTlsAsync(cancellationToken);
        if (server.User is not null) await SignInAsync(cancellationToken);
    }

    private async Task HelloAsync(CancellationToken cancellationToken)
    {
        // The machine's address as a literal: it always has one, but not always a name that others know.
        var local = ((System.Net.IPEndPoint)socket.Client.LocalEndPoint!).Address;
        if (local.IsIPv4MappedToIPv6) local = local.MapToIPv4();
        string name = local.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{new System.Net.IPAddress(local.GetAddressBytes())}]" : $"[{local}]";
        string answer = await SayAsync("EHLO " + name, 250, cancellationToken);
        extensions = new HashSet<string>(answer.Split('\n').Skip(1), StringComparer.OrdinalIgnoreCase);
    }

    private async Task StartTlsAsync(CancellationToken cancellationToken)
    {
        if (!extensions.Contains("STARTTLS"))
        {
            if (server.Security == MailSecurity.IfOffered) return;
            throw new MailRefusedException(isFinal: false, $"{server} offers no STARTTLS. Use smtps://, or ?tls=none for a relay in your own network.");
        }

        await SayAsync("STARTTLS", 220, cancellationToken);
        if (wire.HasRest) throw new MailRefusedException(isFinal: false, "The server spoke before TLS began."); // somebody put words into the line
        await ProtectAsync(cancellationToken);
        await HelloAsync(cancellationToken);
    }

    private async Task ProtectAsync(CancellationToken cancellationToken)
    {
        var tls = new SslStream(wire.Stream);
        var options = new SslClientAuthenticationOptions { TargetHost = server.Host, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13, CertificateRevocationCheckMode = X509RevocationMode.NoCheck };
        if (server.Authorities is { } authorities)
        {
            options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        wire = new SmtpWire(tls);
        await tls.AuthenticateAsClientAsync(options, cancellationToken);
    }

    private async Task SignInAsync(CancellationToken cancellationToken)
    {
        if (wire.Stream is not SslStream && server.Security != MailSecurity.IfOffered) throw new MailRefusedException(isFinal: false, "Nobody signs in without TLS.");
        string[] ways = [.. extensions.Where(line => line.StartsWith("AUTH ", StringComparison.OrdinalIgnoreCase)).SelectMany(line => line.ToUpperInvariant().Split(' '))];
        if (ways.Contains("PLAIN"))
        {
            await SayAsync("AUTH PLAIN " + Base64($"\0{server.User}\0{server.Password}"), 235, cancellationToken);
        }
        else if (ways.Contains("LOGIN"))
        {
            await SayAsync("AUTH LOGIN", 334, cancellationToken);
            await SayAsync(Base64(server.User!), 334, cancellationToken);
            await SayAsync(Base64(server.Password!), 235, cancellationToken);
        }
        else
        {
            throw new MailRefusedException(isFinal: false, "The server offers neither PLAIN nor LOGIN to sign in.");
        }
    }

    private async Task<string> SayAsync(string line, int expected, CancellationToken cancellationToken, bool isAboutMessage = false)
    {
        await wire.WriteLineAsync(line, cancellationToken);
        return Expect(await wire.ReadAsync(cancellationToken), expected, isAboutMessage);
    }

    /// <summary>A refusal for good (5yz) of something that is not this message's fault, e.g. the sign-in, is a matter of configuration, which somebody will correct.</summary>
    private static string Expect((int Code, string Text) answer, int expected, bool isAboutMessage = false)
    {
        if (answer.Code == expected || (expected == 250 && answer.Code == 251)) return FormattableString.Invariant($"{answer.Code} {answer.Text}");
        throw new MailRefusedException(isFinal: isAboutMessage && answer.Code is >= 500 and < 600, FormattableString.Invariant($"{answer.Code} {answer.Text}"));
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
