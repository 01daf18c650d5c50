using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CoMaKo.Hub.Mail;

/// <summary>
/// Messages to webhooks: a CloudEvent 1.0 in structured JSON by POST. The header <c>CoMaKo-Signature: t=…,v1=…</c> holds the time of sending (Unix
/// seconds) and HMAC-SHA256 over <c>t.body</c> with the recipient's key as 64 lower-case hexadecimal digits; a reader refuses what is older than five minutes.
/// </summary>
internal sealed class WebhookLine(MailSettings settings, IWebhookKeys keys, TimeProvider clock) : IMessageLine
{
    public const string SignatureHeader = "CoMaKo-Signature";

    private const int MostAnswer = 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private HttpClient? client;

    public async Task<Delivery> SendAsync(QueuedMessage message, CancellationToken cancellationToken)
    {
        var parsed = WebhookAddress.Parse(message.Target, settings.PrivateHosts);
        if (!parsed.Success) return Delivery.Never(parsed.Error.Text);
        if (message.Reference is null || await keys.FindAsync(message.Reference) is not { } key) return Delivery.Never("The recipient is not there any more.");
        using var request = new HttpRequestMessage(HttpMethod.Post, parsed.Value);
        byte[] body = Write(message);
        request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/cloudevents+json", "utf-8") } };
        request.Headers.TryAddWithoutValidation(SignatureHeader, Sign(key, clock.GetUtcNow().ToUnixTimeSeconds(), body));
        request.Headers.UserAgent.ParseAdd("CoMaKo-Hub");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            client ??= new HttpClient(Handler()) { Timeout = Timeout.InfiniteTimeSpan };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            string answer = FormattableString.Invariant($"{(int)response.StatusCode} {response.ReasonPhrase} {await ReadAsync(response, patience.Token)}").TrimEnd();
            if (response.IsSuccessStatusCode) return Delivery.Delivered(answer);
            return response.StatusCode == HttpStatusCode.Gone ? Delivery.Never(answer)
                : (int)response.StatusCode is >= 300 and < 400 ? Delivery.Later($"{answer} (redirects are not followed)") : Delivery.Later(answer);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return Delivery.Later(failure.InnerException is { } inner ? inner.Message : failure.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Delivery.Later("No answer in time.");
        }
    }

    public ValueTask DisposeAsync()
    {
        client?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The header's value.</summary>
    internal static string Sign(byte[] key, long unixSeconds, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes(unixSeconds.ToString(CultureInfo.InvariantCulture)), (byte)'.', .. body];
        return string.Create(CultureInfo.InvariantCulture, $"t={unixSeconds},v1={Convert.ToHexStringLower(HMACSHA256.HashData(key, signed))}");
    }

    /// <summary>The event, the same bytes in every repeat.</summary>
    internal static byte[] Write(QueuedMessage message)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("specversion", "1.0");
            json.WriteString("id", message.Uid);
            json.WriteString("source", "urn:comako:hub");
            json.WriteString("type", message.Subject);
            json.WriteString("time", DateTimeOffset.UnixEpoch.AddTicks(message.QueuedUs * 10).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("datacontenttype", "application/json");
            json.WritePropertyName("data");
            json.WriteRawValue(message.Body);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private SocketsHttpHandler Handler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false, // a proxy would resolve the name itself
        MaxResponseHeadersLength = 16,
        ConnectTimeout = Patience,
        ConnectCallback = ConnectAsync,
    };

    /// <summary>The name is resolved here and the address looked at, so that a name which points elsewhere by now leads nowhere.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        if (!WebhookAddress.IsPrivateHost(context.InitialRequestMessage.RequestUri!, settings.PrivateHosts)) addresses = [.. addresses.Where(WebhookAddress.IsPublic)];
        if (addresses.Length == 0) throw new IOException($"CMH-1812. {context.DnsEndPoint.Host} is private and not named by --webhook-host.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] answer = new byte[MostAnswer];
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        int read = await stream.ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(answer, 0, read);
    }
}
