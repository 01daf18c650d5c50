using System.Net;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Diagnostics.Access;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Sign-in over HTTP.</summary>
public sealed class AccessTests
{
    private readonly FakeTimeProvider real = new();

    [Fact]
    public async Task FirstBoot_WithTheCode_MakesAnOperatorWhoIsSignedIn()
    {
        await using var host = await StartAsync();
        string code = await AccountBook.NewCodeAsync(host.Building.Access, default);
        using var person = await Person.OfAsync(host, null);
        Assert.Equal("/first-boot", (await person.PageAsync("/")).QuerySelector(".switches a")!.GetAttribute("href"));
        using var wrong = await person.PostAsync("/first-boot", ("code", "7K3QX-92MVA"), ("name", "anna"), ("password", Person.Password));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using var right = await person.PostAsync("/first-boot", ("code", code), ("name", "anna"), ("password", Person.Password));
        Assert.Equal(HttpStatusCode.SeeOther, right.StatusCode);
        Assert.Equal("Signed in as anna.", (await person.PageAsync("/account")).QuerySelector(".sentence")!.TextContent);
        Assert.Equal(["code-refused", "code-used"], host.Building.Audit.Entries.Select(entry => entry.Event));
    }

    [Fact]
    public async Task Session_EndsAfterThirtyIdleMinutes_AndAfterEightHoursInAll()
    {
        await using var host = await StartAsync();
        using var person = await Person.OfAsync(host, Role.Viewer);
        real.Advance(TimeSpan.FromMinutes(29));
        Assert.True(await IsSignedInAsync(person));
        real.Advance(TimeSpan.FromMinutes(30));
        Assert.False(await IsSignedInAsync(person));

        using var busy = await Person.OfAsync(host, Role.Viewer);
        for (int i = 0; i < 23; i++)
        {
            real.Advance(TimeSpan.FromMinutes(20));
            Assert.True(await IsSignedInAsync(busy));
        }

        real.Advance(TimeSpan.FromMinutes(20));
        Assert.False(await IsSignedInAsync(busy));
    }

    [Fact]
    public async Task Stream_KeepsNobodySignedIn_AndTellsThePageWhenItsRightsEnd()
    {
        await using var host = await StartAsync();
        using var person = await Person.OfAsync(host, Role.Operator);
        var account = host.Building.Access.Read().Find("operator")!;
        using var stream = await person.StreamAsync("/events?page=%2Fusers");
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync());
        await reader.ReadLineAsync();
        real.Advance(TimeSpan.FromMinutes(31));
        string text = await reader.ReadToEndAsync();
        Assert.Contains("event: reload", text, StringComparison.Ordinal);
        Assert.Equal("operator", account.Name);
        Assert.Equal(HttpStatusCode.Unauthorized, (await person.GetAsync("/events?page=%2Fusers", "text/event-stream")).StatusCode);
    }

    [Fact]
    public async Task SignIn_ReplacesTheSession_AndTheOldSecretIsDead()
    {
        await using var host = await StartAsync();
        using var person = await Person.OfAsync(host, Role.Viewer);
        string first = person.Cookie("session")!;
        using var again = await person.PostAsync("/sign-in", ("name", "viewer"), ("password", Person.Password));
        Assert.NotEqual(first, person.Cookie("session"));
        using var thief = new Person(host);
        thief.Cookies.Add(host.Client.BaseAddress!, new Cookie("session", first));
        Assert.False(await IsSignedInAsync(thief));
        Assert.True(await IsSignedInAsync(person));
    }

    [Fact]
    public async Task SignOut_And_SignOutOfOthers_EndThoseSessions()
    {
        await using var host = await StartAsync();
        using var phone = await Person.OfAsync(host, Role.Installer);
        using var laptop = await Person.OfAsync(host, Role.Installer);
        using var others = await laptop.PostAsync("/account", ("do", "end-others"));
        Assert.False(await IsSignedInAsync(phone));
        Assert.True(await IsSignedInAsync(laptop));
        using var signOut = await laptop.PostAsync("/sign-out");
        Assert.False(await IsSignedInAsync(laptop));
    }

    [Fact]
    public async Task Account_DisabledOrOfAnotherRole_IsOutAtOnce()
    {
        await using var host = await StartAsync();
        using var boss = await Person.OfAsync(host, Role.Operator);
        using var installer = await Person.OfAsync(host, Role.Installer);
        using var demoted = await boss.PostAsync("/users", ("do", "role"), ("name", "installer"), ("role", "viewer"));
        Assert.Equal(HttpStatusCode.SeeOther, demoted.StatusCode);
        Assert.False(await IsSignedInAsync(installer));
        Assert.Equal(Role.Viewer, host.Building.Access.Read().Find("installer")!.Role);
        using var disabled = await boss.PostAsync("/users", ("do", "disable"), ("name", "installer"));
        using var refused = await installer.PostAsync("/sign-in", ("name", "installer"), ("password", Person.Password));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var last = await boss.PostAsync("/users", ("do", "disable"), ("name", "operator"));
        Assert.Equal(HttpStatusCode.Conflict, last.StatusCode);
    }

    [Fact]
    public async Task PasswordForOneUse_ServesOnlyToSetAnOwnOne()
    {
        await using var host = await StartAsync();
        using var boss = await Person.OfAsync(host, Role.Operator);
        using var added = await boss.PostAsync("/users", ("do", "add"), ("name", "bert"), ("role", "installer"));
        string secret = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(await added.Content.ReadAsStringAsync()).QuerySelector(".secret")!.TextContent;
        Assert.DoesNotContain(secret, (await boss.PageAsync("/users")).Body!.TextContent, StringComparison.Ordinal);

        using var bert = await Person.OfAsync(host, null);
        using var signIn = await bert.PostAsync("/sign-in", ("name", "bert"), ("password", secret));
        Assert.Equal("/account", signIn.Headers.Location!.OriginalString);
        using var elsewhere = await bert.GetAsync("/users");
        Assert.Equal("/account", elsewhere.Headers.Location!.OriginalString);
        using var weak = await bert.PostAsync("/account", ("present", secret), ("password", secret));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, weak.StatusCode);
        using var set = await bert.PostAsync("/account", ("present", secret), ("password", "eigenes Wort 9"));
        Assert.Equal(HttpStatusCode.SeeOther, set.StatusCode);
        Assert.True(await IsSignedInAsync(bert));
        Assert.False(host.Building.Access.Read().Find("bert")!.MustChange);
    }

    [Fact]
    public async Task DangerousAction_WantsThePasswordOfTheLastFiveMinutes()
    {
        await using var host = await StartAsync();
        using var boss = await Person.OfAsync(host, Role.Operator);
        real.Advance(TimeSpan.FromMinutes(5));
        using var late = await boss.PostAsync("/users", ("do", "add"), ("name", "bert"), ("role", "viewer"));
        Assert.Equal("/confirm?back=%2Fusers", late.Headers.Location!.OriginalString);
        Assert.Null(host.Building.Access.Read().Find("bert"));
        using var wrong = await boss.PostAsync("/confirm", ("password", "not the password"), ("back", "/users"));
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        using var confirmed = await boss.PostAsync("/confirm", ("password", Person.Password), ("back", "/users"));
        Assert.Equal("/users", confirmed.Headers.Location!.OriginalString);
        using var done = await boss.PostAsync("/users", ("do", "add"), ("name", "bert"), ("role", "viewer"));
        Assert.NotNull(host.Building.Access.Read().Find("bert"));
    }

    [Fact]
    public async Task ValuesKeptForAccounts_ShowStrangersOnlySignInAndHealth()
    {
        await using var host = await StartAsync(services => services.AddSingleton(AccessOptions.Default with { ValuesWithoutSignIn = false }));
        using var stranger = new Person(host);
        foreach (string page in (string[])["/", "/meters", "/battery", "/sync", "/system"])
        {
            using var answer = await stranger.GetAsync(page);
            Assert.Equal("/first-boot?back=" + Uri.EscapeDataString(page), answer.Headers.Location?.OriginalString);
        }

        foreach (string data in (string[])["/api/status", "/api/readings", "/api/intervals", "/metrics", "/events?page=%2F", "/events?topics=status"])
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync(data, "*/*")).StatusCode);
        foreach (string open in (string[])["/health", "/health/live", "/health/ready", "/first-boot", "/sign-in"])
            Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync(open)).StatusCode);
        Assert.Null((await stranger.PageAsync("/sign-in")).QuerySelector(".bar"));

        using var viewer = await Person.OfAsync(host, Role.Viewer);
        Assert.Equal(HttpStatusCode.OK, (await viewer.GetAsync("/")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await viewer.GetAsync("/api/status", "*/*")).StatusCode);
    }

    [Fact]
    public async Task UnreadableAccounts_AreSaid_AndValuesGoOn()
    {
        await using var host = await StartAsync();
        using var person = await Person.OfAsync(host, Role.Operator);
        host.Building.Access.Broken = new AccessStoreException("access.json cannot be read.");
        Assert.Equal(HttpStatusCode.OK, (await person.GetAsync("/")).StatusCode);
        using var answer = await person.PostAsync("/sign-in", ("name", "operator"), ("password", Person.Password));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("CME-2210", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_AreNeverAudited()
    {
        await using var host = await StartAsync();
        using var boss = await Person.OfAsync(host, Role.Operator);
        using var mistyped = await boss.PostAsync("/sign-in", ("name", Person.Password), ("password", "operator"));
        using var added = await boss.PostAsync("/users", ("do", "add"), ("name", "bert"), ("role", "installer"));
        string secret = new AngleSharp.Html.Parser.HtmlParser().ParseDocument(await added.Content.ReadAsStringAsync()).QuerySelector(".secret")!.TextContent;
        string all = string.Join('\n', host.Building.Audit.Entries.Select(entry => $"{entry} {string.Join(' ', entry.Details)}"));
        Assert.Contains("account-added", all, StringComparison.Ordinal);
        foreach (string hidden in (string[])[Person.Password, secret, boss.Cookie("session")!, boss.Cookie("device")!, await boss.TokenAsync()])
            Assert.DoesNotContain(hidden, all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https", "__Host-session", true)]
    [InlineData("http", "session", false)]
    public void Cookie_IsForThisHostAndNoScript(string scheme, string name, bool isSecure)
    {
        var request = new DefaultHttpContext { Request = { Scheme = scheme } }.Request;
        var options = Cookies.Options(request, null);
        Assert.Equal(name, Cookies.Session(request));
        Assert.Equal((true, isSecure, SameSiteMode.Strict, "/", (string?)null), (options.HttpOnly, options.Secure, options.SameSite, options.Path, options.Domain));
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("/\\evil.example")]
    [InlineData("javascript:alert(1)")]
    public async Task SignIn_GoesBackOnlyToOurPages(string back)
    {
        await using var host = await StartAsync();
        using var person = await Person.OfAsync(host, Role.Viewer);
        using var answer = await person.PostAsync("/sign-in", ("name", "viewer"), ("password", Person.Password), ("back", back));
        Assert.Equal("/", answer.Headers.Location!.OriginalString);
    }

    private Task<PageHost> StartAsync(Action<IServiceCollection>? configure = null) => PageHost.StartAsync(Scenes.Normal, PageTests.Noon, real, configure);

    private static async Task<bool> IsSignedInAsync(Person person)
    {
        using var answer = await person.GetAsync("/account");
        return answer.StatusCode == HttpStatusCode.OK;
    }
}
