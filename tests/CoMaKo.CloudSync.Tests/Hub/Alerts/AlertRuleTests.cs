using AngleSharp.Html.Parser;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Access.People;
using CoMaKo.Hub.Alerts;
using CoMaKo.Hub.Host;
using CoMaKo.Hub.Web.Alerts;
using CoMaKo.Hub.Work;
using CoMaKo.Testing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace CoMaKo.CloudSync.Tests.Hub.Alerts;

/// <summary>The cooperative's own rules: read from the settings, kept by the watch, shown on their page.</summary>
public sealed class AlertRuleTests
{
    [Fact]
    public void Rules_InTheSettings_AreRead()
    {
        var (settings, findings) = HubSettings.Read(AlertRulesPage.Example, "s");
        Assert.Empty(findings);
        var rules = settings.Alerts;
        Assert.Equal(Duration.FromHours(1), rules.Of("gateway.silent").After);
        Assert.Equal(["role:operator", "service@example.org"], rules.Of("gateway.silent").To);
        Assert.Equal((3, WorkRank.Fault), (rules.Of("month.gap").DaysBeforeDue, rules.Of("month.gap").Severity));
        Assert.Equal(new QuietHours(new LocalTime(20, 0), new LocalTime(7, 0)), rules.Of("anomaly.warning").Quiet);
        Assert.False(rules.Of("dispute").Alerts);
        Assert.True(rules.Of("month.due").Alerts);
        Assert.Equal(AlertRules.Default.FaultLasts, rules.FaultLasts);
    }

    [Fact]
    public void Rules_WithMistakes_AreToldWithTheirLines()
    {
        const string Text = """
            {
              // what the cooperative decided
              "alerts": { "language": "fr", "ends_after_minutes": -1,
                "rules": [
                  { "kind": "cats" },
                  { "kind": "gateway.silent", "after_minutes": 5,
                    "to": ["role:king"] },

                  { "kind": "gateway.silent", "days_before_due": 3, "quiet_from": "22:00" },
                  { "severity": "mild", "colour": 1 },
                  7
                ] }
            }
            """;
        Assert.Equal(
            ["3 language CMH-1606", "3 ends_after_minutes CMH-1608", "5 rules[0].kind CMH-1833", "6 rules[1].after_minutes CMH-1837", "7 rules[1].to CMH-1836", "9 rules[2].days_before_due CMH-1835",
                "9 rules[2].quiet_from CMH-1824", "9 rules[2].kind CMH-1834", "10 rules[3].kind CMH-1604", "10 rules[3].severity CMH-1606", "10 rules[3].colour CMH-1602", "11 rules[4] CMH-1605"],
            HubSettings.Read(Text, "s").Findings.Select(finding => FormattableString.Invariant($"{finding.Line} {finding.Path[10..]} {finding.Code}")).Order(Comparer<string>.Create((a, b) =>
                int.Parse(a.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture) - int.Parse(b.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))));
    }

    [Theory, OnSqlite]
    public async Task Kinds_ThatSettingsMayName_AreThoseOfTheSources(Engine engine)
    {
        await using var hub = await RunningHub.StartAsync(engine);
        Assert.Equal(hub.Services.GetServices<IWorkSource>().SelectMany(source => source.Kinds).Order(StringComparer.Ordinal), WorkKinds.All);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Watch_TellsWhomTheRulesName_OnceAndOnceThatItIsOver(Engine engine)
    {
        var causes = new Causes();
        var rules = HubSettings.Read("""
            {"alerts":{"rules":[
              {"kind":"gateway.silent","after_minutes":60,"to":["role:operator","service@example.org","anna"]},
              {"kind":"month.gap","days_before_due":3},
              {"kind":"dispute","alerts":false}]}}
            """, "s").Settings.Alerts with { Gather = Duration.Zero };
        await using var hub = await RunningHub.StartAsync(engine, replace: services => services.AddSingleton(rules).AddSingleton<IWorkSource>(causes));
        foreach (string name in (string[])["anna", "berta"]) await hub.PutAsync($"/alert_recipients/{name}", $$"""{"channel":"mail","target":"{{name}}@example.org","rank":"decision"}""");
        foreach (var (name, role, mail) in ((string, Roles, string?)[])[("olga", Roles.Operator, "olga@example.org"), ("otto", Roles.Operator, null), ("vera", Roles.Viewer, "vera@example.org")])
            await hub.Service<Invitations>().CreateAsync(new InvitationWish(name, role, null, null, mail), "test");
        var now = Instant.FromDateTimeOffset(hub.Clock.GetUtcNow());
        causes.Items =
        [
            new WorkItem("gateway.silent", "gw-1", WorkRank.Fault, now, "/"), new WorkItem("dispute", "1/P001", WorkRank.Attention, now, "/"),
            new WorkItem("month.gap", "g/2026-05/ZP001", WorkRank.Attention, now, "/") { Due = now + Duration.FromDays(3) + Duration.FromMinutes(90) },
        ];
        Assert.Equal([], await LookAsync(hub, 59));
        Assert.Equal(["anna@example.org gw-1", "olga@example.org gw-1", "service@example.org gw-1"], await LookAsync(hub, 2));
        Assert.Equal([], await LookAsync(hub, 20));
        Assert.Equal(["anna@example.org ZP001", "berta@example.org ZP001"], await LookAsync(hub, 10));
        causes.Items = [causes.Items[2]];
        await LookAsync(hub, 1);
        Assert.Equal(["anna@example.org gw-1", "olga@example.org gw-1", "service@example.org gw-1"], await LookAsync(hub, 6));
        Assert.Equal([], await LookAsync(hub, 15));

        var rows = (await hub.GetAsync("/alert_rules")).Json.EnumerateArray().ToDictionary(row => row.GetProperty("kind").GetString()!);
        Assert.Equal((60, 0, (now + Duration.FromMinutes(60)).ToString()), (rows["gateway.silent"].GetProperty("after_minutes").GetInt32(), rows["gateway.silent"].GetProperty("open").GetInt32(), rows["gateway.silent"].GetProperty("last_alert").GetString()));
        Assert.Equal((1, false), (rows["month.gap"].GetProperty("open").GetInt32(), rows["dispute"].TryGetProperty("last_alert", out _)));
    }

    [Theory, OnSqlite]
    public async Task Page_ShowsRulesWithWhenTheyLastFired(Engine engine)
    {
        var rules = HubSettings.Read("""{"alerts":{"rules":[{"kind":"gateway.silent","after_minutes":90,"to":["nobody-yet"]},{"kind":"dispute","alerts":false}]}}""", "s").Settings.Alerts;
        await using var hub = await RunningHub.StartAsync(engine, replace: services => services.AddSingleton(rules));
        var page = new HtmlParser().ParseDocument((await hub.GetAsync("/pages/alerts/rules")).Text);
        var rows = page.QuerySelectorAll("tbody tr").ToDictionary(row => row.QuerySelector(".mono")!.TextContent, row => string.Join('|', row.QuerySelectorAll("td").Select(cell => cell.TextContent.Trim())));
        Assert.Equal(WorkKinds.All.Count, rows.Count);
        Assert.Equal("An|Ein Gateway ist stummgateway.silent|1\u00A0h\u00A030\u00A0min nach Beginn|wie die Ursache|nobody-yet|–|keiner", rows["gateway.silent"]);
        Assert.StartsWith("Aus|", rows["dispute"], StringComparison.Ordinal);
        Assert.Contains("nobody-yet", page.QuerySelector(".notice")!.TextContent, StringComparison.Ordinal);
        Assert.StartsWith("kind,alerts", (await hub.GetAsync("/alert_rules.csv?language=en")).Text, StringComparison.Ordinal);
    }

    /// <summary>Moves the clock and looks, minute by minute.</summary>
    /// <returns>To whom which news went.</returns>
    private static async Task<IEnumerable<string>> LookAsync(RunningHub hub, int minutes)
    {
        using var database = CoMaKo.Hub.HubSchema.Open(hub.Place.Address);
        long before = hub.Place.Count("SELECT coalesce(max(message_id), 0) FROM mai_message");
        await AlertSample.LookAsync(hub, [.. Enumerable.Repeat(1, minutes)]);
        var sent = await database.WriteAsync(tx => tx.QueryAsync<(string Target, string Subject)>("SELECT target, subject FROM mai_message WHERE message_id > @before", new { before }));
        return sent.Select(row => $"{row.Target} {(row.Subject.Contains("gw-1", StringComparison.Ordinal) ? "gw-1" : "ZP001")}").Order(StringComparer.Ordinal);
    }

    /// <summary>What the test says is there.</summary>
    private sealed class Causes : IWorkSource
    {
        public IReadOnlyList<WorkItem> Items { get; set; } = [];

        public IReadOnlyList<string> Kinds => [];

        public ValueTask<IReadOnlyList<WorkItem>> ReadAsync(Instant now, CancellationToken stop) => new(Items);
    }
}
