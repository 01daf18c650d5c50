using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using CoMaKo.Hub.Mail;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Mail;

/// <summary>Webhooks into a foreign server, and where they never go.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private const string Key = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("comako-webhook-");
    private readonly FakeTimeProvider clock = new();
    private RunningProcess? server;

    private string Seen => Path.Combine(folder.FullName, "seen.jsonl");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [RequiresFact(Peer.Python)]
    public async Task Event_ToAForeignServer_IsSignedAndAnswered()
    {
        int port = await StartAsync();
        var delivery = await SendAsync(Url(port, "ok"), "127.0.0.1");

        Assert.Equal((DeliveryResult.Delivered, "200 OK thank you"), (delivery.Result, delivery.Answer));
        var row = JsonDocument.Parse(Assert.Single(await File.ReadAllLinesAsync(Seen))).RootElement;
        Assert.True(row.GetProperty("signed").GetBoolean());
        Assert.Equal("application/cloudevents+json; charset=utf-8", row.GetProperty("type").GetString());
        Assert.Equal(clock.GetUtcNow().ToUnixTimeSeconds(), row.GetProperty("time").GetInt64());
        Assert.Equal(
            """{"specversion":"1.0","id":"7@coop.example","source":"urn:comako:hub","type":"alert.notice","time":"2026-06-01T09:59:00.000000Z","datacontenttype":"application/json","data":{"summary":"Stille: gw-1","news":[]}}""",
            JsonSerializer.Serialize(row.GetProperty("event")));
    }

    [RequiresTheory(Peer.Python)]
    [InlineData("gone", DeliveryResult.Never, "410 Gone no thanks")]
    [InlineData("broken", DeliveryResult.Later, "500 Internal Server Error no thanks")]
    [InlineData("moved", DeliveryResult.Later, "302 Found no thanks (redirects are not followed)")]
    [InlineData("slow", DeliveryResult.Later, "No answer in time.")]
    internal async Task Event_ThatIsNotTaken_SaysWhy(string way, DeliveryResult result, string answer)
    {
        int port = await StartAsync();
        var delivery = await SendAsync(Url(port, way), "127.0.0.1");

        Assert.Equal((result, answer), (delivery.Result, delivery.Answer));
        Assert.Single(await File.ReadAllLinesAsync(Seen)); // also: the redirect was not followed
    }

    [RequiresTheory(Peer.Python)]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task Event_ToAPrivateHostThatNobodyNamed_NeverLeaves(string host)
    {
        int port = await StartAsync();
        var delivery = await SendAsync(string.Create(CultureInfo.InvariantCulture, $"https://{host}:{port}/ok/{Key}"));

        Assert.NotEqual(DeliveryResult.Delivered, delivery.Result);
        Assert.Contains("--webhook-host", delivery.Answer, StringComparison.Ordinal);
        Assert.False(File.Exists(Seen));
    }

    [Theory]
    [InlineData("https://hooks.example.org/x", true)]
    [InlineData("https://hooks.example.org:8443/x?y=1", true)]
    [InlineData("http://nas.lan/x", true)] // named
    [InlineData("http://hooks.example.org/x", false)]
    [InlineData("https://user:geheim@hooks.example.org/x", false)]
    [InlineData("https://hooks.example.org/x#y", false)]
    [InlineData("https://10.0.0.1/x", false)]
    [InlineData("https://[::1]/x", false)]
    [InlineData("https://[fe80::1]/x", false)]
    [InlineData("https://2130706433/x", false)] // 127.0.0.1 as one number
    [InlineData("https://0x7f.1/x", false)]
    [InlineData("ftp://hooks.example.org/x", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("hooks.example.org", false)]
    public void Address_IsTakenOrRefusedWithoutRepeatingIt(string address, bool isTaken)
    {
        var parsed = WebhookAddress.Parse(address, ["nas.lan"]);
        Assert.Equal(isTaken, parsed.Success);
        Assert.DoesNotContain("geheim", parsed.Error?.Text ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2a00:1450:4001:82a::200e", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("100.64.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    public void Address_OnTheOpenNet_IsPublic(string address, bool isPublic) => Assert.Equal(isPublic, WebhookAddress.IsPublic(IPAddress.Parse(address)));

    private async Task<int> StartAsync()
    {
        server = RunningProcess.Start(new ProcessStartInfo(Peers.Python, [Repository.At("tests", "CoMaKo.CloudSync.Tests", "peers", "webhook_server.py"), Seen]));
        long started = TimeProvider.System.GetTimestamp();
        while (!server.Output.Contains("port ", StringComparison.Ordinal))
        {
            Assert.True(!server.HasExited && TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(1), server.Output);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return int.Parse(server.Output.Split("port ")[1], CultureInfo.InvariantCulture);
    }

    private static string Url(int port, string way) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/{way}/{Key}");

    private async Task<Delivery> SendAsync(string target, params string[] privateHosts)
    {
        await using var line = new WebhookLine(new MailSettings(null, privateHosts), new OneKey(), clock);
        long queued = (clock.GetUtcNow().ToUnixTimeSeconds() - 60) * 1_000_000;
        return await line.SendAsync(new QueuedMessage(7, "7@coop.example", MessageChannel.Webhook, target, "anna", "alert.notice", """{"summary":"Stille: gw-1","news":[]}""", 0, queued, queued), CancellationToken.None);
    }

    private sealed class OneKey : IWebhookKeys
    {
        public ValueTask<byte[]?> FindAsync(string reference) => new(System.Text.Encoding.ASCII.GetBytes(Key));
    }
}
