using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Storage;
using CoMaKo.Hub.Web.People;
using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Access.People;

/// <summary>What somebody typed while their sign-in ran out is there again after they have signed in, for them alone and once.</summary>
public sealed class KeptFormTests
{
    private const string Good = "four green kettles";
    private const string Disputes = "/pages/my/disputes";

    private static readonly (string Name, string Value)[] Typed = [("subject", "month"), ("thing", "2026-05"), ("words", "Das sind 3 kWh zu viel; <b>wirklich</b> & \"immer\".\r\nSehen Sie nach."), ("believed", "12,5")];

    [Theory, OnSqlite, OnPostgres]
    public async Task Form_SentTooLate_IsThereAgainAfterSignIn_Once(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        using var browser = await SignedInAsync(hub, "anna");
        var fields = await FieldsAsync(browser);
        hub.Clock.StepWallClock(TimeSpan.FromDays(31)); // a member's session is over after 30 days without use

        var refused = await browser.PostAsync(Disputes, fields, Referer(hub, Disputes + "?month=2026-05"));
        Assert.Equal((303, "/pages/sign_in?back=%2Fpages%2Fmy%2Fdisputes%3Fmonth%3D2026-05"), (refused.Status, refused.Location));
        Assert.Contains(refused.SetCookies, cookie => cookie.StartsWith("kept_form=", StringComparison.Ordinal) && cookie.Contains("path=/pages/my/disputes;", StringComparison.Ordinal) && cookie.Contains("httponly", StringComparison.Ordinal));
        Assert.Equal((303, Disputes + "?month=2026-05"), Brief(await browser.SendAsync(refused.Location!, "/pages/sign_in", ("name", "anna"), ("password", Good))));

        var page = (await browser.GetAsync(Disputes + "?month=2026-05")).Page;
        Assert.Equal(Typed, Typed.Select(field => (field.Name, ValueOf(page, field.Name))));
        Assert.NotNull(page.QuerySelector("main > .kept"));
        Assert.Empty((await hub.GetAsync("/disputes")).Json.GetProperty("items").EnumerateArray()); // nothing was sent meanwhile
        Assert.Equal("", ValueOf((await browser.GetAsync(Disputes + "?month=2026-05")).Page, "words"));
    }

    /// <summary>What decides about money asks again who is there, and leads back to the same form.</summary>
    [Theory, OnSqlite]
    public async Task Form_ThatNeedsAFreshSignIn_IsThereAgainAfterTheProof(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        using var browser = await SignedInAsync(hub, "olga", Roles.Operator);
        (string, string)[] fields = [.. await FieldsAsync(browser, "/pages/new_balance_group", "/pages/balance_groups"), ("id", "BK1"), ("name", "Sonnenhang"), ("allocation", "ranked"), ("price_ct_per_kwh", "10,5"), ("keys", "ZP001 1\nZP002 2")];
        hub.Clock.StepWallClock(TimeSpan.FromMinutes(6));

        var refused = await browser.PostAsync("/pages/balance_groups", fields, Referer(hub, "/pages/new_balance_group"));
        Assert.Equal("/pages/confirm?back=%2Fpages%2Fnew_balance_group", refused.Location);
        Assert.Equal((303, "/pages/new_balance_group"), Brief(await browser.SendAsync(refused.Location!, "/pages/confirm", ("proof", Good))));
        var page = (await browser.GetAsync("/pages/new_balance_group")).Page;
        Assert.Equal(["BK1", "Sonnenhang", "ranked", "10,5", "ZP001 1\nZP002 2"], ((string[])["id", "name", "allocation", "price_ct_per_kwh", "keys"]).Select(name => ValueOf(page, name)));
    }

    /// <summary>A mistake is answered at the form's own address, which may be no page: what is sent from there leads back to the page on which the form stood first.</summary>
    [Theory, OnSqlite]
    public async Task Form_SentTooLateFromItsRefusal_IsThereAgainOnItsPage(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        using var browser = await SignedInAsync(hub, "olga", Roles.Operator);
        const string Page = "/pages/points/ZP-anna", Action = Page + "/reading";
        (string, string)[] typed = [("timestamp", "2026-05-31T08:00"), ("register_kwh", "12a")];
        var refusal = await browser.PostAsync(Action, [.. await FieldsAsync(browser, Page, Action), .. typed], Referer(hub, Page + "?done=stored"));
        Assert.Equal(422, refusal.Status);
        var form = refusal.Page.QuerySelectorAll("form").Single(each => each.GetAttribute("action") == Action);
        (string, string)[] hidden = [.. form.QuerySelectorAll("input[type=hidden]").Select(input => (input.GetAttribute("name")!, input.GetAttribute("value") ?? ""))];
        hub.Clock.StepWallClock(TimeSpan.FromMinutes(31)); // an operator's session is over after 30 minutes without use

        var refused = await browser.PostAsync(Action, [.. hidden, ("timestamp", "2026-05-31T08:00"), ("register_kwh", "12")], Referer(hub, Action));
        Assert.Equal("/pages/sign_in?back=" + Uri.EscapeDataString(Page + "?done=stored"), refused.Location);
        browser.Session = await BeginAsync(hub, "olga");
        var page = (await browser.GetAsync(Page + "?done=stored")).Page;
        Assert.Equal(["2026-05-31T08:00", "12"], ((string[])["timestamp", "register_kwh"]).Select(name => ValueOf(page, name)));
        Assert.NotNull(page.QuerySelector("main > .kept"));
    }

    [Theory, OnSqlite]
    public async Task Form_OfSomebodyElse_IsNotShown(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        using var browser = await SignedInAsync(hub, "anna");
        using (await SignedInAsync(hub, "bert", participant: "bert")) { }
        var fields = await FieldsAsync(browser);
        hub.Clock.StepWallClock(TimeSpan.FromDays(31));
        await browser.PostAsync(Disputes, fields, Referer(hub, Disputes));
        await browser.PostAsync("/pages/sign_in", [("name", "bert"), ("password", Good)]);

        Assert.Equal("", ValueOf((await browser.GetAsync(Disputes)).Page, "words"));
    }

    /// <summary>Not kept: from another site, without the session's token, too long, from a page that is not named, or too old when it is asked for.</summary>
    [Theory, OnSqlite]
    public async Task Form_ThatIsNotOurs_OrTooLong_OrTooOld_IsNotKept(Engine engine)
    {
        await using var hub = await StartAsync(engine);
        using var browser = await SignedInAsync(hub, "anna");
        var fields = await FieldsAsync(browser);
        hub.Clock.StepWallClock(TimeSpan.FromDays(31));
        var random = new Random(4711);
        string noise = string.Concat(Enumerable.Range(0, 6000).Select(_ => (char)random.Next('!', '~')));

        Assert.False(IsKept(await browser.PostAsync(Disputes, fields, Referer(hub, Disputes), ("Sec-Fetch-Site", "cross-site"))));
        Assert.False(IsKept(await browser.PostAsync(Disputes, [.. fields.Where(field => field.Name != FormOrigin.Field), (FormOrigin.Field, "x")], Referer(hub, Disputes))));
        Assert.False(IsKept(await browser.PostAsync(Disputes, [.. fields, ("more", noise)], Referer(hub, Disputes)))); // does not fit into a cookie
        Assert.False(IsKept(await browser.PostAsync(Disputes, [.. fields, ("more", new string('a', 20_000))], Referer(hub, Disputes)))); // would fit, packed
        Assert.False(IsKept(await browser.PostAsync(Disputes, fields, ("Referer", "https://elsewhere.example/pages/my/disputes"))));
        Assert.True(IsKept(await browser.PostAsync(Disputes, fields, Referer(hub, Disputes))));
        hub.Clock.StepWallClock(TimeSpan.FromMinutes(31));
        await browser.PostAsync("/pages/sign_in", [("name", "anna"), ("password", Good)]);
        Assert.Equal("", ValueOf((await browser.GetAsync(Disputes)).Page, "words"));
    }

    /// <summary>Every field of our pages that takes a password, a code or a PIN is among those that are never kept.</summary>
    [Fact]
    public void Secrets_OfAllPages_AreNeverKept()
    {
        string[] pages = Directory.GetFiles(Repository.At("cloud-sync", "CoMaKo.Hub", "Web"), "*.razor", SearchOption.AllDirectories);
        var secret = pages.SelectMany(File.ReadLines).Where(line => line.Contains("Type=\"password\"", StringComparison.Ordinal) || line.Contains("one-time-code", StringComparison.Ordinal))
            .Select(line => line.Split("Name=\"")[1].Split('"')[0]).Append("voice_pin").Append(FormOrigin.Field).Distinct(StringComparer.Ordinal).ToList();

        Assert.True(secret.Count > 5, string.Join(' ', secret));
        Assert.DoesNotContain(secret, field => !KeptForms.IsSecret(field));
    }

    private static bool IsKept(PageAnswer answer) => answer.SetCookies.Any(cookie => cookie.StartsWith("kept_form=", StringComparison.Ordinal));

    private static (int, string?) Brief(PageAnswer answer) => (answer.Status, answer.Location);

    private static (string, string) Referer(RunningHub hub, string path) => ("Referer", new Uri(hub.Pages.BaseAddress!, path).ToString());

    private static string ValueOf(IHtmlDocument page, string field) => page.QuerySelector($"main form:not([method=get]) [name={field}]") switch
    {
        IHtmlTextAreaElement area => area.Value.ReplaceLineEndings(field == "words" ? "\r\n" : "\n"),
        IHtmlSelectElement select => select.Value ?? "",
        IHtmlInputElement input => input.Value,
        var other => throw new InvalidOperationException($"{field}: {other?.TagName}"),
    };

    /// <summary>Hidden fields of the page's form, and what is typed.</summary>
    private static async Task<(string Name, string Value)[]> FieldsAsync(Browser browser) => [.. await FieldsAsync(browser, Disputes, Disputes), .. Typed];

    private static async Task<(string Name, string Value)[]> FieldsAsync(Browser browser, string path, string action)
    {
        var form = (await browser.GetAsync(path)).Page.QuerySelectorAll("form").First(each => each.GetAttribute("action") == action);
        return [.. form.QuerySelectorAll("input[type=hidden]").Select(input => (input.GetAttribute("name")!, input.GetAttribute("value") ?? ""))];
    }

    private static async Task<RunningHub> StartAsync(Engine engine)
    {
        var hub = await RunningHub.StartAsync(engine);
        foreach (string name in (string[])["anna", "bert"])
            Assert.Equal(201, (await hub.PutAsync($"/metering_points/ZP-{name}", $$"""{"participant":"{{name}}","direction":"consumption"}""")).Code);
        return hub;
    }

    /// <summary>A browser in which somebody has just chosen a password. An operator's session is begun here: signing in would ask for a second factor.</summary>
    private static async Task<Browser> SignedInAsync(RunningHub hub, string name, Roles role = Roles.Member, string participant = "anna")
    {
        var browser = new Browser(hub.Pages.BaseAddress!);
        var invited = (await hub.Service<Invitations>().CreateAsync(new InvitationWish(name, role, role == Roles.Member ? participant : null, null, null), "test"))!;
        await browser.PostAsync("/pages/invitation", [("code", invited.Code), ("password", Good)]);
        if (role == Roles.Operator) browser.Session = await BeginAsync(hub, name);
        return browser;
    }

    private static Task<string> BeginAsync(RunningHub hub, string name) => hub.Service<HubDatabase>().WriteAsync(async tx =>
        await hub.Service<PersonSessions>().BeginAsync(tx, (await Person.FindAsync(tx, name))!, SessionStage.Full, "192.0.2.1", "test"));
}
