using System.Net;
using System.Xml.Linq;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.Settlement.Curves;
using CoMaKo.Testing;
using static CoMaKo.CloudSync.Tests.Hub.TestGateway;

namespace CoMaKo.CloudSync.Tests.Hub.Web;

/// <summary>Pages without script: what they say, in both languages, and what they load.</summary>
public sealed class PageTests : IAsyncLifetime
{
    private RunningHub hub = null!;

    public static TheoryData<string, string> Pages
    {
        get
        {
            var pages = new TheoryData<string, string>();
            foreach (string path in (string[])["/pages/fleet", "/pages/sign_in", "/pages/invitation", "/pages/gateways/gw-1", "/pages/registers", $"/pages/load_curves/{Import}", $"/pages/load_curves/{Import}?day=2026-03-29", "/pages/parked", "/pages/balance_groups", "/pages/anomalies", "/pages/none"])
                foreach (string language in (string[])["de", "en"]) pages.Add(path, language);
            return pages;
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Page_InEachLanguage_IsWholeAndLoadsOnlyItsOwn(string path, string language)
    {
        await StartAsync(Engine.Sqlite);
        using var response = await GetAsync(path, language);
        string html = await response.Content.ReadAsStringAsync();
        var page = Parse(html);

        Assert.Equal(path == "/pages/none" ? HttpStatusCode.NotFound : HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("default-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal(language, page.DocumentElement.GetAttribute("lang"));
        Assert.NotEmpty(page.QuerySelector("h1")!.TextContent);
        Assert.Empty(page.QuerySelectorAll("[style], style, script:not([src])"));
        foreach (string? address in page.QuerySelectorAll("[src], link[href]").Select(element => element.GetAttribute("src") ?? element.GetAttribute("href")))
        {
            Assert.StartsWith("/", address, StringComparison.Ordinal);
            using var asset = await hub.Pages.GetAsync(new Uri(address!, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, asset.StatusCode);
        }
    }

    [Theory, OnSqlite, OnPostgres]
    [Row("/pages/fleet", HttpStatusCode.OK)]
    [Row("/pages/registers", HttpStatusCode.OK)]
    [Row("/pages/parked", HttpStatusCode.OK)]
    [Row("/pages/gateways/gw-1", HttpStatusCode.NotFound)]
    [Row("/pages/load_curves/x", HttpStatusCode.NotFound)]
    [Row("/gateways", HttpStatusCode.OK)]
    [Row("/registers", HttpStatusCode.OK)]
    [Row("/metrics", HttpStatusCode.OK)]
    public async Task NewHub_HasWholePagesToo(Engine engine, string path, HttpStatusCode expected)
    {
        hub = await RunningHub.StartAsync(engine);
        using var response = await hub.Pages.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(expected, response.StatusCode);
        Assert.NotEmpty(await response.Content.ReadAsStringAsync());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Fleet_ShowsEachGatewayWithItsStateAndStrip(Engine engine)
    {
        await StartAsync(engine);
        var rows = Parse(await (await GetAsync("/pages/fleet", "en")).Content.ReadAsStringAsync()).QuerySelectorAll("tbody tr");

        Assert.Equal(["gw-2", "gw-1"], rows.Select(row => row.QuerySelector(".faint")!.TextContent)); // worst first
        Assert.Equal("Check", rows[0].QuerySelector(".state")!.TextContent.Trim());
        Assert.Equal("Current", rows[1].QuerySelector(".state")!.TextContent.Trim());
        Assert.Equal("1 measured", string.Join(',', rows[1].QuerySelector("svg.strip")!.GetAttribute("aria-label")!.Split(", ").Where(part => part.EndsWith(" measured", StringComparison.Ordinal))));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task CurvePage_SaysSumAndGapsInTheReadersNumbers(Engine engine)
    {
        await StartAsync(engine);
        var german = Parse(await (await GetAsync($"/pages/load_curves/{Import}", "de")).Content.ReadAsStringAsync());

        Assert.StartsWith("0,100 kWh.", german.QuerySelector(".sentence")!.TextContent.Trim(), StringComparison.Ordinal);
        Assert.Contains("zusammen 0,400 kWh (strittig)", german.QuerySelector(".findings")!.TextContent, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Parked_ListsNotesConflictsAndRecords(Engine engine)
    {
        await StartAsync(engine);
        string text = Parse(await (await GetAsync("/pages/parked", "en")).Content.ReadAsStringAsync()).QuerySelector("main")!.TextContent;

        Assert.Contains("CMH-1204", text, StringComparison.Ordinal); // the register of another gateway
        Assert.Contains("CMH-1202", text, StringComparison.Ordinal); // the slot of 11:00
        Assert.Contains("A second total of 1.251 kWh", text, StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    public async Task Switches_SetCookiesAndGoBackToOurPagesOnly(Engine engine)
    {
        await StartAsync(engine);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["theme"] = "dark", ["language"] = "en", ["back"] = "//elsewhere" });
        using var response = await hub.Pages.PostAsync(new Uri("/preferences", UriKind.Relative), form);

        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.Equal("/", response.Headers.Location!.OriginalString);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/pages/fleet");
        request.Headers.Add("Cookie", string.Join("; ", response.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0])));
        using var page = await hub.Pages.SendAsync(request);
        var root = Parse(await page.Content.ReadAsStringAsync()).DocumentElement;
        Assert.Equal(("dark", "en"), (root.GetAttribute("data-theme"), root.GetAttribute("lang")));
    }

    [Fact]
    public void Texts_OfBothLanguages_HaveTheSameKeysAndPlaces()
    {
        var english = Read(file => !file.EndsWith(".de.resx", StringComparison.Ordinal));
        var german = Read(file => file.EndsWith(".de.resx", StringComparison.Ordinal));

        Assert.Equal(english.Keys.Order(StringComparer.Ordinal), german.Keys.Order(StringComparer.Ordinal));
        Assert.All(english, text => Assert.Equal(Places(text.Value), Places(german[text.Key])));
        Assert.All(english.Values.Concat(german.Values), Assert.NotEmpty);

        static Dictionary<string, string> Read(Func<string, bool> which) =>
            Directory.GetFiles(Repository.At("cloud-sync", "CoMaKo.Hub", "Web", "Texts"), "*.resx").Where(which)
                .SelectMany(file => XDocument.Load(file).Root!.Elements("data")).ToDictionary(data => data.Attribute("name")!.Value, data => data.Element("value")!.Value);

        static IEnumerable<char> Places(string text) => text.Where((c, i) => i > 0 && text[i - 1] == '{').Order();
    }

    [Theory]
    [InlineData(typeof(SlotQuality))]
    [InlineData(typeof(CurveSource))]
    [InlineData(typeof(CoMaKo.Hub.Web.Views.GatewayState))]
    [InlineData(typeof(CoMaKo.Hub.Web.Views.ClockWord))]
    [InlineData(typeof(CoMaKo.Hub.Web.Views.SlotState))]
    [InlineData(typeof(Quantities.SettlementRole))]
    public void Enumerations_HaveAWordForEachMember(Type enumeration)
    {
        var say = new CoMaKo.Hub.Web.Texts.Wording("en");
        Assert.All(Enum.GetNames(enumeration), member => Assert.NotEmpty(say[$"{enumeration.Name}.{member}"]));
    }

    private async Task StartAsync(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await hub.SyncAsync(new TestGateway(null).Append(
            Begin("09:01", 1000), Total("09:15", 1100), Total("09:30", 1250), Total("09:30", 1251), Total("10:00", 1500), Total("11:00", 1600)));
        await hub.SyncAsync(new TestGateway(null, "gw-2").Append(Total("09:15", 1)));
    }

    private async Task<HttpResponseMessage> GetAsync(string path, string language)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Language", language);
        return await hub.Pages.SendAsync(request);
    }

    private static IHtmlDocument Parse(string html) => new HtmlParser().ParseDocument(html);
}
