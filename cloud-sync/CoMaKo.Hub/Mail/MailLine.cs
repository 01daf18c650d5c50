using System.Net.Sockets;
using System.Security.Authentication;

namespace CoMaKo.Hub.Mail;

/// <summary>
/// Mails through the cooperative's server. The connection is kept for the messages of one round; if it cannot be opened, the round's other mails
/// are not held up by it again.
/// </summary>
internal sealed class MailLine(MailSettings settings) : IMessageLine
{
    private SmtpSession? session;
    private Delivery? unreachable;

    public async Task<Delivery> SendAsync(QueuedMessage message, CancellationToken cancellationToken)
    {
        if (settings.Server is not { } server) return Delivery.Later("CMH-1806. No mail server is configured: start the hub with --smtp and --mail-from.");
        if (MailAddress.ToAscii(message.Target) is not { } to) return Delivery.Never("This is no mail address.");
        if (unreachable is not null) return unreachable;
        bool isOpen = session is not null;
        try
        {
            session ??= await SmtpSession.OpenAsync(server, cancellationToken);
            isOpen = true;
            byte[] mail = MailText.Write(server.From, to, message.Subject, message.Body, message.Uid, DateTimeOffset.UnixEpoch.AddTicks(message.QueuedUs * 10));
            return Delivery.Delivered(await session.SendAsync(to, mail, cancellationToken));
        }
        catch (MailRefusedException refused)
        {
            if (refused.IsGoodbye) await CloseAsync();
            var delivery = refused.IsFinal ? Delivery.Never(refused.Message) : Delivery.Later(refused.Message);
            if (!isOpen) unreachable = delivery;
            return delivery;
        }
        catch (Exception failure) when (failure is IOException or SocketException or AuthenticationException)
        {
            await CloseAsync();
            var delivery = Delivery.Later($"{server}: {failure.Message}");
            if (!isOpen) unreachable = delivery;
            return delivery;
        }
        catch (OperationCanceledException)
        {
            await CloseAsync(); // the line is in the middle of something
            if (!isOpen) unreachable = Delivery.Later($"{server}: no answer in time.");
            throw;
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private async ValueTask CloseAsync()
    {
        if (session is { } open) await open.DisposeAsync();
        session = null;
    }
}
