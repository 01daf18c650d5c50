using System.Globalization;
using System.Net;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using CoMaKo.Devices;
using CoMaKo.Devices.Protocols.Mqtt;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Edge.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using NodaTime;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>What the pages say.</summary>
public sealed class ContentTests
{
    [Fact]
    public async Task Overview_WhenAllIsWell_SaysSoFirst()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        var page = await host.PageAsync("/");
        Assert.Equal("Everything works.", Text(page, ".sentence"));
        Assert.Equal("3 devices read, sent up to 13:30.", Text(page, ".answer .quiet"));
        Assert.Equal("gw-0417 · 13:42:07 · clock exact", Text(page, ".top .quiet"));
        Assert.Contains("53 of 54 complete", page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task System_WithASensorInTheEnclosure_ShowsValueAndAgeOrWhyThereIsNone()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        string[] facts = [.. (await host.PageAsync("/system")).QuerySelectorAll("#enclosure dd").Select(dd => dd.TextContent)];
        Assert.Equal(["31.4 °C", "42 %", "6.0\u00A0s ago", "sht3x (hwmon1)"], facts);

        await using var broken = await PageHost.StartAsync(Scenes.Fault, PageTests.Noon);
        var card = (await broken.PageAsync("/system")).QuerySelector("#enclosure")!;
        Assert.StartsWith("CME-2602", card.QuerySelector(".fault-box")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("no present value", card.QuerySelector(".pill")!.TextContent.Trim());
        await using var none = await PageHost.StartAsync(_ => { }, PageTests.Noon);
        Assert.Null((await none.PageAsync("/system")).QuerySelector("#enclosure"));
    }

    [Fact]
    public async Task Flow_OfSurplus_DrawsTowardsSolidAndAwayStriped()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        var page = await host.PageAsync("/");
        Assert.Single(page.QuerySelectorAll("path.e-pv"));
        Assert.Equal("url(#stripes-grid)", Assert.Single(page.QuerySelectorAll("path.away-grid")).GetAttribute("fill"));
        Assert.Single(page.QuerySelectorAll("path.away-bat"));
        Assert.Equal("PV producing 6.42\u00A0kW, Grid exporting 1.24\u00A0kW, Battery charging 3.00\u00A0kW, Home 2.18 kW", page.QuerySelector(".flow svg")!.GetAttribute("aria-label"));
    }

    [Fact]
    public async Task Flow_WithASilentGridMeter_ShowsNoHomeRatherThanAGuess()
    {
        await using var host = await PageHost.StartAsync(Scenes.Offline, PageTests.Noon);
        var page = await host.PageAsync("/");
        Assert.EndsWith("Home – kW", page.QuerySelector(".flow svg")!.GetAttribute("aria-label"), StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll("path.e-home"));
    }

    [Fact]
    public async Task StaleMeter_InGerman_IsNamedWithItsAgeAndWhatToCheck()
    {
        await using var host = await PageHost.StartAsync(Scenes.Stale, PageTests.Noon);
        var page = await host.PageAsync("/", "de");
        Assert.Equal("Wärmepumpe schweigt.", Text(page, ".sentence"));
        Assert.Equal("Seit 4\u00A0min kein Telegramm. Sitzt der Lesekopf gerade auf dem Zähler?", Text(page, ".answer .quiet"));
        var row = page.QuerySelectorAll(".row").Single(candidate => candidate.TextContent.Contains("Wärmepumpe", StringComparison.Ordinal));
        Assert.Contains("old", row.ClassList);
        Assert.Equal("1.310\u00A0W", Text(row, "b"));
        Assert.Equal("vor 4\u00A0min · alt", Text(row, ".row-age"));
    }

    [Fact]
    public async Task MeterSilentForLong_ShowsADashAndTheLastValue()
    {
        await using var host = await PageHost.StartAsync(Scenes.Offline, PageTests.Noon);
        var row = (await host.PageAsync("/")).QuerySelector(".row")!;
        Assert.Equal("–", Text(row, ".row-value"));
        Assert.Equal("last value 13:22:07: 1,310\u00A0W", Text(row, ".row-note"));
    }

    [Fact]
    public async Task Registers_StandAsOnTheMetersDisplay()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        var page = await host.PageAsync("/meters/grid-meter");
        Assert.Equal("0048213", Text(page, ".window").Replace("\n", "", StringComparison.Ordinal));
        Assert.Equal("3", Text(page, ".window .last"));
        Assert.Equal("1-0:1.8.0", Text(page, ".register .mono"));
    }

    [Fact]
    public async Task Frame_WithASelectedField_ExplainsItsNumber()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        host.Capture();
        var page = await host.PageAsync($"/meters/grid-meter?frame=8&field={PageHost.Sample.Power.Offset}");
        Assert.Equal("CRC CA7F", Text(page, ".frame .pill"));
        Assert.Equal("Active power", Text(page, ".field-box b"));
        Assert.Contains("Signed, 32 bit: \u22121,240\u00A0W. Minus means the building exports.", page.QuerySelector(".field-box")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("55FFFFFB28", string.Concat(page.QuerySelectorAll(".hex .selected b").Select(b => b.TextContent)));
    }

    [Fact]
    public async Task Message_OfABroker_IsTextWithTopicAndColouredValues()
    {
        var explainer = new FrameExplainer(new Dictionary<DeviceId, MqttMeterMap> { [FakeBuilding.Grid] = MqttFormats.TasmotaSml("tele/meter/SENSOR", "SML", Duration.FromSeconds(10)) });
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon, configure: services => services.Replace(ServiceDescriptor.Singleton<IFrameExplainer>(explainer)));
        IFrameTap tap = host.Frames;
        tap.Message(FakeBuilding.Grid, "tele/meter/SENSOR", isRetained: true, "{\"SML\":{\"Power_curr\":7}}"u8, null);
        tap.Message(FakeBuilding.Grid, "tele/meter/SENSOR", isRetained: false, "{\"SML\":{\"Total_in\":4821.3127,\"Meter_Id\":\"0a0149\",\"Power_curr\":-1240,\"x\":\"<b>\u0001\"}}"u8, null);

        var page = await host.PageAsync("/meters/grid-meter");
        Assert.Equal("tele/meter/SENSOR", Text(page, ".topic"));
        Assert.Equal("{\"SML\":{\"Total_in\":4821.3127,\"Meter_Id\":\"0a0149\",\"Power_curr\":-1240,\"x\":\"<b>·\"}}", page.QuerySelector(".payload")!.TextContent);
        Assert.Equal(["4821.3127", "-1240"], page.QuerySelectorAll(".payload a.f-value").Select(a => a.TextContent));
        Assert.Equal(["\"0a0149\""], page.QuerySelectorAll(".payload a.f-other").Select(a => a.TextContent));
        Assert.Null(page.QuerySelector(".hex"));
        Assert.Equal("1", host.Frames.Last24Hours(FakeBuilding.Grid)[^1].Good.ToString(CultureInfo.InvariantCulture)); // the retained one counts for nothing

        var field = await host.PageAsync(page.QuerySelector(".payload a.f-value")!.GetAttribute("href")!);
        Assert.Contains("The number at SML.Total_in: 4,821.3127 × 1,000 = 4,821,312.7\u00A0Wh.", field.QuerySelector("#field")!.TextContent, StringComparison.Ordinal);
        var kept = await host.PageAsync("/meters/grid-meter?frame=1");
        Assert.Contains(kept.QuerySelectorAll(".frame .pill").Select(pill => pill.TextContent.Trim()), text => text == "kept by the broker: no reading");
    }

    [Fact]
    public async Task Frame_WithAWrongChecksum_SaysWhatWasExpected()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        host.Capture();
        var page = await host.PageAsync("/meters/grid-meter?frame=7");
        Assert.Equal("CRC CA2A, expected CA7F", Text(page, ".frame .pill.fault"));
        Assert.Contains("no value was taken from it", Text(page, ".fault-box"), StringComparison.Ordinal);
        Assert.Contains("bad in 24 h: 1 of 8", page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HeldFrame_WhenTheRingMovesOn_Stays()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        host.Capture();
        Assert.NotNull((await host.PageAsync("/meters/grid-meter?frame=8")).QuerySelector(".hex"));
        for (int i = 0; i < FrameLog.Depth; i++) ((IFrameTap)host.Frames).Frame(FakeBuilding.Grid, WireProtocol.Sml, PageHost.Sample.Bytes, null);
        Assert.NotNull((await host.PageAsync("/meters/grid-meter?frame=8")).QuerySelector(".hex"));
        Assert.Contains("no longer kept", (await host.PageAsync("/meters/grid-meter?frame=3")).Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Offline_IsCalmAndCountsWhatWaits()
    {
        await using var host = await PageHost.StartAsync(building => { Scenes.Offline(building); building.Read(FakeBuilding.Grid, Duration.Zero, (Measurand.ActivePower, 5)); }, PageTests.Noon);
        var page = await host.PageAsync("/sync");
        Assert.Equal("78 records wait for the hub.", Text(page, ".sentence"));
        Assert.Equal(14, page.QuerySelectorAll(".tape rect").Length);
        Assert.Contains("184,089", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("CME-1802", Text(page, ".fault-box"), StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll(".bar .badge"));
    }

    [Fact]
    public async Task Fault_OnOnePage_MarksItInTheBar()
    {
        await using var host = await PageHost.StartAsync(Scenes.Fault, PageTests.Noon);
        var page = await host.PageAsync("/");
        Assert.Contains("CME-1", Text(page, ".answer .quiet"), StringComparison.Ordinal);
        Assert.Equal(["/meters", "/sync", "/system"], page.QuerySelectorAll(".bar a").Where(link => link.QuerySelector(".badge") is not null).Select(link => link.GetAttribute("href")));
    }

    [Fact]
    public async Task NamesFromTheBuildingFile_AreEncoded()
    {
        await using var host = await PageHost.StartAsync(
            building =>
            {
                building.Building = "<script>alert(1)</script>";
                building.Add(FakeBuilding.Grid, "\"><img src=x>", DeviceRole.Grid, "sml", "<b>", Duration.Zero, (Measurand.ActivePower, 1));
            },
            PageTests.Noon);
        foreach (string address in (string[])["/", "/meters", "/meters/grid-meter", "/meters/%22%3E%3Cimg%3E", "/system"])
        {
            var page = await host.PageAsync(address);
            Assert.Empty(page.QuerySelectorAll("img"));
            Assert.Single(page.Scripts);
            Assert.Empty(page.QuerySelectorAll(".top b"));
        }
    }

    [Theory]
    [InlineData(2026, 3, 29, 92, "g20")]
    [InlineData(2026, 10, 25, 100, "g28")]
    public async Task Strip_OnAChangeDay_HasThatDaysSlots(int year, int month, int day, int slots, string quarter)
    {
        var clock = new CoMaKo.Testing.FakeTimeProvider(new DateTimeOffset(year, month, day, 15, 0, 0, TimeSpan.Zero));
        await using var host = await PageHost.StartAsync(Scenes.Normal, clock);
        var page = await host.PageAsync("/");
        Assert.Equal($"0 0 {slots * 10} 24", page.QuerySelector("svg.strip")!.GetAttribute("viewBox"));
        Assert.NotNull(page.QuerySelector(".hours ." + quarter));
    }

    [Fact]
    public async Task Switches_WithoutScript_SetACookieAndGoBackHere()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        using var person = await Person.OfAsync(host, null);
        using var dark = await person.PostAsync("/preferences", ("theme", "dark"), ("back", "/sync"));
        Assert.Equal(HttpStatusCode.SeeOther, dark.StatusCode);
        Assert.Equal("/sync", dark.Headers.Location!.OriginalString);
        Assert.StartsWith("theme=dark;", Assert.Single(dark.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
        using var away = await person.PostAsync("/preferences", ("language", "xx"), ("back", "//elsewhere.example"));
        Assert.Equal("/", away.Headers.Location!.OriginalString);
        Assert.False(away.Headers.Contains("Set-Cookie"));
        Assert.Equal("dark", ((IHtmlHtmlElement)(await host.PageAsync("/", theme: "dark")).DocumentElement).Dataset["theme"]);
    }

    [Fact]
    public async Task OpenPages_DoNotReadTheStoreAgainWithoutANewRecord()
    {
        await using var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon);
        for (int i = 0; i < 5; i++) await host.PageAsync("/");
        Assert.Equal(1, host.Building.IntervalReads);
        host.Building.Sync = host.Building.Sync with { NextSequence = host.Building.Sync.NextSequence + 1 };
        await host.PageAsync("/");
        Assert.Equal(2, host.Building.IntervalReads);
    }

    private static string Text(IParentNode page, string selector) => page.QuerySelector(selector)?.TextContent.Trim() ?? $"(no {selector})";
}
