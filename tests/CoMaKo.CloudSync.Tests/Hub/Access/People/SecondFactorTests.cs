using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using CoMaKo.Hub;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;

namespace CoMaKo.CloudSync.Tests.Hub.Access.People;

/// <summary>The second step of operators, and proving again who one is.</summary>
public sealed class SecondFactorTests
{
    private const string Good = "four green kettles";

    /// <summary>RFC 6238, appendix B, SHA-1; the last six of its eight digits.</summary>
    [Theory]
    [InlineData(59, "287082")]
    [InlineData(1111111109, "081804")]
    [InlineData(1111111111, "050471")]
    [InlineData(1234567890, "005924")]
    [InlineData(2000000000, "279037")]
    [InlineData(20000000000, "353130")]
    public void Code_OfTheStandardsTable_IsTheStandards(long seconds, string expected) => Assert.Equal(expected, TotpCode.Of("12345678901234567890"u8, TotpCode.StepAt(seconds * 1_000_000)));

    [RequiresFact(Peer.Python)]
    public async Task Codes_OfRandomSecrets_AreWhatPythonComputes()
    {
        const string Script = """
            import sys, hmac, struct, base64
            for line in sys.stdin:
                text, step = line.split()
                mac = hmac.new(base64.b32decode(text + '=' * (-len(text) % 8)), struct.pack('>Q', int(step)), 'sha1').digest()
                at = mac[-1] & 15
                print('%06d' % ((struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000))
            """;
        var random = new Random(6238);
        var cases = Enumerable.Range(0, 500).Select(i =>
        {
            byte[] secret = new byte[16 + i % 17];
            random.NextBytes(secret);
            return (Secret: secret, Step: random.NextInt64(1L << 40));
        }).ToList();
        using var python = Process.Start(new ProcessStartInfo(Peers.Python, ["-c", Script]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        await python.StandardInput.WriteAsync(string.Concat(cases.Select(each => string.Create(CultureInfo.InvariantCulture, $"{TotpCode.TextOf(each.Secret)} {each.Step}\n"))));
        python.StandardInput.Close();
        string[] theirs = (await python.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await python.WaitForExitAsync();

        Assert.Equal(theirs, cases.Select(each => TotpCode.Of(each.Secret, each.Step)));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Operator_AtTheFirstSignIn_SetsUpAnAppBeforeAnythingElse(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var browser = new Browser(hub.Pages.BaseAddress!);
        var (secret, recovery) = await EnterAsync(hub, browser);

        Assert.Equal(200, (await browser.GetAsync("/pages/work")).Status);
        Assert.Equal(RecoveryCode.Count, recovery.Count);
        await using var reader = await hub.Service<HubDatabase>().OpenReaderAsync();
        byte[] kept = (await reader.QuerySingleAsync<byte[]>("SELECT totp FROM web_person WHERE name = 'olga'"))!;
        Assert.False(kept.AsSpan().IndexOf(secret) >= 0);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Code_UsedOnce_OrOfAnotherTime_IsRefused(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        byte[] secret = (await EnterAsync(hub, new Browser(hub.Pages.BaseAddress!))).Secret;
        using var browser = await HalfAsync(hub);

        Assert.Equal("CMH-1561", (await TryAsync(browser, CodeAt(hub, secret, 0))).Code); // the one of the set-up
        Assert.Equal(303, (await browser.GetAsync("/pages/work")).Status);
        Assert.Equal("CMH-1561", (await TryAsync(browser, CodeAt(hub, secret, 2))).Code);
        Assert.Equal("CMH-1561", (await TryAsync(browser, "000000")).Code);
        string half = browser.Session!;
        Assert.Equal("/", (await TryAsync(browser, CodeAt(hub, secret, 1))).Location);
        Assert.Equal(200, (await browser.GetAsync("/pages/work")).Status);
        browser.Session = half; // the cookie changed with the rights
        Assert.Equal(303, (await browser.GetAsync("/pages/work")).Status);
        hub.Clock.StepWallClock(TimeSpan.FromSeconds(30));
        using var again = await HalfAsync(hub);
        Assert.Equal("CMH-1561", (await TryAsync(again, CodeAt(hub, secret, 0))).Code); // used above, and still of this time
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task RecoveryCode_LetsInOnce(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        var recovery = (await EnterAsync(hub, new Browser(hub.Pages.BaseAddress!))).Recovery;
        Assert.Equal(303, (await TryAsync(await HalfAsync(hub), recovery[3].ToLowerInvariant())).Status);
        Assert.Equal("CMH-1561", (await TryAsync(await HalfAsync(hub), recovery[3])).Code);
        Assert.Equal(303, (await TryAsync(await HalfAsync(hub), recovery[4])).Status);
        var (rows, _) = await Audit.ReadAsync(hub.Service<HubDatabase>());
        Assert.Equal(2, rows.Count(row => row is { Action: "person.recovery_code", Actor: "person:olga" }));
    }

    [Theory, OnSqlite]
    public async Task Offer_OfAnother_IsNotTaken(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var browser = new Browser(hub.Pages.BaseAddress!);
        await RedeemAsync(hub, browser);
        byte[] known = new byte[TotpCode.SecretBytes];
        var foreign = hub.Service<SecondFactor>().Offer(4711);
        foreach (string offer in (string[])["", "x", Convert.ToBase64String(known), foreign.Kept])
            Assert.Equal(401, (await browser.PostAsync("/pages/second_factor", [("offer", offer), ("code", CodeAt(hub, offer == foreign.Kept ? foreign.Secret : known, 0))])).Status);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task MoneyDecision_WithAnOldSignIn_AsksAgain_AndKeysAreNotAsked(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        await hub.PutAsync("/balance_groups/g1", """{"name":"G","metering_points":[]}""");
        using var browser = new Browser(hub.Pages.BaseAddress!);
        byte[] secret = (await EnterAsync(hub, browser)).Secret;
        Assert.NotEqual("CMH-1560", await SettleAsync());
        hub.Clock.StepWallClock(TimeSpan.FromMinutes(5));
        Assert.Equal("CMH-1560", await SettleAsync());
        Assert.NotNull(hub.Endpoints.Single(endpoint => AccessPolicies.NameOf(endpoint) == "POST /balance_groups/{id}/months/{month}/confirmation").Metadata.GetMetadata<FreshSignIn>());
        Assert.DoesNotContain("CMH-1560", (await hub.PostAsync("/balance_groups/g1/runs", """{"month":"2026-04"}""")).Text, StringComparison.Ordinal);

        Assert.Equal("CMH-1561", (await browser.SendAsync("/pages/confirm?back=/pages/work", "/pages/confirm", ("proof", Good))).Code); // who has an app proves by it
        Assert.Equal("/pages/work", (await browser.SendAsync("/pages/confirm?back=/pages/work", "/pages/confirm", ("proof", CodeAt(hub, secret, 0)))).Location);
        Assert.NotEqual("CMH-1560", await SettleAsync());

        async Task<string?> SettleAsync()
        {
            using var client = hub.Client(null);
            client.DefaultRequestHeaders.Add("Cookie", $"session={browser.Session}");
            client.DefaultRequestHeaders.Add(FormOrigin.Header, PersonSession.FormTokenOf(browser.Session!));
            using var response = await client.PostAsync(new Uri("/balance_groups/g1/runs", UriKind.Relative), new StringContent("""{"month":"2026-04"}""", Encoding.UTF8, "application/json"));
            var answer = new RestAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), null);
            return response.StatusCode == HttpStatusCode.OK ? null : answer.Json.GetProperty("code").GetString();
        }
    }

    /// <summary>Invites the operator Olga, redeems, and sets up an app.</summary>
    private static async Task<(byte[] Secret, IReadOnlyList<string> Recovery)> EnterAsync(RunningHub hub, Browser browser)
    {
        await RedeemAsync(hub, browser);
        Assert.StartsWith("/pages/sign_in", (await browser.GetAsync("/pages/work")).Location, StringComparison.Ordinal);
        var page = (await browser.GetAsync("/pages/second_factor")).Page;
        byte[] secret = FromBase32(page.QuerySelector("#secret")!.TextContent);
        var fields = page.QuerySelectorAll("main form input[type=hidden]").Select(input => (input.GetAttribute("name")!, input.GetAttribute("value")!)).ToList();
        Assert.Equal("CMH-1561", (await browser.PostAsync("/pages/second_factor", [.. fields, ("code", CodeAt(hub, secret, 5))])).Code);
        var done = await browser.PostAsync("/pages/second_factor", [.. fields, ("code", CodeAt(hub, secret, 0))]);
        Assert.Equal(200, done.Status);
        return (secret, [.. done.Page.QuerySelectorAll(".codes li").Select(code => code.TextContent)]);
    }

    private static async Task RedeemAsync(RunningHub hub, Browser browser)
    {
        var invitation = (await hub.Service<Invitations>().CreateAsync(new InvitationWish("olga", Roles.Operator, null, null, null), "test"))!;
        Assert.Equal("/pages/second_factor?back=%2F", (await browser.PostAsync("/pages/invitation", [("code", invitation.Code), ("password", Good)])).Location);
    }

    /// <summary>A browser in which Olga has typed her password.</summary>
    private static async Task<Browser> HalfAsync(RunningHub hub)
    {
        var browser = new Browser(hub.Pages.BaseAddress!);
        Assert.Equal("/pages/second_factor?back=%2F", (await browser.PostAsync("/pages/sign_in", [("name", "olga"), ("password", Good), ("back", "/")])).Location);
        return browser;
    }

    private static Task<PageAnswer> TryAsync(Browser browser, string code) => browser.PostAsync("/pages/second_factor", [("code", code), ("back", "/")]);

    private static string CodeAt(RunningHub hub, byte[] secret, int steps) => TotpCode.Of(secret, TotpCode.StepAt(hub.Clock.UnixMicroseconds()) + steps);

    private static byte[] FromBase32(string text)
    {
        var bits = string.Concat(text.Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return [.. bits.Chunk(8).Where(chunk => chunk.Length == 8).Select(chunk => Convert.ToByte(new string(chunk), 2))];
    }
}
