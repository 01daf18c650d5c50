using CoMaKo.Edge.Diagnostics;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Sign-in, write test and chart in a real browser.</summary>
public sealed class ControlBrowserTests
{
    private static readonly TimeSpan Held = TimeSpan.FromMilliseconds(1300);

    /// <summary>The write test's promise: it ends within 5 s when the browser dies.</summary>
    [RequiresFact(Peer.Chromium)]
    public async Task WriteTest_AfterSigningIn_RunsWhileThePageLives_AndRevertsWhenTheBrowserIsKilled()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        using var known = await Person.OfAsync(host, Role.Installer); // makes the account
        await using (var browser = await Browser.StartAsync())
        {
            await browser.OpenAsync(Address(host, "/battery/test"));
            await browser.WaitForAsync("location.pathname === '/sign-in'");
            await browser.EvaluateAsync($"document.getElementById('name').value = 'installer'; document.getElementById('password').value = '{Person.Password}'; document.querySelector('main form').requestSubmit()");
            await browser.WaitForAsync("location.pathname === '/battery/test' && !!document.querySelector('cm-hold button')");
            await browser.PressAsync("cm-hold button", Held);
            await browser.WaitForAsync("!!document.querySelector('.test-run .countdown') && document.getElementById('offer').hidden");
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
            Assert.Equal(WriteTestPhase.Running, host.Building.Control.Test.Phase); // heartbeats came all the time
            Assert.Equal("start battery 500 W installer", host.Building.Control.Calls.Single());
        }

        await Browser.WaitAsync(() => host.Building.Control.RevertedAfter is not null, "The test went on without its page.");
        Assert.InRange(host.Building.Control.RevertedAfter!.Value.TotalSeconds, 3, 5);
        Assert.Contains(host.Building.Audit.Entries, entry => entry is { Event: "write-test-started", Account: "installer" });
    }

    [RequiresFact(Peer.Chromium)]
    public async Task WriteTest_WhenThePageIsLeft_IsStoppedAtOnce()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        await using var browser = await BrowserOfAsync(host, "/battery/test?test=charge");
        await browser.PressAsync("cm-hold button", Held);
        await browser.WaitForAsync("!!document.querySelector('.stop-button')");
        await browser.OpenAsync(Address(host, "/"));
        await Browser.WaitAsync(() => host.Building.Control.Calls.Contains("stop 17"), "Leaving the page did not stop the test.");
        Assert.Equal(WriteTestPhase.Stopped, host.Building.Control.Test.Phase);
        Assert.Equal("start battery -500 W installer", host.Building.Control.Calls.First());
    }

    [RequiresFact(Peer.Chromium)]
    public async Task StartButton_ReleasedTooSoon_DoesNothing_AndByKeyboardAsksTwice()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        await using var browser = await BrowserOfAsync(host, "/battery/test");
        await browser.PressAsync("cm-hold button", TimeSpan.FromMilliseconds(500));
        await browser.EvaluateAsync("document.querySelector('cm-hold button').focus()");
        await browser.KeyAsync("Enter");
        await browser.WaitForAsync("document.querySelector('cm-hold').classList.contains('sure')");
        await Task.Delay(TimeSpan.FromMilliseconds(700), TimeProvider.System);
        Assert.Empty(host.Building.Control.Calls);
        await browser.KeyAsync("Enter");
        await browser.WaitForAsync("!!document.querySelector('.stop-button')");
        await browser.EvaluateAsync("document.querySelector('.stop-button').click()");
        await Browser.WaitAsync(() => host.Building.Control.Calls.Contains("stop 17"), "Stop did nothing.");
    }

    [RequiresFact(Peer.Chromium)]
    public async Task WriteTest_ThatTheBoxRefuses_SaysWhy_AndCanBeTriedAgain()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        host.Building.Control.Refuses = new CodedText("CME-2098", "The grid meter is silent. Check its power and its cable.");
        await using var browser = await BrowserOfAsync(host, "/battery/test");
        await browser.PressAsync("cm-hold button", Held);
        await browser.WaitForAsync("document.querySelector('.test-problem').textContent.includes('CME-2098') && !document.querySelector('cm-hold button').disabled");
    }

    [RequiresFact(Peer.Chromium)]
    public async Task Chart_ByArrowKeysAndPointer_ChoosesAQuarterHour_AndTheBoxFollows()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        await using var browser = await BrowserOfAsync(host, "/battery");
        await browser.WaitForAsync("document.querySelector('.slot-head b').textContent === '13:30–13:45'");
        await browser.EvaluateAsync("document.querySelector('cm-chart').focus()");
        await browser.KeyAsync("ArrowRight");
        await browser.WaitForAsync("document.querySelector('.slot-head b').textContent === '13:45–14:00'");
        Assert.True((bool?)await browser.EvaluateAsync("document.activeElement === document.querySelector('cm-chart') && document.querySelector('cm-chart').getAttribute('aria-valuetext').startsWith('13:45–14:00')"));
        await browser.PressAsync("cm-chart svg", TimeSpan.FromMilliseconds(30)); // its middle: between slots 71 and 72 of 144
        await browser.WaitForAsync("/^(17:45|18:00)–/.test(document.querySelector('.slot-head b').textContent)");
        long slot = long.Parse((string)(await browser.EvaluateAsync("new URL(location.href).searchParams.get('slot')"))!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(slot, 1780674300, 1780675200);
        await browser.EvaluateAsync("document.querySelector('.slot-head a').click()");
        await browser.WaitForAsync($"location.search === '?slot={slot - 900}' && document.querySelector('cm-chart').getAttribute('aria-valuetext').startsWith(document.querySelector('.slot-head b').textContent)");
        Assert.True((bool?)await browser.EvaluateAsync("document.getElementById('lost').hidden"));
    }

    private static async Task<Browser> BrowserOfAsync(PageHost host, string page)
    {
        using var person = await Person.OfAsync(host, Role.Installer);
        var browser = await Browser.StartAsync();
        await browser.TakeCookiesAsync(person, host.Client.BaseAddress!);
        await browser.SendAsync("Network.setCookie", new { name = "language", value = "en", url = host.Client.BaseAddress!.ToString() });
        await browser.OpenAsync(Address(host, page));
        return browser;
    }

    private static string Address(PageHost host, string page) => new Uri(host.Client.BaseAddress!, page).ToString();
}
