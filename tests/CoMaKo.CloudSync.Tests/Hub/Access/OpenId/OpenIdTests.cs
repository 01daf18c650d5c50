using AngleSharp.Html.Parser;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.OpenId;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Host;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Access.OpenId;

/// <summary>Signing in at a foreign provider, against Authlib's.</summary>
public sealed class OpenIdTests : IAsyncLifetime
{
    private OpenIdPeer peer = null!;
    private RunningHub hub = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (peer?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [RequiresTheory(Peer.Authlib), OnSqlite, OnPostgres]
    public async Task Account_OfSomebodyInvited_SignsIn_AndAStrangersDoesNot(Engine engine)
    {
        await StartAsync(engine);
        string code = await InviteAsync("anna", Roles.Member, "p1");
        await peer.SayAsync("subject alice");
        using (var stranger = Browser())
        {
            Assert.Contains("/pages/openid?back=%2F", (await stranger.GetAsync("/pages/sign_in")).Text, StringComparison.Ordinal);
            Refused("CMH-1576", await stranger.VisitAsync("/pages/openid"));
            Assert.Equal((0, 1), (hub.Place.Count("SELECT count(*) FROM web_openid"), hub.Place.Count("SELECT count(*) FROM web_person WHERE role = 8")));
        }

        using (var anna = Browser())
        {
            var greeting = await anna.PostAsync("/pages/invitation", new() { ["code"] = code });
            Assert.Contains("/pages/openid/invitation", greeting.Text, StringComparison.Ordinal);
            Assert.Equal((303, "/"), Place(await anna.VisitAsync("/pages/openid/invitation")));
            Assert.Contains("anna", (await anna.GetAsync("/pages/account")).Text, StringComparison.Ordinal);
        }

        using (var again = Browser())
        {
            Assert.Equal((303, "/pages/account"), Place(await again.VisitAsync("/pages/openid?back=/pages/account")));
            var account = await again.GetAsync("/pages/account");
            string token = new HtmlParser().ParseDocument(account.Text).QuerySelector("input[name=form_token]")!.GetAttribute("value")!;
            Assert.Equal(303, (await again.PostAsync("/pages/sign_out", new() { ["form_token"] = token })).Status);
            Assert.NotEqual(200, (await again.GetAsync("/pages/account")).Status);
            Assert.Contains("/pages/openid/end", (await again.GetAsync("/pages/sign_in?left=openid")).Text, StringComparison.Ordinal);
            Assert.StartsWith($"{peer.Settings.Issuer}/end?client_id=hub&post_logout_redirect_uri=http", (await again.GetAsync("/pages/openid/end")).Where, StringComparison.Ordinal);
            Assert.NotEqual(200, (await again.PostAsync("/pages/invitation", new() { ["code"] = code })).Status);
        }

        // A key that the provider has had for a short while only, of another kind.
        await peer.SayAsync("rotate EC");
        hub.Clock.Advance(TimeSpan.FromSeconds(31));
        using (var later = Browser()) Assert.Equal((303, "/"), Place(await later.VisitAsync("/pages/openid")));

        // Whoever is invited anew gets in by the new code only.
        await InviteAsync("anna", Roles.Member, "p1");
        using (var gone = Browser()) Refused("CMH-1576", await gone.VisitAsync("/pages/openid"));
    }

    [RequiresTheory(Peer.Authlib), OnSqlite]
    public async Task Operator_StillShowsTheSecondFactor(Engine engine)
    {
        await StartAsync(engine);
        string code = await InviteAsync("olga", Roles.Operator, null);
        using var olga = Browser();
        await olga.PostAsync("/pages/invitation", new() { ["code"] = code });
        var (status, where) = Place(await olga.VisitAsync("/pages/openid/invitation"));
        Assert.Equal(303, status);
        Assert.StartsWith("/pages/second_factor", where, StringComparison.Ordinal);
        Assert.NotEqual(200, (await olga.GetAsync("/pages/account")).Status);

        // She is a way in: the next start must not invite the first operator anew, and nobody may lock her out.
        Assert.Null(await hub.Service<FirstOperator>().PrepareAsync(hub.Place.Folder));
        Assert.Equal(LockOutcome.LastOperator, await hub.Service<Accounts>().LockAsync("olga", isLocked: true, "test"));
    }

    /// <summary>What the provider itself signs wrongly, what somebody on the way changes, and what the provider refuses.</summary>
    [RequiresTheory(Peer.Authlib), OnSqlite]
    public async Task Token_ThatIsForged_LetsNobodyIn(Engine engine)
    {
        await StartAsync(engine);
        await LinkAsync("alice", "anna");
        await peer.SayAsync("subject alice");
        foreach (string how in (string[])["issuer", "audience", "nonce", "expired", "unknown", "payload", "unsigned", "hmac", "refuse"])
        {
            await peer.SayAsync($"forge {how}");
            using var browser = Browser();
            Refused(how == "refuse" ? "CMH-1573" : "CMH-1575", await browser.VisitAsync("/pages/openid"));
            Assert.NotEqual(200, (await browser.GetAsync("/pages/account")).Status);
            await peer.SayAsync("forge none");
            Assert.Equal((303, "/"), Place(await browser.VisitAsync("/pages/openid")));
        }
    }

    [RequiresTheory(Peer.Authlib), OnSqlite]
    public async Task Answer_ThatBelongsToNoRequestOfThisBrowser_IsRefused(Engine engine)
    {
        await StartAsync(engine);
        await LinkAsync("alice", "anna");
        await peer.SayAsync("subject alice");
        using var victim = Browser();
        using var attacker = Browser();
        var stolen = await attacker.AskAsync("/pages/openid");
        Refused("CMH-1574", await victim.ReturnAsync(stolen)); // without a request at all
        await victim.AskAsync("/pages/openid");
        Refused("CMH-1574", await victim.ReturnAsync(stolen)); // with another one
        var own = await victim.AskAsync("/pages/openid");
        Refused("CMH-1574", await victim.ReturnAsync(new Uri(own + "&iss=https%3A%2F%2Fevil.example")));
        own = await victim.AskAsync("/pages/openid");
        Assert.Equal(303, (await victim.ReturnAsync(own)).Status);
        Refused("CMH-1574", await victim.ReturnAsync(own)); // twice
        own = await victim.AskAsync("/pages/openid");
        hub.Clock.Advance(TimeSpan.FromMinutes(10));
        Refused("CMH-1574", await victim.ReturnAsync(own)); // too late
    }

    [RequiresTheory(Peer.Authlib), OnSqlite]
    public async Task Account_IsLinkedAndUnlinkedByWhoIsSignedIn_AndOpensOneDoorOnly(Engine engine)
    {
        await StartAsync(engine);
        await LinkAsync("alice", "anna");
        await peer.SayAsync("subject bob");
        using var bert = await hub.SignedInAsync(Roles.Member, "p2", "bert");
        Assert.Contains("/pages/openid/link", await bert.GetStringAsync(new Uri("/pages/account", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Equal((303, "/pages/account?done=openid"), await LinkAsync(bert));
        using (var browser = Browser()) Assert.Equal((303, "/"), Place(await browser.VisitAsync("/pages/openid")));

        await peer.SayAsync("subject alice");
        Assert.Equal((422, ""), await LinkAsync(bert));
        using (var browser = Browser())
        {
            Assert.Equal((303, "/"), Place(await browser.VisitAsync("/pages/openid")));
            Assert.Contains("anna", (await browser.GetAsync("/pages/account")).Text, StringComparison.Ordinal);
        }

        using var form = new FormUrlEncodedContent([]);
        using var unlinked = await bert.PostAsync(new Uri("/pages/openid/unlink", UriKind.Relative), form);
        await peer.SayAsync("subject bob");
        using (var browser = Browser()) Refused("CMH-1576", await browser.VisitAsync("/pages/openid"));
        Assert.Equal((1, 1), (hub.Place.Count("SELECT count(*) FROM web_audit WHERE action = 'person.link'"), hub.Place.Count("SELECT count(*) FROM web_audit WHERE action = 'person.unlink'")));
    }

    /// <summary>Who has no password proves at the provider who they are, by a sign-in of this moment with their own account.</summary>
    [RequiresTheory(Peer.Authlib), OnSqlite]
    public async Task Proof_BeforeSomethingOfWeight_GoesThroughTheProvider(Engine engine)
    {
        const string Grave = "/pages/account/app", Confirm = "/pages/openid/confirm?back=/pages/account/app";
        await StartAsync(engine);
        await LinkAsync("bob", "bert");
        using var anna = Browser();
        await anna.PostAsync("/pages/invitation", new() { ["code"] = await InviteAsync("anna", Roles.Member, "p1") });
        await peer.SayAsync("subject alice");
        await anna.VisitAsync("/pages/openid/invitation");
        Assert.Equal(200, (await anna.GetAsync(Grave)).Status);
        await hub.Service<HubDatabase>().WriteAsync(async tx => await tx.Prepare("UPDATE web_session SET fresh_us = fresh_us - 600000000").RunAsync());
        Assert.Equal((303, "/pages/confirm?back=%2Fpages%2Faccount%2Fapp"), Place(await anna.GetAsync(Grave)));
        var page = new HtmlParser().ParseDocument((await anna.GetAsync("/pages/confirm?back=/pages/account/app")).Text);
        Assert.Equal((Uri.EscapeDataString(Grave), 0), (page.QuerySelector("main a.button")!.GetAttribute("href")!.Split("back=")[1], page.QuerySelectorAll("input[type=password]").Length));

        foreach (var (say, code) in ((string, string)[])[("forge sleepy", "CMH-1575"), ("forge timeless", "CMH-1575"), ("forge textual", "CMH-1575"), ("forge refuse", "CMH-1573"), ("forge none", ""), ("subject bob", "CMH-1578")])
        {
            await peer.SayAsync(say);
            if (code.Length == 0) continue;
            var answer = await anna.VisitAsync(Confirm);
            Refused(code, answer);
            Assert.NotNull(new HtmlParser().ParseDocument(answer.Text).QuerySelector("a[href^='/pages/openid/confirm']")); // and may try again
            Assert.Equal(303, (await anna.GetAsync(Grave)).Status);
        }

        await peer.SayAsync("subject alice");
        Assert.Equal((303, Grave), Place(await anna.VisitAsync(Confirm)));
        Assert.Equal(200, (await anna.GetAsync(Grave)).Status);
    }

    /// <summary>A provider's word is one step; who has two proves by the second one.</summary>
    [RequiresTheory(Peer.Authlib), OnSqlite]
    public async Task Proof_OfWhoHasASecondStep_IsNotTheProviders(Engine engine)
    {
        await StartAsync(engine);
        await LinkAsync("alice", "anna");
        await peer.SayAsync("subject alice");
        using var anna = Browser();
        await anna.VisitAsync("/pages/openid");
        await hub.Service<HubDatabase>().WriteAsync(async tx =>
        {
            await tx.Prepare("UPDATE web_person SET totp = $1 WHERE name = 'anna'").Bind(new byte[20]).RunAsync();
            await tx.Prepare("UPDATE web_session SET fresh_us = fresh_us - 600000000").RunAsync();
        });

        Assert.DoesNotContain("/pages/openid/confirm", (await anna.GetAsync("/pages/confirm")).Text, StringComparison.Ordinal);
        Refused("CMH-1578", await anna.VisitAsync("/pages/openid/confirm?back=/pages/account/app"));
        Assert.Equal(303, (await anna.GetAsync("/pages/account/app")).Status);
    }

    [RequiresTheory(Peer.Authlib), OnSqlite]
    public async Task Provider_ThatIsAway_LeavesThePassword(Engine engine)
    {
        await StartAsync(engine);
        await peer.DisposeAsync();
        using var browser = Browser();
        var (status, _, text) = await browser.GetAsync("/pages/openid?back=/pages/account");
        Assert.Equal(502, status);
        var page = new HtmlParser().ParseDocument(text);
        Assert.Contains("CMH-1572", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.NotNull(page.QuerySelector("input[type=password]"));
        peer = null!;
    }

    [Theory, OnSqlite]
    public async Task Pages_WithoutAProvider_AreNotThere(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        using var browser = Browser();
        Assert.DoesNotContain("openid", (await browser.GetAsync("/pages/sign_in")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(hub.Endpoints, endpoint => endpoint.RoutePattern.RawText!.Contains("openid", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_AreRead_AndTheirTextHoldsNoSecret()
    {
        var folder = Directory.CreateTempSubdirectory("comako-openid-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "secret"), "geheim-123\n");
            var (settings, findings) = HubSettings.Read("""{"openid":{"issuer":"https://id.example.org","client_id":"hub","client_secret_file":"secret","name":"Dorfkonto"}}""", Path.Combine(folder.FullName, "settings.json"));
            Assert.Empty(findings);
            Assert.Equal(("https://id.example.org", "hub", "geheim-123", "Dorfkonto"), (settings.OpenId!.Issuer, settings.OpenId.ClientId, settings.OpenId.Secret, settings.OpenId.Name));
            Assert.DoesNotContain("geheim", settings.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("""{"openid":{"issuer":"http://id.example.org","client_id":"hub"}}""", "1 openid.issuer CMH-1570")]
    [InlineData("""{"openid":{"issuer":"https://u:p@id.example.org","client_id":"hub"}}""", "1 openid.issuer CMH-1570")]
    [InlineData("{\"openid\":\n{\"issuer\":\"https://id.example.org\",\n\"client_secret_file\":\"/nonexistent/x\"}}", "1 openid.client_id CMH-1604, 3 openid.client_secret_file CMH-1571")]
    public void Settings_WithMistakes_AreTold(string text, string findings) =>
        Assert.Equal(findings, string.Join(", ", HubSettings.Read(text, "s").Findings.Select(finding => FormattableString.Invariant($"{finding.Line} {finding.Path[3..]} {finding.Code}"))));

    private async Task StartAsync(Engine engine)
    {
        peer = await OpenIdPeer.StartAsync();
        hub = await RunningHub.StartAsync(engine, new RequestRates(100_000, 1000, 100_000, 1000), services => services.AddOpenId(peer.Settings));
        hub.Clock.StepWallClock(TimeProvider.System.GetUtcNow() - hub.Clock.GetUtcNow()); // the provider's clock is the real one
    }

    private Surfer Browser() => new(hub.Pages.BaseAddress!);

    private async Task<string> InviteAsync(string name, Roles role, string? participant) => (await hub.Service<Invitations>().CreateAsync(new InvitationWish(name, role, participant, "de", null), "test"))!.Code;

    private async Task LinkAsync(string subject, string name)
    {
        string code = await InviteAsync(name, Roles.Member, "p1");
        Assert.NotNull((await hub.Service<OpenIdDesk>().RedeemAsync(OneTimeCode.Hash(OneTimeCode.Normalise(code)!), subject, new Origin(null, ""))).Secret);
    }

    /// <summary>The way to the provider and back of who is signed in; the browser's cookies are kept by hand.</summary>
    private static async Task<(int Status, string Where)> LinkAsync(HttpClient person)
    {
        using var sent = await person.GetAsync(new Uri("/pages/openid/link", UriKind.Relative));
        string cookie = sent.Headers.GetValues("Set-Cookie").Single(each => each.StartsWith("openid=", StringComparison.Ordinal)).Split(';')[0];
        using var away = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var signedIn = await away.GetAsync(sent.Headers.Location);
        using var back = new HttpRequestMessage(HttpMethod.Get, signedIn.Headers.Location);
        back.Headers.Add("Cookie", $"{person.DefaultRequestHeaders.GetValues("Cookie").Single()}; {cookie}");
        using var answer = await person.SendAsync(back);
        return ((int)answer.StatusCode, answer.Headers.Location?.ToString() ?? "");
    }

    private static (int Status, string Where) Place((int Status, string Where, string Text) answer) => (answer.Status, answer.Where);

    private static void Refused(string code, (int Status, string Where, string Text) answer)
    {
        Assert.Equal(422, answer.Status);
        Assert.Contains(code, new HtmlParser().ParseDocument(answer.Text).QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
    }
}
