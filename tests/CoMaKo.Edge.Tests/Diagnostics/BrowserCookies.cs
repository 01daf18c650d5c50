using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Diagnostics;

internal static class BrowserCookies
{
    /// <summary>Becomes the browser of somebody who has signed in elsewhere.</summary>
    public static async Task TakeCookiesAsync(this Browser browser, Person person, Uri address)
    {
        await browser.ClearCookiesAsync();
        foreach (string name in (string[])["session", "visit", "device"])
            if (person.Cookie(name) is { } value) await browser.SetCookieAsync(name, value, address);
    }
}
