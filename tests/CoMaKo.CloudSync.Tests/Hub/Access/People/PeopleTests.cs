using System.Net;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Access.People;

/// <summary>People at the door of a running hub: invitation, password, session, form token.</summary>
public sealed class PeopleTests
{
    private const string Good = "four green kettles";

    [Theory, OnSqlite, OnPostgres]
    public async Task Invitation_FromCodeToSession_LetsTheMemberIn(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        string code = await InviteAsync(hub, "anna", "member", "p1");
        using var browser = NewBrowser(hub);

        var hello = await browser.SendAsync("/pages/invitation", "/pages/invitation", ("code", code.Replace("-", " ", StringComparison.Ordinal).ToLowerInvariant()));
        Assert.Contains("anna", hello.Page.QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
        var chosen = await browser.PostAsync("/pages/invitation", [("code", code), ("password", Good)]);
        Assert.Equal((303, "/"), (chosen.Status, chosen.Location));
        Assert.Contains(chosen.SetCookies, cookie => cookie.StartsWith("session=", StringComparison.Ordinal) && cookie.Contains("httponly", StringComparison.OrdinalIgnoreCase) && cookie.Contains("samesite=lax", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(200, (await browser.GetAsync("/metering_points")).Status);
        Assert.Equal(403, (await browser.GetAsync("/pages/registers")).Status);

        Assert.Equal("CMH-1555", (await NewBrowser(hub).PostAsync("/pages/invitation", [("code", code), ("password", Good)])).Code); // once only
        Assert.Equal(303, (await NewBrowser(hub).SendAsync("/pages/sign_in", "/pages/sign_in", ("name", " Anna "), ("password", Good))).Status);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Code_OlderThan14Days_OrReplaced_IsWorthNothing(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        string first = await InviteAsync(hub, "anna", "member", "p1"), second = await InviteAsync(hub, "anna", "member", "p1");
        using var browser = NewBrowser(hub);
        Assert.Equal("CMH-1555", (await browser.PostAsync("/pages/invitation", [("code", first)])).Code);
        Assert.Equal(200, (await browser.PostAsync("/pages/invitation", [("code", second)])).Status);
        hub.Clock.StepWallClock(TimeSpan.FromDays(14));
        Assert.Equal("CMH-1555", (await browser.PostAsync("/pages/invitation", [("code", second), ("password", Good)])).Code);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Reset_EndsAllSessionsAndForgetsThePassword(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var browser = NewBrowser(hub);
        await RedeemAsync(browser, await InviteAsync(hub, "anna", "member", "p1"));
        await InviteAsync(hub, "anna", "member", "p1");

        Assert.Equal(303, (await browser.GetAsync("/metering_points")).Status);
        Assert.Equal("CMH-1553", (await browser.PostAsync("/pages/sign_in", [("name", "anna"), ("password", Good)])).Code);
    }

    [Theory, OnSqlite]
    public async Task UnknownName_WrongPassword_AndNobodyYet_GetTheSameAnswer(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var browser = NewBrowser(hub);
        await RedeemAsync(NewBrowser(hub), await InviteAsync(hub, "anna", "member", "p1"));
        await InviteAsync(hub, "bert", "member", "p2");
        var answers = new List<string>();
        foreach (string name in (string[])["anna", "bert", "carl", "no name at all"])
        {
            var answer = await browser.PostAsync("/pages/sign_in", [("name", name), ("password", "wrong wrong wrong")]);
            Assert.Equal(401, answer.Status);
            answers.Add(answer.Text.Replace(name, "", StringComparison.Ordinal));
        }

        Assert.Single(answers.Distinct());
        Assert.Contains("CMH-1553", answers[0], StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    [Row("short", "CMH-1556")]
    [Row("1234567890", "CMH-1557")]
    [Row("QwertzUiop", "CMH-1557")]
    [Row("aaaaaaaaaaaaaa", "CMH-1557")]
    [Row("my name is barbara", "CMH-1557")]
    public async Task Password_TooShortOrTooCommon_IsRefusedAndTheCodeStaysGood(Engine engine, string password, string code)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var browser = NewBrowser(hub);
        string invitation = await InviteAsync(hub, "barbara", "viewer", null);
        var refused = await browser.PostAsync("/pages/invitation", [("code", invitation), ("password", password)]);
        Assert.Equal((422, code), (refused.Status, refused.Code));
        await RedeemAsync(browser, invitation);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Sessions_EndByThemselves_AndByRole(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var operators = await hub.SignedInAsync(Roles.Operator);
        using var members = await hub.SignedInAsync(Roles.Member, "p1");
        operators.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        members.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");

        for (int i = 0; i < 24; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(operators, "/metering_points")); // used, it goes on
            hub.Clock.StepWallClock(TimeSpan.FromMinutes(29));
        }

        hub.Clock.StepWallClock(TimeSpan.FromMinutes(25)); // 12 h, whatever the use
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(operators, "/metering_points"));
        hub.Clock.StepWallClock(TimeSpan.FromDays(29));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(members, "/metering_points"));
        hub.Clock.StepWallClock(TimeSpan.FromDays(30));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(members, "/metering_points"));
    }

    [Theory, OnSqlite]
    public async Task Page_ThatRenewsItself_KeepsNobodySignedIn(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var client = await hub.SignedInAsync(Roles.Operator);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        client.DefaultRequestHeaders.Add(Gate.RenewalHeader, "1");
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(i < 2 ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, await StatusAsync(client, "/metering_points"));
            hub.Clock.StepWallClock(TimeSpan.FromMinutes(16));
        }
    }

    [Theory, OnSqlite]
    public async Task ChangingRequest_WithoutTheToken_OrFromElsewhere_IsRefused(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var client = await hub.SignedInAsync(Roles.Operator);
        Assert.Equal(HttpStatusCode.Created, (await PutAsync(client)).Status);
        client.DefaultRequestHeaders.Add("Sec-Fetch-Site", "cross-site");
        Assert.Equal("CMH-1552", (await PutAsync(client)).Json.GetProperty("code").GetString());
        client.DefaultRequestHeaders.Remove("Sec-Fetch-Site");
        client.DefaultRequestHeaders.Add("Origin", "https://elsewhere.example");
        Assert.Equal("CMH-1552", (await PutAsync(client)).Json.GetProperty("code").GetString());
        client.DefaultRequestHeaders.Remove("Origin");
        client.DefaultRequestHeaders.Remove(FormOrigin.Header);
        Assert.Equal("CMH-1551", (await PutAsync(client)).Json.GetProperty("code").GetString());
        client.DefaultRequestHeaders.Add(FormOrigin.Header, PersonSession.FormTokenOf("another"));
        Assert.Equal("CMH-1551", (await PutAsync(client)).Json.GetProperty("code").GetString());

        static async Task<RestAnswer> PutAsync(HttpClient client)
        {
            using var response = await client.PutAsync(new Uri("/participants/p1", UriKind.Relative), new StringContent("""{"name":"Anna"}""", System.Text.Encoding.UTF8, "application/json"));
            return new RestAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), null);
        }
    }

    [Theory, OnSqlite]
    public async Task Browser_WithoutASession_IsLedToSignInAndBackToOurPagesOnly(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var browser = NewBrowser(hub);
        Assert.Equal("/pages/sign_in?back=%2Fpages%2Fregisters%3Fafter%3Dx", (await browser.GetAsync("/pages/registers?after=x")).Location);
        Assert.Equal("/pages/sign_in", (await browser.GetAsync("/")).Location);
        await RedeemAsync(NewBrowser(hub), await InviteAsync(hub, "olga", "viewer", null));
        foreach (var (back, expected) in ((string, string)[])[("/pages/fleet?a=b", "/pages/fleet?a=b"), ("//elsewhere.example", "/"), ("https://elsewhere.example", "/"), ("/\\elsewhere.example", "/"), ("/a\r\nX: y", "/")])
        {
            var answer = await browser.SendAsync("/pages/sign_in?back=" + Uri.EscapeDataString(back), "/pages/sign_in", ("name", "olga"), ("password", Good));
            Assert.Equal((303, expected), (answer.Status, answer.Location));
        }

        Assert.Equal("/pages/fleet", (await browser.GetAsync("/")).Location);
        string secret = browser.Session!;
        Assert.Equal("/pages/sign_in", (await browser.SendAsync("/pages/fleet", "/pages/sign_out")).Location);
        Assert.Null(browser.Session);
        browser.Session = secret; // a cookie that somebody kept
        Assert.Equal(303, (await browser.GetAsync("/pages/fleet")).Status);
    }

    [Theory, OnSqlite]
    public async Task Guessing_IsSlowedByNameAndByAddress(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var browser = NewBrowser(hub);
        for (int i = 0; i < TryLimit.PerName; i++) Assert.Equal(401, (await TryAsync("anna")).Status);
        var slowed = await TryAsync("anna");
        Assert.Equal((429, "CMH-1554"), (slowed.Status, slowed.Code));
        Assert.Equal(401, (await TryAsync("bert")).Status);
        hub.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, (await TryAsync("anna")).Status);
        Assert.Equal(429, (await TryAsync("anna")).Status);

        Task<PageAnswer> TryAsync(string name) => browser.PostAsync("/pages/sign_in", [("name", name), ("password", "wrong wrong wrong")]);
    }

    [Fact]
    public void Tries_OfOneAddress_AreCountedOverAllNames_AndTheTableHasAnEnd()
    {
        var time = new FakeTimeProvider();
        var limit = new TryLimit(new RealClock(time));
        for (int i = 0; i < TryLimit.PerAddress; i++) Assert.Null(limit.Take(IPAddress.Parse($"2001:db8::{i + 1}"), $"name{i}"));
        Assert.NotNull(limit.Take(IPAddress.Parse("2001:db8::ffff"), "other"));
        Assert.Null(limit.Take(IPAddress.Parse("2001:db8:0:1::1"), "other"));
        for (int i = 0; i < 3 * TryLimit.Most; i++) limit.Take(new IPAddress(i), $"n{i}"); // ends, and within memory
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(limit.Take(IPAddress.Parse("2001:db8::ffff"), "other2"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Database_HoldsNeitherCodeNorPasswordNorCookie(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var browser = NewBrowser(hub);
        string code = await InviteAsync(hub, "anna", "viewer", null);
        await RedeemAsync(browser, code);
        string secret = browser.Session!;
        await using var reader = await hub.Service<CoMaKo.Hub.Storage.HubDatabase>().OpenReaderAsync();
        string all = string.Join('|', (await Dapper.SqlMapper.QueryAsync<string>(reader, "SELECT name || password FROM web_person UNION ALL SELECT session_id || browser || address FROM web_session UNION ALL SELECT actor || action || subject || detail FROM web_audit")));
        Assert.Contains("anna", all, StringComparison.Ordinal);
        foreach (string word in (string[])[code, code.Replace("-", "", StringComparison.Ordinal), Good, secret]) Assert.DoesNotContain(word, all, StringComparison.Ordinal);
        Assert.Contains("person.inviteanna", all, StringComparison.Ordinal);
        Assert.Contains("person:annaperson.redeemanna", all, StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    public async Task Invitation_ThatMakesNoSense_IsRefusedWithAllFindings(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        var answer = await hub.PostAsync("/people/invitations", """{"name":"Änne","role":"member","language":"fr","email":"x"}""");
        Assert.Equal((422, "name CMH-1558, participant CMH-1558, language CMH-1558, email CMH-1558"), (answer.Code, answer.Findings));
        Assert.Equal("participant CMH-1558", (await hub.PostAsync("/people/invitations", """{"name":"anna","role":"member","participant":"p1"}""")).Findings);
        await InviteAsync(hub, "anna", "member", "p1");
        Assert.Equal("CMH-1559", (await hub.PostAsync("/people/invitations", """{"name":"anna","role":"operator"}""")).Json.GetProperty("code").GetString());
    }

    [Theory, OnSqlite]
    public async Task FirstOperator_GetsACodeThatOnlyTheOwnerReads_UntilItIsUsed(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        var first = hub.Service<FirstOperator>();
        string code = (await first.PrepareAsync(hub.Place.Folder))!;
        string file = Path.Combine(hub.Place.Folder, FirstOperator.FileName);
        Assert.Equal(code, (await File.ReadAllTextAsync(file)).Trim());
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(code, await first.PrepareAsync(hub.Place.Folder)); // the next start shows the same one
        hub.Clock.StepWallClock(TimeSpan.FromDays(15));
        string renewed = (await first.PrepareAsync(hub.Place.Folder))!;
        Assert.NotEqual(code, renewed);
        using var browser = NewBrowser(hub);
        await RedeemAsync(browser, renewed);
        Assert.Null(await first.PrepareAsync(hub.Place.Folder));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void Hash_OfAPassword_IsWhatPbkdf2SaysElsewhere()
    {
        // hashlib.pbkdf2_hmac("sha256", "grün und blau".encode(), bytes(16), 600000) of Python 3.
        Assert.True(PasswordHash.Matches("gru\u0308n und blau", "pbkdf2-sha256$600000$AAAAAAAAAAAAAAAAAAAAAA==$41CKnxuQU9nYH1p8/xXW/yyWF1A539i0/vMgOSplZs8="));
        Assert.False(PasswordHash.Matches("grün und blau ", "pbkdf2-sha256$600000$AAAAAAAAAAAAAAAAAAAAAA==$41CKnxuQU9nYH1p8/xXW/yyWF1A539i0/vMgOSplZs8="));
        foreach (string none in (string[])["", "x", "pbkdf2-sha256$0$AA==$AA==", "pbkdf2-sha256$99999999999$AA==$AA=="]) Assert.False(PasswordHash.Matches("x", none));
    }

    private static Browser NewBrowser(RunningHub hub) => new(hub.Pages.BaseAddress!);

    private static async Task<string> InviteAsync(RunningHub hub, string name, string role, string? participant)
    {
        if (participant is not null) await hub.PutAsync($"/participants/{participant}", """{"name":"Somebody"}""");
        var answer = await hub.PostAsync("/people/invitations", participant is null ? $$"""{"name":"{{name}}","role":"{{role}}"}""" : $$"""{"name":"{{name}}","role":"{{role}}","participant":"{{participant}}"}""");
        Assert.Equal(201, answer.Code);
        return answer.Json.GetProperty("code").GetString()!;
    }

    private static async Task RedeemAsync(Browser browser, string code) => Assert.Equal(303, (await browser.PostAsync("/pages/invitation", [("code", code), ("password", Good)])).Status);

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }
}
