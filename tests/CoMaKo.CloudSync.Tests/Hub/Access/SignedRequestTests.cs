using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.Signatures;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Access;

/// <summary>Signed requests: the RFC's own example, and a signer in another language against the running hub.</summary>
public sealed class SignedRequestTests
{
    private const string Point = """{"participant":"Änne","direction":"consumption"}""", Target = "/metering_points/ZP001";

    /// <summary>RFC 9421, appendix B.2.5, with the shared secret of B.1.5.</summary>
    [Fact]
    public void Example_OfTheStandard_Verifies()
    {
        byte[] secret = Convert.FromBase64String("uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==");
        var input = SignatureInput.Parse("""sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret" """)!;
        string text = SignatureBase.Of(input, component => component switch { "date" => "Tue, 20 Apr 2021 02:07:55 GMT", "@authority" => "example.com", "content-type" => "application/json", _ => null })!;

        Assert.Equal(("sig-b25", 1618884473L, "test-shared-secret"), (input.Label, input.Created, input.KeyId));
        Assert.True(SignatureBase.Fits(text, secret, SignatureInput.ParseBytes("sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:", "sig-b25")));
        Assert.False(SignatureBase.Fits(text + " ", secret, SignatureInput.ParseBytes("sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:", "sig-b25")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sig1")]
    [InlineData("sig1=(")]
    [InlineData("sig1=(\"a\" \"a\")")]
    [InlineData("sig1=(\"a\";sf)")]
    [InlineData("sig1=(\"a\"),sig2=(\"b\")")]
    [InlineData("sig1=(\"a\\n\")")]
    [InlineData("sig1=(\"a\");created")]
    [InlineData("sig1=(\"a\");created=1;created=2")]
    [InlineData("sig1=(\"a\");created=-")]
    [InlineData("sig1=(\"a\");keyid=\"k")]
    [InlineData("Sig1=(\"a\")")]
    public void Input_ThatIsNotUnderstood_IsNone(string text) => Assert.Null(SignatureInput.Parse(text));

    [RequiresTheory(Peer.Python, Peer.Postgres)]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Request_ThatAnotherProgramSigned_IsDoneOnce(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        var order = await OrderAsync(hub, "PUT", Target, Point);
        var (status, body) = await SendAsync(order);
        Assert.Equal((201, "Änne"), (status, JsonDocument.Parse(body).RootElement.GetProperty("participant").GetString()));
        Assert.Equal((401, "The nonce was used before."), await FaultAsync(order));

        order["nonce"] = "another-nonce";
        (order["method"], order["target"], order["body"]) = ("GET", "/metering_points?limit=1", "");
        Assert.Equal(200, (await SendAsync(order)).Status);
        using var shown = hub.Client($"ck_live_{order["keyid"]}_{order["secret"]}");
        using var refused = await shown.GetAsync(new Uri(Target, UriKind.Relative));
        Assert.Equal(401, (int)refused.StatusCode); // a key that signs is never shown
        Assert.Equal(1, hub.Place.Count("SELECT count(*) FROM web_key WHERE secret_protected IS NOT NULL AND last_used_us IS NOT NULL"));
    }

    /// <summary>What is changed on the way, or is too old, or too new, or covers too little.</summary>
    [RequiresFact(Peer.Python)]
    public async Task Request_ThatWasChangedOrIsUntimely_IsRefused()
    {
        await using var hub = await RunningHub.StartAsync(Engine.Sqlite);
        const string NotTheOne = "The signature is not the one of a key that the hub knows.";
        foreach (var (tamper, fault) in ((JsonObject, string)[])
        [
            (new() { ["body"] = Point.Replace("Änne", "Anna", StringComparison.Ordinal) }, "Content-Digest is not the SHA-256 of the body."), (new() { ["target"] = "/metering_points/ZP002" }, NotTheOne),
            (new() { ["Content-Type"] = "application/json; charset=utf-8" }, NotTheOne), (new() { ["Content-Digest"] = "sha-256=:AAAA:" }, NotTheOne), (new() { ["Signature"] = "sig1=:AAAA:" }, NotTheOne),
            (new() { ["Signature"] = "sig2=:AAAA:" }, "Signature has no bytes under the label 'sig1'."), (new() { ["Signature-Input"] = "sig1" }, "Signature-Input has one signature, with components without parameters (RFC 9421)."),
        ])
        {
            var order = await OrderAsync(hub, "PUT", Target, Point);
            order["tamper"] = tamper;
            Assert.Equal((401, fault), await FaultAsync(order));
        }

        foreach (var (name, value, fault) in ((string, JsonNode, string)[])
        [
            ("created", 1780308000 - 61, "created lies within 60 s of the hub's clock, which shows 1780308000."), ("created", 1780308000 + 61, "created lies within 60 s of the hub's clock, which shows 1780308000."),
            ("nonce", "short", "nonce has 8 to 64 characters."), ("keyid", "00000000", NotTheOne), ("secret", new string('A', 43), NotTheOne),
            ("components", new JsonArray("@method", "@path"), "The signature of a request with a body covers content-digest (RFC 9530)."),
            ("components", new JsonArray("@path", "content-digest"), "The signature covers @method and @target-uri, @request-target, or @path and @query."),
        ])
        {
            var order = await OrderAsync(hub, "PUT", Target, Point);
            order[name] = value;
            Assert.Equal((401, fault), await FaultAsync(order));
        }

        var query = await OrderAsync(hub, "GET", "/metering_points?limit=1", "");
        query["components"] = new JsonArray("@method", "@path");
        Assert.Equal((401, "The signature covers @method and @target-uri, @request-target, or @path and @query."), await FaultAsync(query));
        query["components"] = new JsonArray("@method", "@target-uri");
        Assert.Equal(200, (await SendAsync(query)).Status);
        Assert.Equal(0, hub.Place.Count("SELECT count(*) FROM mkt_point"));
        Assert.Equal(1, hub.Place.Count("SELECT count(*) FROM web_nonce"));
    }

    private static async Task<JsonObject> OrderAsync(RunningHub hub, string method, string target, string body)
    {
        var key = await hub.Keys.CreateAsync(new KeyWish(Roles.Operator, "signer", IsSigned: true), "test");
        return new JsonObject
        {
            ["host"] = "127.0.0.1", ["port"] = hub.Pages.BaseAddress!.Port, ["method"] = method, ["target"] = target, ["body"] = body, ["keyid"] = key.Id, ["secret"] = key.Secret,
            ["created"] = hub.Clock.GetUtcNow().ToUnixTimeSeconds(), ["nonce"] = Guid.NewGuid().ToString("n"),
        };
    }

    private static async Task<(int Status, string Fault)> FaultAsync(JsonObject order)
    {
        var (status, body) = await SendAsync(order);
        var problem = JsonDocument.Parse(body).RootElement;
        Assert.Equal("CMH-1515", problem.GetProperty("code").GetString());
        return (status, problem.GetProperty("detail").GetString()!);
    }

    private static async Task<(int Status, string Body)> SendAsync(JsonObject order)
    {
        var start = new ProcessStartInfo(Peers.Python, [Repository.At("tests", "CoMaKo.CloudSync.Tests", "peers", "signed_request.py")]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        using var python = Process.Start(start)!;
        await python.StandardInput.WriteAsync(order.ToJsonString());
        python.StandardInput.Close();
        var answer = JsonDocument.Parse(await python.StandardOutput.ReadToEndAsync()).RootElement;
        await python.WaitForExitAsync();
        return (answer.GetProperty("status").GetInt32(), answer.GetProperty("body").GetString()!);
    }
}
