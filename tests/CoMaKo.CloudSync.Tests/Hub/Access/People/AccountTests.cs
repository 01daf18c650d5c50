using System.Net;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Storage;
using CoMaKo.Testing;
using Dapper;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.CloudSync.Tests.Hub.Access.People;

/// <summary>What people change about their own way in, and operators about others'.</summary>
public sealed class AccountTests
{
    private const string Good = "four green kettles", Better = "seven blue teapots";

    [Theory, OnSqlite, OnPostgres]
    public async Task Password_Changed_EndsAllOtherSessions(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var here = await MemberAsync(hub, "anna", "p1");
        using var there = new Browser(hub.Pages.BaseAddress!);
        Assert.Equal(303, (await there.PostAsync("/pages/sign_in", [("name", "anna"), ("password", Good)])).Status);
        Assert.Equal(2, (await here.GetAsync("/pages/account")).Page.QuerySelectorAll("input[name=session]").Length);

        Assert.Equal("CMH-1553", (await here.SendAsync("/pages/account", "/pages/account/password", ("old", "wrong wrong"), ("new", Better))).Code);
        Assert.Equal("CMH-1556", (await here.SendAsync("/pages/account", "/pages/account/password", ("old", Good), ("new", "short"))).Code);
        Assert.Equal("/pages/account?done=password", (await here.SendAsync("/pages/account", "/pages/account/password", ("old", Good), ("new", Better))).Location);
        Assert.Equal(200, (await here.GetAsync("/pages/account")).Status);
        Assert.Equal(303, (await there.GetAsync("/pages/account")).Status);
        Assert.Equal("CMH-1553", (await there.PostAsync("/pages/sign_in", [("name", "anna"), ("password", Good)])).Code);
        Assert.Equal(303, (await there.PostAsync("/pages/sign_in", [("name", "anna"), ("password", Better)])).Status);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Session_OfOneself_CanBeEnded_AndNoOthers(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var anna = await MemberAsync(hub, "anna", "p1");
        using var bert = await MemberAsync(hub, "bert", "p2");
        string berts = SessionOf(bert.Session!);
        Assert.Equal(303, (await anna.SendAsync("/pages/account", "/pages/account/sessions", ("session", berts))).Status);
        Assert.Equal(200, (await bert.GetAsync("/pages/account")).Status);
        Assert.Equal(303, (await bert.SendAsync("/pages/account", "/pages/account/sessions", ("session", berts))).Status);
        Assert.Equal(303, (await bert.GetAsync("/pages/account")).Status);

        static string SessionOf(string secret) => PersonSession.IdOf(secret);
    }

    [Theory, OnSqlite]
    public async Task MembersKey_ReachesTheMembersOwnThings_UntilItIsRevoked(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var anna = await MemberAsync(hub, "anna", "p1");
        using var bert = await MemberAsync(hub, "bert", "p2");
        string key = (await anna.SendAsync("/pages/account", "/pages/account/keys")).Page.QuerySelector("#new-key")!.TextContent;
        var info = (await hub.Keys.FindAsync(key))!;
        Assert.Equal((Roles.Member, "p1"), (info.Role, info.Participant));

        await bert.PostAsync("/pages/account/keys/revoke", [("key", info.Id), (FormOrigin.Field, PersonSession.FormTokenOf(bert.Session!))]);
        Assert.NotNull(await hub.Keys.FindAsync(key));
        await anna.SendAsync("/pages/account", "/pages/account/keys/revoke", ("key", info.Id));
        Assert.Null(await hub.Keys.FindAsync(key));
        using var viewer = await hub.SignedInAsync(Roles.Viewer);
        using var refused = await viewer.PostAsync(new Uri("/pages/account/keys", UriKind.Relative), new FormUrlEncodedContent([]));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Operator_InvitesByLetter_LetsInAnew_AndLocks(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        await hub.PutAsync("/participants/p1", """{"name":"Anna Albers"}""");
        using var olga = await OperatorAsync(hub);
        var wrong = await olga.SendAsync("/pages/people/invite", "/pages/people/invite", ("name", "Ännchen"), ("role", "member"), ("email", "x"));
        Assert.Equal((422, 3), (wrong.Status, wrong.Page.QuerySelectorAll(".field .fault").Length));
        var letter = await olga.SendAsync("/pages/people/invite", "/pages/people/invite", ("name", "Anna"), ("role", "member"), ("participant", "p1"), ("language", "de"));
        Assert.Equal("de", letter.Page.QuerySelector("article")!.GetAttribute("lang"));
        string code = letter.Page.QuerySelector("#invitation-code")!.TextContent;
        Assert.NotEmpty(letter.Page.QuerySelector("svg.qr path")!.GetAttribute("d")!);
        using var anna = new Browser(hub.Pages.BaseAddress!);
        Assert.Equal(303, (await anna.PostAsync("/pages/invitation", [("code", code), ("password", Good)])).Status);

        string second = (await olga.SendAsync("/pages/people?q=ann&state=active", "/pages/people/anna/reset")).Page.QuerySelector("#invitation-code")!.TextContent;
        Assert.Equal(303, (await anna.GetAsync("/pages/account")).Status);
        Assert.Equal(303, (await anna.PostAsync("/pages/invitation", [("code", second), ("password", Good)])).Status);
        Assert.Equal(200, (await anna.GetAsync("/pages/account")).Status);

        Assert.Equal(303, (await olga.SendAsync("/pages/people", "/pages/people/anna/lock")).Status);
        Assert.Equal(303, (await anna.GetAsync("/pages/account")).Status);
        Assert.Equal("CMH-1553", (await anna.PostAsync("/pages/sign_in", [("name", "anna"), ("password", Good)])).Code);
        Assert.Equal(303, (await olga.SendAsync("/pages/people?state=locked", "/pages/people/anna/unlock")).Status);
        Assert.Equal(303, (await anna.PostAsync("/pages/sign_in", [("name", "anna"), ("password", Good)])).Status);
        var (rows, brokenAt) = await Audit.ReadAsync(hub.Service<HubDatabase>());
        Assert.Null(brokenAt);
        Assert.Equal(["person.invite", "person.redeem", "person.reset", "person.redeem", "person.lock", "person.unlock", "person.sign_in"], rows.Where(row => row.Subject == "anna").Select(row => row.Action));
        Assert.All(rows.Where(row => row.Action is "person.reset" or "person.lock"), row => Assert.StartsWith("person:p", row.Actor, StringComparison.Ordinal));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task LastOperator_IsNotLocked(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        using var browser = new Browser(hub.Pages.BaseAddress!);
        string code = (await hub.Service<Invitations>().CreateAsync(new InvitationWish("only", Roles.Operator, null, null, null), "test"))!.Code;
        await browser.PostAsync("/pages/invitation", [("code", code), ("password", Good)]);
        Assert.Equal(LockOutcome.LastOperator, await hub.Service<Accounts>().LockAsync("only", true, "test"));
        Assert.Equal(LockOutcome.Unknown, await hub.Service<Accounts>().LockAsync("nobody", true, "test"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task List_OfManyPeople_IsPagedFilteredAndExported(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        var invitations = hub.Service<Invitations>();
        for (int i = 0; i < 60; i++) await invitations.CreateAsync(new InvitationWish($"m{i:00}", Roles.Member, $"P{i:000}", null, i == 7 ? "=cmd@x.example" : null), "test");
        using var olga = await OperatorAsync(hub);

        var first = (await olga.GetAsync("/pages/people?role=member")).Page;
        Assert.Equal(50, first.QuerySelectorAll("tbody tr").Length);
        var second = (await olga.GetAsync(first.QuerySelector(".pager a")!.GetAttribute("href")!)).Page;
        Assert.Equal(["m50", "m59"], [second.QuerySelector("tbody tr b")!.TextContent, second.QuerySelectorAll("tbody tr b")[^1].TextContent]);
        Assert.Equal(["m05"], (await olga.GetAsync("/pages/people?q=p005")).Page.QuerySelectorAll("tbody tr b").Select(cell => cell.TextContent));
        Assert.Empty((await olga.GetAsync("/pages/people?q=%25")).Page.QuerySelectorAll("tbody tr")); // no joker
        Assert.Equal(60, (await olga.GetAsync("/pages/people?state=invited")).Page.QuerySelectorAll("tbody tr").Length + 10);
        string csv = (await olga.GetAsync("/pages/people.csv?role=member")).Text;
        Assert.Equal(61, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains(",'=cmd@x.example,", csv, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task ForgottenPassword_ComesByMail_AndTellsNobodyWhoIsKnown(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine, replace: services => services.AddSingleton(new MailSettings(MailServer.Parse("smtp://127.0.0.1:1?tls=none", null, "hub@coop.example").Value, []) { Pages = new Uri("https://hub.example/") }));
        using var anna = await MemberAsync(hub, "anna", "p1", "anna@example.org");
        using var other = new Browser(hub.Pages.BaseAddress!);
        var answers = new List<string>();
        foreach (string name in (string[])["anna", "anna", "nobody", "No Name"]) answers.Add((await other.SendAsync("/pages/forgotten", "/pages/forgotten", ("name", name))).Text);
        Assert.Single(answers.Distinct());
        Assert.Equal(1, hub.Place.Count("SELECT count(*) FROM mai_message WHERE target = 'anna@example.org'")); // not one for each time somebody asks
        await using var reader = await hub.Service<HubDatabase>().OpenReaderAsync();
        string text = (await reader.QuerySingleAsync<string>("SELECT body FROM mai_message WHERE target = 'anna@example.org'"))!;
        string code = System.Text.RegularExpressions.Regex.Match(text, "https://hub.example/pages/invitation#([0-9A-Z]{5}-[0-9A-Z]{5})", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value;

        Assert.Equal(200, (await anna.GetAsync("/pages/account")).Status); // asking alone changes nothing
        Assert.Equal(303, (await other.PostAsync("/pages/sign_in", [("name", "anna"), ("password", Good)])).Status);
        Assert.Equal(303, (await other.PostAsync("/pages/invitation", [("code", code), ("password", Better)])).Status);
        Assert.Equal(303, (await anna.GetAsync("/pages/account")).Status);
        Assert.Equal("CMH-1553", (await anna.PostAsync("/pages/sign_in", [("name", "anna"), ("password", Good)])).Code);
    }

    private static async Task<Browser> MemberAsync(RunningHub hub, string name, string participant, string? email = null)
    {
        var browser = new Browser(hub.Pages.BaseAddress!);
        string code = (await hub.Service<Invitations>().CreateAsync(new InvitationWish(name, Roles.Member, participant, null, email), "test"))!.Code;
        Assert.Equal(303, (await browser.PostAsync("/pages/invitation", [("code", code), ("password", Good)])).Status);
        return browser;
    }

    /// <summary>An operator with both steps done.</summary>
    private static async Task<Browser> OperatorAsync(RunningHub hub)
    {
        using var client = await hub.SignedInAsync(Roles.Operator);
        return new Browser(hub.Pages.BaseAddress!) { Session = client.DefaultRequestHeaders.GetValues("Cookie").Single()["session=".Length..] };
    }
}
