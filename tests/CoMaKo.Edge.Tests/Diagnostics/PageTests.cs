using System.Net;
using CoMaKo.Testing;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>Every page in every state, both languages: what a browser without script gets.</summary>
public sealed class PageTests
{
    public static readonly FakeTimeProvider Noon = new(new DateTimeOffset(2026, 6, 5, 11, 42, 7, TimeSpan.Zero));

    private static readonly string[] Pages = ["/", "/meters", "/meters/grid-meter", "/battery", "/battery/table", "/battery/events", "/battery/decisions", "/battery/savings", "/sync", "/system", "/sign-in", "/first-boot"];

    public static TheoryData<string, string> ScenesAndLanguages
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string scene in Scenes.All.Keys)
                foreach (string language in (string[])["de", "en"]) data.Add(scene, language);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ScenesAndLanguages))]
    public async Task Page_InEveryState_IsCompleteLightAndLocal(string scene, string language)
    {
        await using var host = await PageHost.StartAsync(Scenes.All[scene], Noon);
        host.Capture();
        foreach (string page in Pages)
        {
            using var response = await host.GetAsync(page, language);
            string html = await response.Content.ReadAsStringAsync();
            if (scene == "empty" && page.EndsWith("grid-meter", StringComparison.Ordinal)) Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            else Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
            Assert.True(html.Length <= 25_000, $"{page} has {html.Length} bytes of HTML.");
            Assert.Equal("default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")));
            Assert.DoesNotContain(" style=", html, StringComparison.Ordinal);
            Assert.DoesNotContain("://", html.Replace("https://hub.example.org:8443", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }
}
