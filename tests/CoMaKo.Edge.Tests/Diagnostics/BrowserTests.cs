using CoMaKo.Edge.Diagnostics;
using CoMaKo.Testing;
using Xunit.Abstractions;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>The pages in a real browser.</summary>
public sealed class BrowserTests(ITestOutputHelper output)
{
    private static readonly string[] Pages = ["/", "/meters", "/meters/grid-meter", "/battery", "/sync", "/system"];
    private static readonly string[] ControlPages = ["/", "/battery", "/battery/table", "/battery/events", "/battery/decisions", "/battery/savings", "/sign-in", "/first-boot"];

    /// <summary>With <c>COMAKO_SCREENSHOTS</c> set to a folder, every page is also photographed there.</summary>
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("COMAKO_SCREENSHOTS");

    private const string Widest = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1 && !e.className.includes?.('skip')).map(e => e.tagName + '.' + (e.className.baseVal ?? e.className)).slice(0, 6).join(' ')";

    [RequiresFact(Peer.Chromium)]
    public async Task EveryPage_AtEveryWidth_FitsWithoutSidewaysScrollingAndWithoutErrors()
    {
        var tooWide = new List<string>();
        await using var browser = await Browser.StartAsync();
        foreach (var (scene, prepare) in Scenes.All)
        {
            await using var host = await PageHost.StartAsync(prepare, PageTests.Noon);
            host.Capture();
            foreach (int width in Screenshots is null ? (int[])[320, 1280] : [320, 360, 1280])
                foreach (var (language, theme) in ((string, string)[])[("de", "dark"), ("en", "light")])
                    foreach (string page in scene is "planned" or "limited" or "locked" or "begun" ? ControlPages : Pages)
                        await LookAsync(browser, host, scene, page, width, language, theme, tooWide);
            await browser.OpenAsync("about:blank"); // leave before the host goes, or the lost stream is an error of the page
        }

        Assert.Empty(tooWide);
        Assert.Empty(browser.Events("Log.entryAdded").Select(entry => entry["entry"]!).Where(entry => entry["level"]!.GetValue<string>() == "error" && !entry["text"]!.GetValue<string>().Contains("404", StringComparison.Ordinal)).Select(entry => entry.ToJsonString()));
        Assert.Empty(browser.Events("Runtime.exceptionThrown").Select(thrown => thrown.ToJsonString()));
    }

    /// <summary>Must-show row 12: at most 90 kB compressed at first load, nothing from elsewhere, within the security policy.</summary>
    [RequiresFact(Peer.Chromium)]
    public async Task FirstLoad_IsLightAndAsksNobodyElse()
    {
        await using var browser = await Browser.StartAsync();
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        host.Capture();
        foreach (string page in Pages.Union(ControlPages))
        {
            await browser.SendAsync("Network.clearBrowserCache");
            int before = browser.Events("Network.loadingFinished").Count(), asked = browser.Events("Network.requestWillBeSent").Count();
            await browser.OpenAsync(new Uri(host.Client.BaseAddress!, page).ToString());
            await Browser.WaitAsync(() => browser.Events("Network.loadingFinished").Count() >= before + 4, "The page, its style, its script and its icons should have come.");
            var requests = browser.Events("Network.requestWillBeSent").Skip(asked).Select(request => new Uri(request["request"]!["url"]!.GetValue<string>())).ToList();
            Assert.All(requests, request => Assert.Equal(host.Client.BaseAddress!.Authority, request.Authority));
            double bytes = browser.Events("Network.loadingFinished").Skip(before).Sum(finished => finished["encodedDataLength"]!.GetValue<double>());
            output.WriteLine(FormattableString.Invariant($"{{\"name\":\"page first load {page}\",\"value\":{bytes / 1000:F1},\"unit\":\"kB\",\"requests\":{requests.Count},\"foreign\":0}}"));
            Assert.InRange(bytes, 1_000, 90_000);
        }
    }

    [RequiresFact(Peer.Chromium)]
    public async Task LivePage_FollowsTheBuilding_KeepsFocus_AndSaysWhenTheBoxIsGone()
    {
        await using var browser = await Browser.StartAsync();
        await using (var host = await PageHost.StartAsync(Scenes.Normal, PageTests.Noon))
        {
            await browser.OpenAsync(new Uri(host.Client.BaseAddress!, "/").ToString());
            await browser.EvaluateAsync("document.querySelector('.row').focus(); document.querySelector('.row').marked = true");
            host.Building.Read(FakeBuilding.Grid, NodaTime.Duration.Zero, (CoMaKo.Devices.Measurand.ActivePower, 4321));
            await browser.WaitForAsync("document.querySelector('.row b').textContent.replace(/[.,]/, '') === '4321\u00a0W'");
            Assert.True((bool?)await browser.EvaluateAsync("document.activeElement.marked === true && document.activeElement === document.querySelector('.row')"));
            Assert.True((bool?)await browser.EvaluateAsync("document.getElementById('lost').hidden"));
        }

        await browser.WaitForAsync("!document.getElementById('lost').hidden && document.getElementById('lost').textContent.includes('13:42:07')");
    }

    /// <summary>The rules of axe-core that a machine can check, on every page, in both themes.</summary>
    [RequiresFact(Peer.Chromium)]
    public async Task EveryPage_PassesTheAccessibilityRules()
    {
        string axe = await File.ReadAllTextAsync(Repository.At("node_modules", "axe-core", "axe.min.js"));
        await using var browser = await Browser.StartAsync();
        var broken = new List<string>();
        foreach (var (scene, pages, role) in ((string, string[], Role?)[])[("stale", Pages, null), ("limited", ControlPages, null), ("planned", ["/battery", "/battery/test", "/battery/events", "/account", "/users", "/confirm"], Role.Operator)])
        {
            await using var host = await PageHost.StartAsync(Scenes.All[scene], PageTests.Noon);
            host.Capture();
            using var person = await Person.OfAsync(host, role);
            await browser.TakeCookiesAsync(person, host.Client.BaseAddress!);
            foreach (string theme in (string[])["light", "dark"])
                foreach (string page in pages)
                {
                    await LookAsync(browser, host, scene, page, 360, "de", theme, broken);
                    await browser.EvaluateAsync(axe);
                    var result = await browser.EvaluateAsync("axe.run(document).then(result => result.violations.map(rule => rule.id + ': ' + rule.nodes.map(node => node.html.slice(0, 120) + ' ' + (node.any[0]?.message ?? '')).slice(0, 3).join(' | ')))");
                    broken.AddRange(result!.AsArray().Select(rule => $"{page} {theme} {rule}"));
                }

            await browser.OpenAsync("about:blank");
        }

        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    private static async Task LookAsync(Browser browser, PageHost host, string scene, string page, int width, string language, string theme, List<string> tooWide)
    {
        await browser.SendAsync("Emulation.setDeviceMetricsOverride", new { width, height = 844, deviceScaleFactor = 1, mobile = width < 900 });
        string address = new Uri(host.Client.BaseAddress!, page).ToString();
        await browser.SendAsync("Network.setCookie", new { name = "language", value = language, url = address });
        await browser.SendAsync("Network.setCookie", new { name = "theme", value = theme, url = address });
        await browser.OpenAsync(address);
        int scroll = (await browser.EvaluateAsync("document.documentElement.scrollWidth"))!.GetValue<int>();
        if (scroll > width) tooWide.Add($"{page} ({scene}, {language}) is {scroll} px wide at {width} px: {await browser.EvaluateAsync(Widest)}");
        if (Screenshots is null) return;
        var size = await browser.EvaluateAsync("document.documentElement.scrollHeight");
        await browser.SendAsync("Emulation.setDeviceMetricsOverride", new { width, height = Math.Max(844, size!.GetValue<int>()), deviceScaleFactor = 1, mobile = width < 900 });
        var picture = await browser.SendAsync("Page.captureScreenshot", new { format = "png" });
        string name = $"{scene}-{page.Trim('/').Replace('/', '-')}-{width}-{theme}.png";
        await File.WriteAllBytesAsync(Path.Combine(Screenshots, name), Convert.FromBase64String(picture["data"]!.GetValue<string>()));
    }
}
