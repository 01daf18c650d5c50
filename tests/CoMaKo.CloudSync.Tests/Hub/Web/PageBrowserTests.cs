using System.Diagnostics;
using System.Net;
using CoMaKo.CloudSync.Tests.Hub.Alerts;
using CoMaKo.CloudSync.Tests.Hub.Invoices;
using CoMaKo.Hub.Access;
using CoMaKo.Hub.Ingest;
using CoMaKo.Testing;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Xunit.Abstractions;

namespace CoMaKo.CloudSync.Tests.Hub.Web;

/// <summary>
/// Every page of the endpoint table in a real browser, as an operator, a member and nobody see it: the rules of axe-core, in both languages and themes, on the
/// phone and on the desk. With <c>COMAKO_SCREENSHOTS</c> set to a folder each is also photographed there.
/// </summary>
[Trait("Category", "Slow")]
public sealed class PageBrowserTests(ITestOutputHelper output)
{
    /// <summary>By default each language in one width and both themes; all of them with <c>COMAKO_FULL=1</c>.</summary>
    private static readonly (string Language, int[] Widths)[] Looks = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1" ? [("de", [1360, 390]), ("en", [1360, 390])] : [("de", [1360]), ("en", [390])];

    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("COMAKO_SCREENSHOTS");

    private const string Violations = """
        axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations.map(rule =>
          rule.id + ': ' + rule.nodes.map(node => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? node.all[0]?.message ?? '')).slice(0, 3).join(' | ')))
        """;

    private const string Widest = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + (e.className.baseVal ?? e.className)).slice(0, 6).join(' ')";

    /// <summary>What the parts of addresses stand for in the sample cooperative (<c>{statement}</c>: of the member's April, <c>{invoice}</c>: what was made of it, <c>{alert}</c>: an open one, <c>{key}</c>: the first one); files have none, and a route with parts that has no address here fails the test.</summary>
    private static readonly Dictionary<string, string[]> Samples = new(StringComparer.Ordinal)
    {
        ["/pages/gateways/{gateway}"] = ["/pages/gateways/gw-0417", "/pages/gateways/gw-0233"],
        ["/pages/load_curves/{register}"] = [$"/pages/load_curves/{SampleCooperative.LindenhofImport}"],
        ["/pages/months/{group}/{month}"] = ["/pages/months/BK100001/2026-05", "/pages/months/BK100001/2026-04?done=published"],
        ["/pages/alerts/{id}"] = ["/pages/alerts/{alert}"],
        ["/pages/participants/{id}"] = ["/pages/participants/P002"],
        ["/pages/points/{id}"] = ["/pages/points/ZP006", "/pages/points/ZP008?done=stored"],
        ["/pages/balance_groups/{id}"] = ["/pages/balance_groups/BK100001", "/pages/balance_groups/BK100002"],
        ["/pages/keys/{id}"] = ["/pages/keys/{key}"],
        ["/pages/alerts/recipients/{id}"] = ["/pages/alerts/recipients/anna", "/pages/alerts/recipients/dienst"],
        ["/pages/{**rest}"] = ["/pages/none"],
        ["/pages/invoices/{number}"] = ["/pages/invoices/{invoice}"],
        ["/pages/participants/{id}/billing"] = ["/pages/participants/P002/billing"],
        ["/pages/statements/{number}"] = ["/pages/statements/{statement}"],
        ["/pages/statements/{number}/lines/{line}"] = ["/pages/statements/{statement}/lines/1"],
        ["/pages/statements/{number}/days/{day}"] = ["/pages/statements/{statement}/days/2026-04-14"],
        ["/pages/statements/{number}/slots/{slot}"] = ["/pages/statements/{statement}/slots/2026-04-14T10:00:00Z"],
        ["/statements/{number}.html"] = ["/statements/{statement}.html"],
        ["/pages/my/readings/upload/{id}"] = [],
        ["/pages/my/data/export.zip"] = [],
        ["/pages/my/readings/template.csv"] = [],
        ["/pages/my/day/{day}"] = ["/pages/my/day/2026-04-14"],
        ["/pages/my/day/{day}/table.csv"] = [],
        ["/pages/my/month/{month}"] = ["/pages/my/month/2026-04", "/pages/my/month/2026-05"],
        ["/pages/my/month/{month}/table.csv"] = [],
        ["/pages/my/year/{year}"] = ["/pages/my/year/2026"],
        ["/pages/my/year/{year}/table.csv"] = [],
        ["/balance_groups/{id}/report"] = [$"/balance_groups/{SampleCooperative.Group}/report?from=2026-05-12"],
        ["/balance_groups/{id}/report.html"] = [$"/balance_groups/{SampleCooperative.Group}/report.html?from=2026-05-01&to=2026-06-01", $"/balance_groups/{SampleCooperative.Group}/report.html?run=2026-04.1"],
    };

    [RequiresFact(Peer.Chromium)]
    public async Task EveryPage_ForEveryReader_PassesTheAccessibilityRules()
    {
        await using var hub = await RunningHub.StartAsync(Engine.Sqlite, new RequestRates(1_000_000, 10_000, 1_000_000, 10_000));
        await SampleCooperative.FillAsync(hub);
        await InvoiceSample.FillAsync(hub);
        await AlertSample.FillAsync(hub);
        await using var browser = await Browser.StartAsync();
        await browser.SendAsync("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-reduced-motion", value = "reduce" } } });
        await browser.SendAsync("Page.addScriptToEvaluateOnNewDocument", new { source = await File.ReadAllTextAsync(Repository.At("node_modules", "axe-core", "axe.min.js")) });
        var clock = Stopwatch.StartNew();
        var broken = new List<string>();
        int looks = 0;
        foreach (var reader in await ReadersAsync(hub))
        {
            var pages = await PagesAsync(hub, reader);
            Assert.True(pages.Count > 0 || reader.Name == "nobody", $"No page for {reader.Name}.");
            await browser.ClearCookiesAsync();
            if (reader.Session is { } session) await browser.SetCookieAsync("session", session, hub.Pages.BaseAddress!);
            await browser.SendAsync("Network.setExtraHTTPHeaders", new { headers = reader.Headers });
            foreach (string page in pages) looks += await LookAsync(browser, hub, reader, page, broken);
            output.WriteLine($"{reader.Name}: {pages.Count} pages, {clock.Elapsed.TotalSeconds:F0} s");
        }

        broken.AddRange(browser.Events("Runtime.exceptionThrown").Select(thrown => thrown.ToJsonString()));
        broken.AddRange(browser.Events("Log.entryAdded").Select(entry => entry["entry"]!).Where(entry => entry["level"]!.GetValue<string>() == "error" && !entry["text"]!.GetValue<string>().Contains("status of 40", StringComparison.Ordinal)).Select(entry => entry.ToJsonString()));
        output.WriteLine(FormattableString.Invariant($"{{\"name\":\"hub pages with accessibility violations\",\"value\":{broken.Count},\"unit\":\"of {looks} looks\"}}"));
        Assert.True(broken.Count == 0, string.Join('\n', broken));
    }

    /// <summary>One page in each language and width is loaded; the theme changes in place, as the browser itself changes it.</summary>
    private static async Task<int> LookAsync(Browser browser, RunningHub hub, Reader reader, string page, List<string> broken)
    {
        int looks = 0;
        var address = new Uri(hub.Pages.BaseAddress!, page);
        foreach (var (language, widths) in Looks)
        {
            await browser.SetCookieAsync("language", language, address);
            await browser.OpenAsync(address.ToString());
            foreach (int width in widths)
            {
                await browser.ResizeAsync(width, 844);
                foreach (string theme in (string[])["light", "dark"])
                {
                    string look = $"{reader.Name} {page} {language} {theme} {width}";
                    await browser.EvaluateAsync($"document.documentElement.dataset.theme = '{theme}'");
                    int scroll = (await browser.EvaluateAsync("document.documentElement.scrollWidth"))!.GetValue<int>();
                    if (scroll > width) broken.Add($"{look}: {scroll} px wide: {await browser.EvaluateAsync(Widest)}");
                    broken.AddRange((await browser.EvaluateAsync(Violations))!.AsArray().Select(rule => $"{look}: {rule}"));
                    looks++;
                    bool isKept = (language, theme, width) is ("de", "light", 1360) or ("en", "dark", 390);
                    if (Screenshots is not null && isKept) await File.WriteAllBytesAsync(Path.Combine(Screenshots, $"{NameOf(reader, page)}-{width}-{theme}.png"), await browser.PhotographAsync(width, 2400));
                }
            }
        }

        return looks;
    }

    private static string NameOf(Reader reader, string page)
    {
        string path = page.Replace("/pages/", "/", StringComparison.Ordinal).Split('?')[0].Trim('/');
        string query = page.Contains('?', StringComparison.Ordinal) ? "-" + page.Split('?')[1].Split('=')[0] : "";
        return $"{reader.Name}-{(path.Length == 0 ? "start" : string.Concat(path.Select(c => char.IsLetterOrDigit(c) ? c : '-')))}{query}";
    }

    private static async Task<IReadOnlyList<Reader>> ReadersAsync(RunningHub hub) =>
    [
        new("operator", [], await SessionAsync(hub, Roles.Operator, null)),
        new("member", [], await SessionAsync(hub, Roles.Member, "P001")),
        new("nobody", new() { ["X-Forwarded-For"] = "192.0.2.1" }), // brought by a proxy: not somebody at this machine
    ];

    private static async Task<string> SessionAsync(RunningHub hub, Roles role, string? participant)
    {
        using var client = await hub.SignedInAsync(role, participant);
        return client.DefaultRequestHeaders.GetValues("Cookie").Single()["session=".Length..];
    }

    /// <summary>Addresses that answer this reader with a page: all routes that may, tried out.</summary>
    private static async Task<IReadOnlyList<string>> PagesAsync(RunningHub hub, Reader reader)
    {
        using var client = hub.Client(null);
        foreach (var (name, value) in reader.Headers) client.DefaultRequestHeaders.Add(name, value);
        if (reader.Session is { } session) client.DefaultRequestHeaders.Add("Cookie", $"session={session}");
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        string statement = (await hub.GetAsync("/statements?participant=P001")).Json.GetProperty("items")[0].GetProperty("number").GetString()!;
        string invoice = (await hub.GetAsync("/invoices?participant=P001")).Json.GetProperty("items")[0].GetProperty("number").GetString()!;
        string alert = (await hub.GetAsync("/alerts")).Json.GetProperty("items")[0].GetProperty("id").GetString()!;
        string key = (await hub.Keys.ListAsync())[0].Id;
        (string Sign, string Value)[] things = [("{statement}", statement), ("{invoice}", invoice), ("{alert}", alert), ("{key}", key)];
        var pages = new List<string>();
        bool isRefused = false;
        var addresses = hub.Endpoints.Where(MayBePage).SelectMany(AddressesOf).Select(address => things.Aggregate(address, (text, thing) => text.Replace(thing.Sign, thing.Value, StringComparison.Ordinal)));
        foreach (string address in addresses.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            using var answer = await client.GetAsync(new Uri(address, UriKind.Relative));
            Assert.True((int)answer.StatusCode < 500, $"{reader.Name} {address}: {answer.StatusCode}");
            if ((int)answer.StatusCode is >= 300 and < 400 || answer.Content.Headers.ContentType?.MediaType != "text/html") continue;
            if (answer.StatusCode == HttpStatusCode.Forbidden && isRefused) continue; // one refusal looks like the other
            isRefused |= answer.StatusCode == HttpStatusCode.Forbidden;
            pages.Add(address);
        }

        return pages;
    }

    private static bool MayBePage(RouteEndpoint endpoint) =>
        !endpoint.IsOnSyncListener() && endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains("GET") != false
        && RouteOf(endpoint) is not ("/assets/{file}" or "/openapi/{documentName}.json")
        && (endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not null
            || endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().Any(type => type.ContentTypes.Contains("text/html"))
            || Samples.ContainsKey(RouteOf(endpoint)));

    private static string RouteOf(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.TrimStart('/');

    private static string[] AddressesOf(RouteEndpoint endpoint)
    {
        string route = RouteOf(endpoint);
        if (Samples.TryGetValue(route, out string[]? samples)) return samples;
        Assert.True(endpoint.RoutePattern.Parameters.Count == 0, $"The page {route} has no address in the table of samples: add one, or it is not looked at.");
        return [route];
    }

    private sealed record Reader(string Name, Dictionary<string, string> Headers, string? Session = null);
}
