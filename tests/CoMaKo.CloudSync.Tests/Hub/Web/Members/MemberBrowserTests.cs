using System.Diagnostics;
using System.Net;
using CoMaKo.Testing;
using Xunit.Abstractions;

namespace CoMaKo.CloudSync.Tests.Hub.Web.Members;

/// <summary>A member in a real browser, on a phone.</summary>
public sealed class MemberBrowserTests(ITestOutputHelper output)
{
    private const string Password = "four green kettles";
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("COMAKO_SCREENSHOTS");

    /// <summary>Must-show: signs in, enters a reading, finds last month's amount and its explanation, at most 60 s and 8 clicks.</summary>
    [RequiresFact(Peer.Chromium)]
    [Trait("Category", "Slow")]
    public async Task Member_EntersAReading_AndFindsLastMonthsAmountWithItsExplanation()
    {
        await using var scene = await MemberScene.StartAsync(Engine.Sqlite);
        Assert.Equal(201, (await scene.Hub.PostAsync("/readings", """{"metering_point":"ZP001","timestamp":"2026-05-01T00:00:00+02:00","register_kwh":12345.6}""")).Code);
        string code = (await scene.Hub.PostAsync("/people/invitations", """{"name":"anna","role":"member","participant":"anna"}""")).Json.GetProperty("code").GetString()!;
        using (var redeemed = await MemberScene.PostAsync(scene.Hub.Client(null), "/pages/invitation", ("code", code), ("password", Password))) Assert.Equal(HttpStatusCode.SeeOther, redeemed.StatusCode);
        await using var browser = await Browser.StartAsync();
        await browser.SendAsync("Network.setExtraHTTPHeaders", new { headers = new Dictionary<string, string> { ["Accept-Language"] = "en" } });
        await browser.ResizeAsync(390, 844);
        int clicks = 0;
        var clock = Stopwatch.StartNew();

        await browser.OpenAsync(new Uri(scene.Hub.Pages.BaseAddress!, "/pages/sign_in").ToString());
        await ClickAsync("#name", "document.activeElement.id === 'name'");
        await browser.TypeAsync("anna");
        await ClickAsync("#password", "document.activeElement.id === 'password'");
        await browser.TypeAsync(Password);
        await ClickAsync("form[action=\"/pages/sign_in\"] button.primary", "location.pathname === '/pages/my'");
        await ClickAsync("nav a[href=\"/pages/my/readings\"]", "document.getElementById('value') !== null");
        await ClickAsync("#value", "document.activeElement.id === 'value'");
        await browser.TypeAsync("12400,5");
        await ClickAsync(".reading-form button.primary", "document.querySelector('.ok-box')?.textContent.includes('Accepted: 12,400.500') === true");
        await ClickAsync("nav a[href=\"/pages/my\"]", "document.querySelector('.last-month .amount') !== null");
        string amount = (await browser.EvaluateAsync("document.querySelector('.last-month .amount b').textContent"))!.GetValue<string>().Replace('\u00A0', ' ');
        await ClickAsync(".last-month .primary", "document.querySelector('#why') !== null");
        string explained = MemberScene.Plain((await browser.EvaluateAsync("document.querySelector('#why').textContent"))!.GetValue<string>());

        output.WriteLine(FormattableString.Invariant($"{{\"name\":\"member enters a reading and finds last month's amount\",\"value\":{clock.Elapsed.TotalSeconds:F1},\"unit\":\"s\",\"clicks\":{clicks}}}"));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.InRange(clicks, 1, 8);
        decimal owed = (await scene.Hub.GetAsync($"/balance_groups/{MemberScene.Group}/report?run=2026-05.1")).Json.GetProperty("settlement").GetProperty("ZP001").GetProperty("cost_eur").GetDecimal();
        Assert.Equal(FormattableString.Invariant($"{owed:N2} EUR"), amount);
        Assert.Contains("kWh at 10 ct", explained, StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"You owe {owed:N2} EUR"), explained, StringComparison.Ordinal);

        async Task ClickAsync(string selector, string until)
        {
            await browser.WaitForAsync($"document.readyState === 'complete' && document.querySelector('{selector}') !== null"); // before its style is there, a bar is elsewhere
            await browser.ClickAsync(selector);
            clicks++;
            await browser.WaitForAsync(until);
        }
    }

    /// <summary>A bar is chosen by arrow keys and by pointer; its figures are those of the table. First load stays light.</summary>
    [RequiresFact(Peer.Chromium)]
    [Trait("Category", "Slow")]
    public async Task Chart_IsReadByKeysAndPointer_AndThePageIsLight()
    {
        await using var scene = await MemberScene.StartAsync(Engine.Sqlite);
        string key = (await scene.AsAsync("clara")).DefaultRequestHeaders.GetValues(CoMaKo.Hub.Access.Gate.Header).Single();
        await using var browser = await Browser.StartAsync();
        await browser.SendAsync("Network.setExtraHTTPHeaders", new { headers = new Dictionary<string, string> { [CoMaKo.Hub.Access.Gate.Header] = key, ["Accept-Language"] = "en" } });
        await browser.ResizeAsync(1280, 900);
        await browser.OpenAsync(new Uri(scene.Hub.Pages.BaseAddress!, "/pages/my/day/2026-05-14").ToString());
        await browser.WaitForAsync("document.querySelector('cm-bars').getAttribute('role') === 'slider'");
        await browser.EvaluateAsync("document.querySelector('cm-bars').focus()");
        for (int i = 0; i < 3; i++) await browser.KeyAsync("ArrowRight");

        await browser.WaitForAsync("document.getElementById('slot').textContent.startsWith('00:30–00:45')");
        Assert.True((bool?)await browser.EvaluateAsync("[...document.querySelectorAll('#bars-table tbody tr')[2].cells].slice(1).every(cell => document.getElementById('slot').textContent.includes(cell.textContent.trim()))"));
        await browser.ClickAsync(".lane-area");
        await browser.WaitForAsync("/^1[12]:/.test(document.getElementById('slot').textContent)");
        double bytes = browser.Events("Network.loadingFinished").Sum(finished => finished["encodedDataLength"]!.GetValue<double>());
        output.WriteLine(FormattableString.Invariant($"{{\"name\":\"member's day first load\",\"value\":{bytes / 1000:F1},\"unit\":\"kB\"}}"));
        Assert.InRange(bytes, 1_000, 150_000);
        if (Screenshots is not null) await PhotographAsync(scene, browser);
    }

    private static async Task PhotographAsync(MemberScene scene, Browser browser)
    {
        foreach (string participant in (string[])["anna", "clara", "dora"])
        {
            string key = (await scene.AsAsync(participant)).DefaultRequestHeaders.GetValues(CoMaKo.Hub.Access.Gate.Header).Single();
            await browser.SendAsync("Network.setExtraHTTPHeaders", new { headers = new Dictionary<string, string> { [CoMaKo.Hub.Access.Gate.Header] = key } });
            foreach (string page in (string[])["", "/day/2026-05-14", "/day/2026-06-01", "/month/2026-05", "/year/2026", "/readings", "/readings/upload", "/disputes?day=2026-05-14", "/data"])
            {
                foreach (var (language, theme, width) in ((string, string, int)[])[("de", "light", 360), ("en", "dark", 360), ("de", "light", 1280)])
                {
                    var address = new Uri(scene.Hub.Pages.BaseAddress!, "/pages/my" + page);
                    await browser.SetCookieAsync("language", language, address);
                    await browser.SetCookieAsync("theme", theme, address);
                    await browser.OpenAsync(address.ToString());
                    string name = string.Concat(page.Select(c => char.IsLetterOrDigit(c) ? c : '-')) is { Length: > 0 } path ? path : "-overview";
                    await browser.ResizeAsync(width, 844);
                    await File.WriteAllBytesAsync(Path.Combine(Screenshots!, $"member-{participant}{name}-{width}-{theme}.png"), await browser.PhotographAsync(width, 1600));
                }
            }
        }
    }
}
