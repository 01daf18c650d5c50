using System.Diagnostics;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.Hub.Access;
using CoMaKo.Testing;
using Xunit.Abstractions;

namespace CoMaKo.CloudSync.Tests.Hub.Operators;

/// <summary>Closing a month from its page.</summary>
public sealed class MonthPageTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string May = $"/pages/months/{SampleCooperative.Group}/2026-05";
    private RunningHub hub = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    /// <summary>Must-show: from the work list to a closed month with two gaps filled, at most 60 s and 8 clicks.</summary>
    [RequiresFact(Peer.Chromium)]
    [Trait("Category", "Slow")]
    public async Task Operator_InABrowser_ClosesAMonthWithTwoGaps()
    {
        hub = await RunningHub.StartAsync(Engine.Sqlite);
        await SampleCooperative.FillAsync(hub);
        using var person = await hub.SignedInAsync(Roles.Operator, name: "Rosa");
        await using var browser = await Browser.StartAsync();
        var home = hub.Pages.BaseAddress!;
        await browser.SetCookieAsync("session", person.DefaultRequestHeaders.GetValues("Cookie").Single().Split('=')[1], home);
        await browser.SetCookieAsync("language", "en", home);
        await browser.ResizeAsync(1360, 844);
        int clicks = 0;
        var clock = Stopwatch.StartNew();

        await browser.OpenAsync(home.ToString());
        await ClickAsync("a[href=\"/pages/months/BK100001/2026-05#ZP002\"]", "document.getElementById('close')?.textContent.includes('75 open')");
        await ClickAsync("#ZP002 .fill", "document.getElementById('close')?.textContent.includes('72 open')");
        await ClickAsync("#ZP004 .fill", "document.getElementById('close')?.textContent === 'Close the month'");
        await ClickAsync("#reason", "document.activeElement.id === 'reason'");
        await browser.TypeAsync("Both gaps compared with the display.");
        await ClickAsync("#close", "document.querySelector('.sentence')?.textContent.startsWith('Closed')");

        output.WriteLine(FormattableString.Invariant($"{{\"name\":\"operator closes a month with two gaps\",\"value\":{clock.Elapsed.TotalSeconds:F1},\"unit\":\"s\",\"clicks\":{clicks}}}"));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.InRange(clicks, 1, 8);
        var run = (await hub.GetAsync($"/balance_groups/{SampleCooperative.Group}/runs/2026-05.1")).Json;
        Assert.Equal(("final", 0), (run.GetProperty("run").GetProperty("kind").GetString(), run.GetProperty("run").GetProperty("open_slots").GetInt32()));
        Assert.Equal("Both gaps compared with the display.", run.GetProperty("confirmation").GetProperty("reason").GetString());
        Assert.Equal("person:Rosa", run.GetProperty("confirmation").GetProperty("by").GetString());

        async Task ClickAsync(string selector, string until)
        {
            await browser.WaitForAsync($"document.querySelector('{selector}') !== null");
            await browser.ClickAsync(selector);
            clicks++;
            await browser.WaitForAsync(until);
        }
    }

    /// <summary>What the page shows is what the REST interface says.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Month_WithGaps_ShowsThemWithCauseAndWhatARuleWouldPutIn(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);
        var page = await PageAsync(May);

        Assert.Equal(["ZP002", "ZP004"], page.QuerySelectorAll(".runs li b a").Select(link => link.TextContent));
        Assert.Equal(["3 quarter hours", "72 quarter hours"], page.QuerySelectorAll(".runs li .quiet.nowrap").Select(count => count.TextContent));
        foreach (string point in (string[])["ZP002", "ZP004"])
        {
            var dry = (await hub.PostAsync($"/metering_points/{point}/substitutes?dry_run=true", """{"from":"2026-05-01","to":"2026-06-01"}""")).Json.GetProperty("items")[0];
            Assert.Contains($"together {dry.GetProperty("kwh").GetRawText()} kWh", page.QuerySelector($"#{point}")!.TextContent, StringComparison.Ordinal);
        }

        string sums = page.QuerySelector(".facts")!.TextContent;
        var report = (await hub.GetAsync($"/balance_groups/{SampleCooperative.Group}/report?from=2026-05-01&to=2026-06-01")).Json;
        Assert.Contains(report.GetProperty("total_consumed_kwh").GetDecimal().ToString("N3", System.Globalization.CultureInfo.GetCultureInfo("en-GB")), sums, StringComparison.Ordinal);
        Assert.Equal(["ZP004", "ZP002"], page.QuerySelectorAll(".month-points tbody tr").Take(2).Select(row => row.QuerySelector("a")!.TextContent)); // worst first
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Month_ClosedWithoutReasonOrTwiceOrTooEarly_SaysWhyNot(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);

        Assert.Equal((422, "CMH-2317."), await RefusalAsync(May + "/close", ("reason", " ")));
        Assert.Equal((409, "CMH-2316."), await RefusalAsync("/pages/months/BK100001/2026-04/close", ("reason", "again")));
        Assert.Equal((409, "CMH-2315."), await RefusalAsync("/pages/months/BK100001/2026-06/close", ("reason", "early")));
        Assert.Equal((409, "CMH-2341."), await RefusalAsync(May + "/fill", ("run", "ZP002.1.0")));
        Assert.Equal(404, (await SendAsync("/pages/months/BK9/2026-05/close", ("reason", "none"))).Status);
        Assert.Equal(415, (await hub.PostAsync(May + "/close", "{}")).Code);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Correction_ThatWaits_IsPublishedFromThePage(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);
        Assert.Contains("A correction waits", (await PageAsync("/pages/months/BK100001/2026-04")).QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);

        Assert.Equal((303, "/pages/months/BK100001/2026-04?done=published"), await SendAsync("/pages/months/BK100001/2026-04/publish"));

        Assert.True((await hub.GetAsync("/balance_groups/BK100001/runs/2026-04.2")).Json.GetProperty("run").TryGetProperty("published_at", out _));
        Assert.Contains("Closed and published", (await PageAsync("/pages/months/BK100001/2026-04")).QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
    }

    private async Task<(int Status, string? Location)> SendAsync(string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var answer = await hub.Pages.PostAsync(new Uri(path, UriKind.Relative), form);
        return ((int)answer.StatusCode, answer.Headers.Location?.OriginalString);
    }

    private async Task<(int Status, string Code)> RefusalAsync(string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var answer = await hub.Pages.PostAsync(new Uri(path, UriKind.Relative), form);
        return ((int)answer.StatusCode, new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync()).QuerySelector(".fault-box b")!.TextContent);
    }

    private async Task<IHtmlDocument> PageAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Language", "en");
        using var answer = await hub.Pages.SendAsync(request);
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
    }
}
