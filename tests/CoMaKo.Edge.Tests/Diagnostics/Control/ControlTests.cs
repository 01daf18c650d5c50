using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using AngleSharp.Dom;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;
using CoMaKo.Testing;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>What the pages of control say and do.</summary>
public sealed class ControlTests
{
    [Fact]
    public async Task Overview_WithAPlan_SaysWhyAndWhereTo()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        var page = await host.PageAsync("/");
        Assert.Equal("3 devices read, battery obeys, sent up to 13:30.", Text(page, ".answer .quiet"));
        Assert.Contains("Charges 3.0\u00A0kW because surplus earns 8.2\u00A0ct now and saves 34.1\u00A0ct at 18:45.", Flat(page.Body!), StringComparison.Ordinal);
        Assert.Equal("because", Text(page, "#battery p b"));
        Assert.Equal("Planned", Text(page, "#battery .pill"));
        Assert.Contains("Reserve 10\u00A0%", Flat(page.Body!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reason_InGerman_IsAsGood()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        Assert.Equal("Lädt 3,0\u00A0kW, weil Überschuss jetzt 8,2\u00A0ct bringt und um 18:45 34,1\u00A0ct spart.", Text(await host.PageAsync("/battery", "de"), ".answer .quiet"));
    }

    [Fact]
    public async Task Reason_WithoutATemplateOrAValue_IsLeftOutRatherThanHalfSaid()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        foreach (var reason in (Reason[])[new("never-heard-of", []), new("store-surplus", [new("power", ReasonUnit.Watts, 1000)])])
        {
            host.Building.Control.Current = host.Building.Control.Current! with { Reason = reason };
            Assert.Equal("Inside the plan's bounds it follows the meter each second.", Text(await host.PageAsync("/battery"), ".answer .quiet"));
        }
    }

    [Fact]
    public async Task Limits_StandInRankOrder_EachStartingFromWhatTheOneAboveLeft()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Limited, PageTests.Noon);
        var card = (await host.PageAsync("/battery")).QuerySelector(".limits")!;
        Assert.Equal(
            ["Battery and inverter", "Technician's lock", "§14a EnWG", "§9 EEG failsafe", "Reserve for an outage", "No charging from the grid", "Allowed now, dot = command"],
            card.QuerySelectorAll(".limit > :first-child").Select(Flat));
        Assert.Equal(
            ["\u22125.0 to +5.0", "no limit", "\u22124.2 at most", "0.0\u00A0kW", "0.0 at most", "\u22121.3 at most", "\u22121.3 to 0.0"],
            card.QuerySelectorAll(".limit > :last-child").Select(Flat));
        Assert.Contains("contact of the grid operator · gpiochip0 line 17 · since 13:38:07", Flat(card), StringComparison.Ordinal);
        Assert.Equal(["0", "8", "8", "8", "37", "37"], card.QuerySelectorAll(".limit-left, .limit-now").Select(bar => bar.GetAttribute("x")!.TrimEnd('%')));
        Assert.Equal(["100", "92", "92", "42", "13", "13"], card.QuerySelectorAll(".limit-left, .limit-now").Select(bar => bar.GetAttribute("width")!.TrimEnd('%')));
        Assert.Empty(card.QuerySelectorAll(".command-dot, .command-range")); // nothing is commanded
    }

    [Fact]
    public async Task Command_IsADotInsideWhatIsAllowed()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        Assert.Equal("20%", (await host.PageAsync("/battery")).QuerySelector(".command-dot")!.GetAttribute("cx")); // −3 of −5 … +5
    }

    [Fact]
    public async Task Faults_OfControl_ComeFirst_AndMarkTheBatteryPage()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Limited, PageTests.Noon);
        var page = await host.PageAsync("/");
        Assert.Equal("Speicher does not take commands.", Text(page, ".sentence"));
        Assert.Contains("CME-2403", Text(page, ".answer .quiet"), StringComparison.Ordinal);
        Assert.Contains("more", Text(page, ".answer .quiet"), StringComparison.Ordinal);
        Assert.NotNull(page.QuerySelector(".bar a[href='/battery'] .badge"));
    }

    [Fact]
    public async Task ControlThatStandsStill_IsAFault()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        host.Building.Control.Current = host.Building.Control.Current! with { At = host.Building.Now - Duration.FromMinutes(4) };
        var page = await host.PageAsync("/battery");
        Assert.Equal("Control stands still.", Text(page, ".sentence"));
        Assert.Equal("stands still", Text(page, "#battery .pill"));
    }

    [Fact]
    public async Task Plan_IsReadAgainOnlyWhenItChanged()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        for (int i = 0; i < 5; i++) await host.PageAsync("/battery");
        Assert.Equal(1, host.Building.Control.PlanReads);
        host.Building.Control.Revision++;
        await host.PageAsync("/battery");
        Assert.Equal(2, host.Building.Control.PlanReads);
    }

    [Fact]
    public async Task Records_WithADecisionEachSecond_AreReadEveryTenSecondsAtMost()
    {
        var real = new FakeTimeProvider();
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon, real);
        for (int i = 0; i < 21; i++)
        {
            await host.PageAsync("/battery");
            host.Building.Control.Revision++;
            real.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, host.Building.Control.EventReads);
    }

    [Fact]
    public async Task SelectedSlot_SaysWhatIsPlannedAndWhy_PastOnesWhatWas()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        var coming = await host.PageAsync("/battery?slot=1780681500");
        Assert.Equal("19:45–20:00", Text(coming, ".slot-head b"));
        Assert.Equal("gives 1.1 to 1.9\u00A0kW", Text(coming, ".slot-text b"));
        Assert.Contains("because buying costs", Flat(coming.QuerySelector(".slot-text")!), StringComparison.Ordinal);
        var past = await host.PageAsync("/battery?slot=1780646400");
        Assert.Equal("10:00–10:15", Text(past, ".slot-head b"));
        Assert.Matches("^took \\d\\.\\d\u00A0kW, planned: takes ", Text(past, ".slot-text b"));
        foreach (string wrong in (string[])["x", "-1", "99999999999999999", "1"]) Assert.NotNull((await host.PageAsync("/battery?slot=" + wrong)).QuerySelector(".slot-head b"));
    }

    [Fact]
    public async Task Decisions_OfEarlierDays_AreForInstallers()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        host.Building.Control.Decisions.RemoveAll(record => record.Number > 5170);
        Assert.All((await host.PageAsync("/battery/decisions")).QuerySelectorAll(".decision .head b"), time => Assert.DoesNotContain("2026", time.TextContent, StringComparison.Ordinal));
        using var installer = await Person.OfAsync(host, Role.Installer);
        var all = await installer.PageAsync("/battery/decisions");
        Assert.Equal(25, all.QuerySelectorAll(".decision").Length);
        var older = await installer.PageAsync(all.QuerySelector("main > .below a")!.GetAttribute("href")!);
        Assert.Equal("no. 5,145", Text(older, ".decision .faint"));
    }

    [Fact]
    public async Task Events_AreExportedForTheGridOperator_WithoutFormulas()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        host.Building.Control.Events[1] = host.Building.Control.Events[1] with { Source = "=HYPERLINK(\"http://evil\",1)" };
        using var viewer = await Person.OfAsync(host, Role.Viewer);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.GetAsync("/api/grid-events.csv", "*/*")).StatusCode);
        using var installer = await Person.OfAsync(host, Role.Installer);
        using var answer = await installer.GetAsync("/api/grid-events.csv", "*/*");
        string[] rows = (await answer.Content.ReadAsStringAsync()).Split("\r\n");
        Assert.Equal("text/csv; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("event,kind,origin,source,received,first_write,all_written,ended,limit_w,power_before_w,power_after_w", rows[0]);
        Assert.Equal("42,feedin,test,\"'=HYPERLINK(\"\"http://evil\"\",1)\",2026-06-05T08:42:07Z,,,2026-06-05T08:42:47Z,5940,,", rows[1]);
        Assert.Equal("41,dim,signal,gpiochip0 line 17,2026-06-03T16:42:07Z,2026-06-03T16:42:07.31Z,2026-06-03T16:42:07.84Z,2026-06-03T17:42:07Z,4200,9100,4190", rows[2]);
        using var one = await installer.GetAsync("/api/grid-events/41.csv", "*/*");
        Assert.StartsWith("event,time_utc,device,power_W\r\n41,", await one.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await installer.GetAsync("/api/grid-events/7.csv", "*/*")).StatusCode);
    }

    [Fact]
    public async Task Plan_ForMachines_HasSignsAndGaps()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        var slots = (await host.Client.GetFromJsonAsync<JsonNode>(new Uri("/api/plan", UriKind.Relative)))!.AsArray();
        Assert.Equal(144, slots.Count);
        Assert.Null(slots[37]!["measured"]);
        Assert.Equal("store-surplus", (string?)slots[50]!["planned"]!["reason"]);
        Assert.True((decimal?)slots[50]!["planned"]!["min"] < 0);
        var control = (await host.Client.GetFromJsonAsync<JsonNode>(new Uri("/api/control", UriKind.Relative)))!;
        Assert.Equal(("planned", "[-3000,-3000]", -4200), ((string?)control["mode"], control["batteries"]![0]!["commandW"]!.ToJsonString(), (int?)control["limits"]![5]!["leavesW"]![0]));
        await using var reader = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        Assert.Equal(HttpStatusCode.NotFound, (await reader.GetAsync("/api/control")).StatusCode);
        Assert.Equal(145, (await host.Client.GetStringAsync(new Uri("/api/plan.csv", UriKind.Relative))).TrimEnd().Split("\r\n").Length);
    }

    [Fact]
    public async Task Lock_AndUnlock_ReachTheHost_WithWhoAskedAndForHowLong()
    {
        var real = new FakeTimeProvider();
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon, real);
        using var installer = await Person.OfAsync(host, Role.Installer);
        Assert.Equal(HttpStatusCode.SeeOther, (await installer.PostAsync("/battery/lock", ("hours", "8"))).StatusCode);
        Assert.Equal("Control is locked.", Text(await host.PageAsync("/battery"), ".sentence"));
        real.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("/confirm?back=%2Fbattery%2Funlock", (await installer.PostAsync("/battery/unlock")).Headers.Location!.OriginalString);
        await installer.PostAsync("/confirm", ("password", Person.Password));
        Assert.Equal(HttpStatusCode.SeeOther, (await installer.PostAsync("/battery/unlock")).StatusCode);
        Assert.Equal(["lock installer 8", "unlock installer"], host.Building.Control.Calls);
        Assert.Equal(["control-locked", "control-unlocked"], host.Building.Audit.Entries.Select(entry => entry.Event).Where(what => what.StartsWith("control", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Heartbeat_OfAnotherTest_IsGone_AndOnlyInstallersBeat()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        using var installer = await Person.OfAsync(host, Role.Installer);
        Assert.Equal(HttpStatusCode.Gone, (await installer.PostAsync("/battery/test/heartbeat", ("test", "17"))).StatusCode);
        host.Building.Control.Run(new WriteTestWish(FakeBuilding.Battery, Power.FromWatts(500), Duration.FromSeconds(30)), "anna", 17);
        Assert.Equal(HttpStatusCode.NoContent, (await installer.PostAsync("/battery/test/heartbeat", ("test", "17"))).StatusCode);
        Assert.Equal(HttpStatusCode.Gone, (await installer.PostAsync("/battery/test/heartbeat", ("test", "16"))).StatusCode);
        using var viewer = await Person.OfAsync(host, Role.Viewer);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.PostAsync("/battery/test/heartbeat", ("test", "17"))).StatusCode);
        Assert.Equal(HttpStatusCode.SeeOther, (await viewer.PostAsync("/battery/test/stop", ("test", "17"))).StatusCode); // stopping is the safe side
        Assert.Equal(["stop 17"], host.Building.Control.Calls);
    }

    [Theory]
    [InlineData("discharge", "500", 500, false)]
    [InlineData("charge", "1000", -1000, false)]
    [InlineData("learn", "2000", 2000, true)]
    [InlineData("discharge", "20000", 500, false)]
    public async Task WriteTest_AsAskedFor_IsOfferedAndStarted(string name, string watts, int power, bool learns)
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        using var installer = await Person.OfAsync(host, Role.Installer);
        var page = await installer.PageAsync($"/battery/test?test={name}&watts={watts}");
        Assert.Equal(name, page.QuerySelector("cm-hold")!.GetAttribute("test"));
        Assert.All(page.QuerySelectorAll("#offer a[aria-current]"), link => Assert.EndsWith($"test={name}&watts={Math.Abs(power)}", link.GetAttribute("href"), StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await installer.PostAsync("/battery/test/start", ("device", "battery"), ("test", name), ("watts", watts))).StatusCode);
        Assert.Equal([$"start battery {Power.FromWatts(power)} installer"], host.Building.Control.Calls);
        Assert.Equal(learns, host.Building.Control.Test.Wish!.Learns);
        Assert.Equal(learns, Text(await installer.PageAsync("/battery/test"), ".test-run h2").Contains("both directions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WriteTest_WithAPreconditionMissing_OffersNoStart()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        host.Building.Control.IsPossible = false;
        using var installer = await Person.OfAsync(host, Role.Installer);
        var page = await installer.PageAsync("/battery/test");
        Assert.Null(page.QuerySelector("cm-hold"));
        Assert.Equal("40151 StorCtl_Mod", Text(page, ".writes th[scope=row]"));
        using var stranger = new Person(host);
        Assert.StartsWith("/sign-in", (await stranger.GetAsync("/battery/test")).Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.NotNull((await host.PageAsync("/battery")).QuerySelector("a[href='/battery/test?device=battery'] .icon")); // shown with a lock
    }

    [Fact]
    public async Task NotesAndNamesFromOutside_AreEncoded()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Locked, PageTests.Noon);
        host.Building.Control.Current = host.Building.Control.Current! with { Lock = new LockRow(host.Building.Now, "<b>eve</b>", "<img src=x>", null), Cause = "<i>" };
        using var viewer = await Person.OfAsync(host, Role.Viewer);
        var page = await viewer.PageAsync("/battery");
        Assert.Empty(page.QuerySelectorAll("img"));
        Assert.Contains("<b>eve</b>", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("eve", (await host.PageAsync("/battery")).Body!.TextContent, StringComparison.Ordinal); // strangers collect no names
    }

    private static string Text(IParentNode page, string selector) => page.QuerySelector(selector) is { } found ? Flat(found) : $"(no {selector})";

    private static string Flat(IElement element) => string.Join(' ', element.TextContent.Split(['\n', ' '], StringSplitOptions.RemoveEmptyEntries));
}
