using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.CloudSync.Tests.Hub.Mail;
using CoMaKo.Hub.Mail;
using CoMaKo.Hub.Work;
using CoMaKo.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Alerts;

/// <summary>Alerts and recipients over REST and on pages, in the running hub.</summary>
public sealed class AlertRestTests : IAsyncLifetime
{
    private readonly Causes causes = new();
    private RunningHub hub = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task Recipient_IsCreatedChangedAndDeleted(Engine engine)
    {
        await StartAsync(engine);
        const string Body = """{"channel":"mail","target":"anna@example.org","language":"en","kinds":["gateway","month.due"],"rank":"fault","quiet_from":"22:00","quiet_to":"06:30","faults_break_through":true,"delay_minutes":15}""";
        var created = await hub.PutAsync("/alert_recipients/anna", Body);
        Assert.Equal(201, created.Code);
        Assert.Equal(
            """{"id":"anna","channel":"mail","target":"anna@example.org","language":"en","kinds":["gateway","month.due"],"rank":"fault","quiet_from":"22:00","quiet_to":"06:30","faults_break_through":true,"delay_minutes":15,"is_active":true}""",
            (await hub.GetAsync("/alert_recipients/anna")).Text);
        Assert.Equal(200, (await hub.PutAsync("/alert_recipients/anna", (await hub.GetAsync("/alert_recipients/anna")).Text, ifMatch: created.Tag)).Code);
        Assert.Equal(412, (await hub.PutAsync("/alert_recipients/anna", Body, ifMatch: created.Tag)).Code);
        Assert.Single((await hub.GetAsync("/alert_recipients")).Json.GetProperty("items").EnumerateArray());

        Assert.Equal(204, (await hub.SendAsync(HttpMethod.Delete, "/alert_recipients/anna")).Code);
        Assert.Equal(404, (await hub.SendAsync(HttpMethod.Delete, "/alert_recipients/anna")).Code);
        Assert.Equal(404, (await hub.GetAsync("/alert_recipients/anna")).Code);
    }

    [Theory, OnSqlite]
    [Row("""{"channel":"mail","target":"anna"}""", "target CMH-1823")]
    [Row("""{"channel":"webhook","target":"http://hooks.example.org"}""", "target CMH-1811")]
    [Row("""{"channel":"webhook","target":"https://169.254.169.254/latest"}""", "target CMH-1811")]
    [Row("""{"channel":"fax","target":"1","language":"fr","quiet_from":"22:00","kinds":["cats"],"x":1}""", "channel CMH-1606, language CMH-1606, quiet_from CMH-1824, kinds CMH-1825, x CMH-1602")]
    [Row("""{"quiet_from":"22:00","quiet_to":"22:00","delay_minutes":-1}""", "channel CMH-1604, target CMH-1604, quiet_from CMH-1824, delay_minutes CMH-1608")]
    public async Task Recipient_ThatIsWrong_IsToldAllAtOnce(Engine engine, string body, string findings)
    {
        await StartAsync(engine);
        var answer = await hub.PutAsync("/alert_recipients/anna", body);
        Assert.Equal((422, findings), (answer.Code, answer.Findings));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task WebhookKey_IsShownWhenItIsMadeAndNeverAgain(Engine engine)
    {
        await StartAsync(engine);
        const string Body = """{"channel":"webhook","target":"https://hooks.example.org/x"}""";
        string first = (await hub.PutAsync("/alert_recipients/hook", Body)).Json.GetProperty("secret").GetString()!;
        Assert.Equal(64, first.Length);
        Assert.False((await hub.PutAsync("/alert_recipients/hook", Body)).Json.TryGetProperty("secret", out _));
        Assert.DoesNotContain(first, (await hub.GetAsync("/alert_recipients/hook")).Text, StringComparison.Ordinal);
        Assert.NotEqual(first, (await hub.PutAsync("/alert_recipients/hook", Body[..^1] + ",\"new_secret\":true}")).Json.GetProperty("secret").GetString());
        Assert.Equal(0, hub.Place.Count($"SELECT count(*) FROM web_audit WHERE detail LIKE '%{first}%'"));
    }

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite, OnPostgres]
    public async Task Alert_OfACause_IsListedMailedAcknowledgedAndClosed(Engine engine)
    {
        await using var peer = await MailPeer.StartAsync();
        await StartAsync(engine, peer.Url());
        await hub.PutAsync("/alert_recipients/anna", """{"channel":"mail","target":"anna@example.org","language":"en"}""");
        causes.Items = [new WorkItem("gateway.silent", "gw-0417", WorkRank.Fault, Instant.FromDateTimeOffset(hub.Clock.GetUtcNow()), "/pages/gateways/gw-0417")];
        await AlertSample.LookAsync(hub, 0, 2, 2);

        var mail = Assert.Single(await peer.UntilAsync(1));
        Assert.Equal("Fault: Gateway gw-0417 is silent", mail.Subject);
        Assert.Contains("Check power and router there", mail.Text, StringComparison.Ordinal);
        Assert.Contains("Look here: https://hub.example.org/pages/gateways/gw-0417", mail.Text, StringComparison.Ordinal);
        var alert = Assert.Single((await hub.GetAsync("/alerts")).Json.GetProperty("items").EnumerateArray());
        string id = alert.GetProperty("id").GetString()!;
        Assert.Equal(("gateway.silent", "gw-0417", "fault"), (alert.GetProperty("kind").GetString(), alert.GetProperty("subject").GetString(), alert.GetProperty("rank").GetString()));

        var seen = await hub.PostAsync($"/alerts/{id}/acknowledgement", """{"note":"I drive there"}""");
        Assert.Equal((200, "I drive there"), (seen.Code, seen.Json.GetProperty("note").GetString()));
        Assert.Equal(404, (await hub.PostAsync("/alerts/999/acknowledgement", "{}")).Code);

        causes.Items = [];
        await AlertSample.LookAsync(hub, 1, 5, 5);
        Assert.Equal("Over: Gateway gw-0417 is silent", (await peer.UntilAsync(2))[1].Subject);
        Assert.Empty((await hub.GetAsync("/alerts")).Json.GetProperty("items").EnumerateArray());
        Assert.Equal(404, (await hub.PostAsync($"/alerts/{id}/acknowledgement", "{}")).Code);
        string csv = (await hub.GetAsync("/alerts.csv?state=closed&kind=gateway.silent&language=en")).Text;
        Assert.StartsWith("id,kind,subject,rank,since,opened_at,closed_at,count,acknowledged_by,acknowledged_at,note\n" + id + ",gateway.silent,gw-0417,fault,", csv, StringComparison.Ordinal);
        Assert.Single((await hub.GetAsync("/alerts.csv?state=closed&kind=other&language=en")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Names come from gateways: none of them becomes a header or stops the others.</summary>
    [RequiresTheory(Peer.Aiosmtpd), OnSqlite]
    public async Task Alert_OfANameWithLineEnds_IsOneHeaderAndStopsNobody(Engine engine)
    {
        await using var peer = await MailPeer.StartAsync();
        await StartAsync(engine, peer.Url());
        await hub.PutAsync("/alert_recipients/anna", """{"channel":"mail","target":"anna@example.org","language":"en"}""");
        var began = Instant.FromDateTimeOffset(hub.Clock.GetUtcNow());
        causes.Items = [new WorkItem("gateway.silent", "a\r\nBcc: eve@example.org\0", WorkRank.Fault, began, "/"), new WorkItem("gateway.silent", "b", WorkRank.Fault, began, "/")];
        await AlertSample.LookAsync(hub, 0, 2, 2);

        var mails = await peer.UntilAsync(2);
        Assert.Equal(["Fault: Gateway a  Bcc: eve@example.org  is silent", "Fault: Gateway b is silent"], mails.Select(mail => mail.Subject).Order(StringComparer.Ordinal));
        Assert.All(mails, mail => Assert.Equal("anna@example.org", Assert.Single(mail.Recipients)));
    }

    [RequiresTheory(Peer.Aiosmtpd), OnSqlite]
    public async Task TestButton_SaysWhatTheServerAnswered(Engine engine)
    {
        await using var peer = await MailPeer.StartAsync();
        await StartAsync(engine, peer.Url());
        await hub.PutAsync("/alert_recipients/anna", """{"channel":"mail","target":"anna@example.org"}""");
        await hub.PutAsync("/alert_recipients/nobody", """{"channel":"mail","target":"nobody@example.org"}""");

        Assert.Equal("""{"delivered":true,"answer":"250 2.0.0 Taken"}""", (await hub.SendAsync(HttpMethod.Post, "/alert_recipients/anna/test")).Text);
        Assert.Equal("""{"delivered":false,"answer":"550 5.1.1 There is nobody of this name"}""", (await hub.SendAsync(HttpMethod.Post, "/alert_recipients/nobody/test")).Text);
        Assert.Equal("anna@example.org", Assert.Single(peer.Mails).To);
        string page = (await FormAsync("/pages/alerts/recipients/nobody/test", [])).Text;
        Assert.Contains("550 5.1.1 There is nobody of this name", page, StringComparison.Ordinal);
    }

    /// <summary>A dead mail server makes one cause for each recipient, told once to each other one, and no more however long it lasts.</summary>
    [RequiresTheory(Peer.Aiosmtpd), OnSqlite, OnPostgres]
    public async Task DeadChannel_IsACauseItself_AndMakesNoLoop(Engine engine)
    {
        await using var peer = await MailPeer.StartAsync();
        await peer.SayAsync("down");
        await StartAsync(engine, peer.Url());
        foreach (string name in (string[])["anna", "berta"]) await hub.PutAsync($"/alert_recipients/{name}", $$"""{"channel":"mail","target":"{{name}}@example.org"}""");
        causes.Items = [new WorkItem("gateway.silent", "gw-1", WorkRank.Fault, Instant.FromDateTimeOffset(hub.Clock.GetUtcNow()), "/")];
        var sender = hub.Services.GetRequiredService<MessageSender>();
        for (int i = 0; i < 24; i++)
        {
            await AlertSample.LookAsync(hub, 10);
            await sender.SendDueAsync(CancellationToken.None);
        }

        Assert.Equal(["alerts.undelivered:anna", "alerts.undelivered:berta"], (await hub.GetAsync("/work")).Json.GetProperty("items").EnumerateArray()
            .Select(item => $"{item.GetProperty("kind").GetString()}:{item.GetProperty("subject").GetString()}").Where(cause => cause.StartsWith("alerts.", StringComparison.Ordinal)));
        Assert.Equal(4, hub.Place.Count("SELECT count(*) FROM mai_message")); // the gateway to both, and each of the other

        await peer.SayAsync("up");
        for (int i = 0; i < 12; i++)
        {
            await sender.SendDueAsync(CancellationToken.None);
            await AlertSample.LookAsync(hub, 10);
        }

        Assert.Equal(6, (await peer.UntilAsync(6)).Count); // and that each is reached again
        Assert.DoesNotContain("alerts.undelivered", (await hub.GetAsync("/work")).Text, StringComparison.Ordinal);
        Assert.Equal(6, hub.Place.Count("SELECT count(*) FROM mai_message"));
    }

    [Theory, OnSqlite]
    public async Task Pages_ShowFormAndMistakes_AndKeepWhatWasTyped(Engine engine)
    {
        await StartAsync(engine);
        var wrong = await FormAsync("/pages/alerts/recipients", new() { ["id"] = "anna", ["channel"] = "mail", ["target"] = "anna", ["quiet_from"] = "22 Uhr", ["language"] = "de", ["rank"] = "fault", ["is_active"] = "on" });
        var page = Parse(wrong.Text);
        Assert.Equal(422, wrong.Code);
        Assert.Equal(("anna", "22 Uhr"), (((IHtmlInputElement)page.QuerySelector("#target")!).Value, ((IHtmlInputElement)page.QuerySelector("#quiet_from")!).Value));
        Assert.Equal("Das ist keine Mailadresse.", page.QuerySelector("#target-hint")!.TextContent.Trim());
        Assert.Contains("CMH-1823", page.QuerySelector(".fault-box")!.TextContent, StringComparison.Ordinal);

        var good = await FormAsync("/pages/alerts/recipients", new() { ["id"] = "anna", ["channel"] = "mail", ["target"] = "anna@example.org", ["language"] = "de", ["rank"] = "decision", ["kinds"] = "gateway", ["is_active"] = "on" });
        Assert.Equal(303, good.Code);
        Assert.Equal("""["gateway"]""", (await hub.GetAsync("/alert_recipients/anna")).Json.GetProperty("kinds").GetRawText());
        Assert.Equal(422, (await FormAsync("/pages/alerts/recipients", new() { ["id"] = "anna", ["channel"] = "mail", ["target"] = "b@example.org", ["language"] = "de" })).Code); // taken
        Assert.Equal("anna@example.org", (await hub.GetAsync("/alert_recipients/anna")).Json.GetProperty("target").GetString());

        var hook = await FormAsync("/pages/alerts/recipients", new() { ["id"] = "hook", ["channel"] = "webhook", ["target"] = "https://hooks.example.org/x", ["language"] = "en", ["is_active"] = "on" });
        Assert.Matches("[0-9a-f]{64}", hook.Text);
        Assert.Equal(422, (await FormAsync("/pages/alerts/recipients/anna/deletion", new() { ["confirm"] = "berta" })).Code);
        Assert.Equal(303, (await FormAsync("/pages/alerts/recipients/anna/deletion", new() { ["confirm"] = "anna" })).Code);
        Assert.Equal(404, (await hub.GetAsync("/pages/alerts/recipients/anna")).Code);
    }

    [Theory, OnSqlite]
    public async Task Page_SaysFirstWhatIsWorst_AndTakesTheFilterFromItsAddress(Engine engine)
    {
        await StartAsync(engine);
        Assert.Contains("Kein Alarm ist offen", Parse((await hub.GetAsync("/pages/alerts")).Text).QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
        var began = Instant.FromDateTimeOffset(hub.Clock.GetUtcNow());
        causes.Items =
        [
            new WorkItem("gateway.clock", "gw-2", WorkRank.Attention, began - Duration.FromDays(2), "/"), new WorkItem("gateway.silent", "gw-1", WorkRank.Fault, began, "/"),
            new WorkItem("gateway.silent", "<script>alert(1)</script>", WorkRank.Fault, began + Duration.FromMinutes(1), "/"),
        ];
        await AlertSample.LookAsync(hub, 0, 6);
        var page = Parse((await hub.GetAsync("/pages/alerts")).Text);

        Assert.StartsWith("3 Alarme", page.QuerySelector(".sentence")!.TextContent.Trim(), StringComparison.Ordinal);
        Assert.Contains("gw-1", page.QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(["Störung", "Störung", "Beachten"], page.QuerySelectorAll("tbody .state").Select(state => state.TextContent.Trim()));
        Assert.Empty(page.QuerySelectorAll("main script"));
        Assert.Single(Parse((await hub.GetAsync("/pages/alerts?kind=gateway.clock")).Text).QuerySelectorAll("tbody tr"));
        Assert.Empty(Parse((await hub.GetAsync("/pages/alerts?state=closed")).Text).QuerySelectorAll("tbody tr"));

        string first = page.QuerySelector("tbody a")!.GetAttribute("href")!;
        Assert.Equal(303, (await FormAsync(first + "/acknowledgement", new() { ["note"] = "ich fahre hin" })).Code);
        Assert.Contains("ich fahre hin", (await hub.GetAsync(first)).Text, StringComparison.Ordinal);
    }

    private async Task StartAsync(Engine engine, string? server = null)
    {
        var settings = new MailSettings(server is null ? null : MailServer.Parse(server, null, "hub@coop.example").GetValueOrThrow(), []) { Pages = new Uri("https://hub.example.org/") };
        hub = await RunningHub.StartAsync(engine, replace: services => services.AddSingleton(settings).AddSingleton<IWorkSource>(causes));
    }

    private async Task<RestAnswer> FormAsync(string path, Dictionary<string, string> fields)
    {
        using var form = new FormUrlEncodedContent(fields);
        using var response = await hub.Pages.PostAsync(new Uri(path, UriKind.Relative), form);
        return new RestAnswer(response.StatusCode, await response.Content.ReadAsStringAsync(), null);
    }

    private static IHtmlDocument Parse(string html) => new HtmlParser().ParseDocument(html);

    /// <summary>What the test says is there.</summary>
    private sealed class Causes : IWorkSource
    {
        public IReadOnlyList<WorkItem> Items { get; set; } = [];

        public IReadOnlyList<string> Kinds => [];

        public ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop) => new(Items);
    }
}
