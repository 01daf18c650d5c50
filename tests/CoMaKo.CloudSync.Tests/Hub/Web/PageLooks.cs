using CoMaKo.Testing;

namespace CoMaKo.CloudSync.Tests.Hub.Web;

/// <summary>Who reads the pages.</summary>
/// <param name="Session">Cookie of the session; absent: nobody is signed in.</param>
internal sealed record PageReader(string Name, string? Session = null)
{
    /// <summary>Absent: all pages that they may see.</summary>
    public string[]? Only { get; init; }

    /// <summary>Everybody comes through a proxy: somebody at this machine may read without a sign-in.</summary>
    public static readonly IReadOnlyDictionary<string, string> Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["X-Forwarded-For"] = "192.0.2.1" };
}

/// <summary>A page to look at.</summary>
/// <param name="Act">Script that fills in a form of it and sends it: what is looked at is the answer.</param>
/// <param name="Name">In names of pictures; absent: after the address.</param>
internal sealed record PageToSee(string Address, string? Act = null, string? Name = null);

/// <summary>
/// Looks at pages in a real browser: the rules of axe-core and the page's width in each language, width and theme. With <c>COMAKO_SCREENSHOTS</c> set to a
/// folder they are photographed there: two looks of each page, and all eight of them with <c>COMAKO_FULL=1</c>; <c>looks.tsv</c> names the address and the heading of each.
/// </summary>
internal sealed class PageLooks : IAsyncDisposable
{
    private const int Height = 844;
    private const int TallestPicture = 2400;

    private const string Violations = """
        axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations.map(rule =>
          rule.id + ': ' + rule.nodes.map(node => node.html.slice(0, 160) + ' ' + (node.any[0]?.message ?? node.all[0]?.message ?? '')).slice(0, 3).join(' | ')))
        """;

    private const string Widest = "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + '.' + (e.className.baseVal ?? e.className)).slice(0, 6).join(' ')";

    /// <summary>Numbers with decimals in lists of the phone, where the head is out of sight, that say no unit themselves.</summary>
    private const string WithoutUnit = """
        [...document.querySelectorAll('main .list:not(.slots) td.right')].filter(cell => cell.offsetParent && /^[\s\u2212-]*[\d.,]*[.,]\d+\s*$/.test(cell.textContent) && !/kWh|EUR|ct|%|kW|°/.test((cell.dataset.head ?? '') + (cell.dataset.unit ?? '')))
          .map(cell => (cell.dataset.head ?? '') + ' ' + cell.textContent.trim()).slice(0, 6).join(' | ')
        """;

    private const int Narrowest = 320;

    /// <summary>What addresses have and names of files do without.</summary>
    private static readonly char[] NoName = ['/', '.', '~', ':', '_', '-'];

    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("COMAKO_SCREENSHOTS");
    private static readonly bool IsFull = Environment.GetEnvironmentVariable("COMAKO_FULL") == "1";

    private readonly Browser browser;
    private readonly Uri hub;
    private readonly (string Language, int[] Widths)[] looks;
    private readonly List<string> broken = [];
    private bool isGermanDark;

    private PageLooks(Browser browser, Uri hub, bool isShort)
    {
        looks = IsFull ? [("de", [1360, 390]), ("en", [1360, 390])] : isShort ? [("en", [390])] : [("de", [1360]), ("en", [390])];
        this.browser = browser;
        this.hub = hub;
    }

    /// <summary>How many looks there were.</summary>
    public int Count { get; private set; }

    /// <summary>By default each page in German on a screen and in English on a phone, one of them light and the other dark, by turns; all of them with <c>COMAKO_FULL=1</c>.</summary>
    /// <param name="isShort">By default English on the phone alone.</param>
    public static async Task<PageLooks> StartAsync(RunningHub hub, bool isShort)
    {
        var started = await Browser.StartAsync();
        await started.SendAsync("Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-reduced-motion", value = "reduce" } } });
        await started.SendAsync("Page.addScriptToEvaluateOnNewDocument", new { source = await File.ReadAllTextAsync(Repository.At("node_modules", "axe-core", "axe.min.js")) });
        return new PageLooks(started, hub.Pages.BaseAddress!, isShort);
    }

    /// <summary>From now on somebody else reads.</summary>
    public async Task EnterAsync(PageReader reader)
    {
        await browser.ClearCookiesAsync();
        if (reader.Session is { } session) await browser.SetCookieAsync("session", session, hub);
        await browser.SendAsync("Network.setExtraHTTPHeaders", new { headers = PageReader.Headers });
    }

    /// <summary>Each language is loaded once; width and theme change in place, as the browser itself changes them.</summary>
    public async Task SeeAsync(PageReader reader, PageToSee page)
    {
        var address = new Uri(hub, page.Address);
        isGermanDark = !isGermanDark;
        foreach (var (language, widths) in looks)
        {
            await browser.SetCookieAsync("language", language, address);
            await browser.OpenAsync(address.ToString());
            if (page.Act is { } act)
            {
                await browser.EvaluateAsync($"window.isBefore = true; {{ {act}; }} document.querySelector('main form:has(:focus), main form[data-act]').requestSubmit()");
                await browser.WaitForAsync("window.isBefore === undefined && document.readyState === 'complete'");
            }

            await browser.ResizeAsync(Narrowest, Height);
            if ((await browser.EvaluateAsync("document.documentElement.scrollWidth"))!.GetValue<int>() is var narrow && narrow > Narrowest) broken.Add($"{reader.Name} {address.PathAndQuery} {language}: {narrow} px wide at {Narrowest}: {await browser.EvaluateAsync(Widest)}");
            foreach (int width in widths)
            {
                await browser.ResizeAsync(width, Height);
                string[] themes = IsFull ? ["light", "dark"] : [language == "de" == isGermanDark ? "dark" : "light"];
                foreach (string theme in themes) await LookAsync($"{reader.Name}-{page.Name ?? NameOf(page.Address)}-{language}-{theme}-{width}", theme, width, page.Address);
            }
        }
    }

    /// <summary>What is not in order, one line each: violations, pages too wide, errors of script and of loading.</summary>
    public IReadOnlyList<string> Broken() =>
    [
        .. broken, .. browser.Events("Runtime.exceptionThrown").Select(thrown => thrown.ToJsonString()),
        .. browser.Events("Log.entryAdded").Select(entry => entry["entry"]!).Where(entry => entry["level"]!.GetValue<string>() == "error" && !entry["text"]!.GetValue<string>().Contains("status of 4", StringComparison.Ordinal)).Select(entry => entry.ToJsonString()),
    ];

    public ValueTask DisposeAsync() => browser.DisposeAsync();

    private async Task LookAsync(string look, string theme, int width, string address)
    {
        await browser.EvaluateAsync($"document.documentElement.dataset.theme = '{theme}'");
        int scroll = (await browser.EvaluateAsync("document.documentElement.scrollWidth"))!.GetValue<int>();
        if (scroll > width) broken.Add($"{look}: {scroll} px wide: {await browser.EvaluateAsync(Widest)}");
        if (width < 720 && (await browser.EvaluateAsync(WithoutUnit))!.GetValue<string>() is { Length: > 0 } bare) broken.Add($"{look}: no unit: {bare}");
        broken.AddRange((await browser.EvaluateAsync(Violations))!.AsArray().Select(rule => $"{look}: {rule}"));
        Count++;
        if (Screenshots is null) return;
        int height = Math.Min((await browser.EvaluateAsync("document.documentElement.scrollHeight"))!.GetValue<int>(), TallestPicture);
        await browser.ResizeAsync(width, Math.Max(height, Height)); // a bar that is fixed to the lower edge stands below the page, not on it
        await File.WriteAllBytesAsync(Path.Combine(Screenshots, look + ".png"), await browser.PhotographAsync(width, TallestPicture));
        string heading = (await browser.EvaluateAsync("document.querySelector('h1').textContent.trim()"))!.GetValue<string>();
        await File.AppendAllTextAsync(Path.Combine(Screenshots, "looks.tsv"), $"{look}\t{address}\t{heading}\n");
        await browser.ResizeAsync(width, Height);
    }

    /// <summary>The path, without what differs from run to run, and the name of the first query.</summary>
    private static string NameOf(string address)
    {
        string path = address.Replace("/pages/", "/", StringComparison.Ordinal).Split('?')[0].Trim('/');
        string query = address.Contains('?', StringComparison.Ordinal) ? "-" + address.Split('?')[1].Split('=')[0] : "";
        return (path.Length == 0 ? "start" : string.Join('-', path.Split(NoName, StringSplitOptions.RemoveEmptyEntries))) + query;
    }
}
