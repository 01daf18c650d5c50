using System.Net;
using System.Text.Json;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.CloudSync.Tests.Hub.Web;
using CoMaKo.Hub.Web.Operators;
using CoMaKo.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.CloudSync.Tests.Hub.Operators;

/// <summary>The operator's lists: the same rows on the page, in the file and behind the filters; forms by the rules of the REST interface.</summary>
public sealed class ListPageTests : IAsyncLifetime
{
    private RunningHub hub = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    /// <summary>Every registered list: what the page shows is what the file holds, row by row.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Lists_OnPageAndInFile_HaveTheSameRows(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);
        foreach (var list in hub.Services.GetServices<TableSource>())
        {
            var page = await PageAsync(list.Address);
            string[] file = (await hub.GetAsync(list.Address + ".csv?language=en")).Text.TrimEnd('\n').Split('\n');

            Assert.Equal(string.Join(',', list.Columns.Select(column => column.Name)), file[0]);
            var rows = page.QuerySelectorAll("tbody tr");
            Assert.NotEmpty(rows);
            Assert.Equal(rows.Length, file.Length - 1);
            Assert.All(rows.Zip(file.Skip(1)), pair => Assert.StartsWith(pair.First.QuerySelector("td")!.TextContent.Trim(), pair.Second.Trim('"'), StringComparison.Ordinal));
        }
    }

    /// <summary>250 points in three pages: each once, in order.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Points_OverSeveralPages_ComeOnceEachAndFiltered(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Equal(200, (await hub.PostAsync("/metering_points", "id,participant,direction\n" + string.Concat(Enumerable.Range(0, 250).Select(i => $"Z{i:000},P{i % 10},consumption\n")), "text/csv")).Code);
        var seen = new List<string>();
        for (string? path = "/pages/points"; path is not null;)
        {
            var page = await PageAsync(path);
            seen.AddRange(page.QuerySelectorAll("tbody tr td:first-child").Select(cell => cell.TextContent));
            path = page.QuerySelector(".pager a")?.GetAttribute("href");
        }

        Assert.Equal(Enumerable.Range(0, 250).Select(i => $"Z{i:000}"), seen);
        Assert.Equal(25, (await PageAsync("/pages/points?participant=P3")).QuerySelectorAll("tbody tr").Length);
        Assert.Equal(["Z077"], (await PageAsync("/pages/points?search=z077")).QuerySelectorAll("tbody tr td:first-child").Select(cell => cell.TextContent));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Point_IsMadeAndChangedByTheRulesOfTheRestInterface(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);

        var made = await SendAsync("/pages/points", ("id", "ZP1"), ("participant", "Anna"), ("direction", "consumption"), ("metering", "measured"), ("annual_kwh", "3500,5"), ("latitude", ""), ("fuse_amperes", "63"));
        Assert.Equal((303, "/pages/points/ZP1?done=stored"), (made.Status, made.Location));
        Assert.Equal("""{"id":"ZP1","participant":"Anna","direction":"consumption","metering":"measured","annual_kwh":3500.500,"fuse_amperes":63}""", (await hub.GetAsync("/metering_points/ZP1")).Text);
        var wrong = await SendAsync("/pages/points", ("known", "ZP1"), ("revision", "1"), ("participant", "Anna"), ("direction", "consumption"), ("market_location", "12345678901"), ("fuse_amperes", "many"));
        Assert.Equal((422, "market_location CMH-1653, fuse_amperes CMH-1605"), (wrong.Status, wrong.Findings));
        Assert.Equal((412, ""), Brief(await SendAsync("/pages/points", ("known", "ZP1"), ("revision", "7"), ("participant", "Berta"), ("direction", "consumption"))));
        Assert.Equal((412, ""), Brief(await SendAsync("/pages/points", ("id", "ZP1"), ("participant", "Berta"), ("direction", "consumption")))); // there already
        Assert.Equal(303, (await SendAsync("/pages/points/ZP1/reading", ("timestamp", "2026-06-01T08:30"), ("register_kwh", "120,4"))).Status);
        Assert.Equal((422, "timestamp CMH-3110"), Brief(await SendAsync("/pages/points/ZP1/reading", ("timestamp", "2026-06-01T18:30"), ("register_kwh", "121"))));
        Assert.Contains("2026-06-01T06:30:00Z", (await hub.GetAsync("/readings/ZP1")).Text, StringComparison.Ordinal); // Berlin time
    }

    /// <summary>501 points are more than anybody types: the page has no field for them, and what it sends changes the price and not the members.</summary>
    [Theory, OnSqlite]
    public async Task LargeGroup_SentFromItsPage_KeepsItsPoints(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        string[] points = [.. Enumerable.Range(0, 501).Select(i => $"Z{i:000}")];
        Assert.Equal(200, (await hub.PostAsync("/metering_points", "id,participant,direction\n" + string.Concat(points.Select(point => $"{point},P,consumption\n")), "text/csv")).Code);
        var keys = points.Select((point, i) => (point, Share: i == 0 ? 500_000 : 1_000)).ToDictionary(each => each.point, each => each.Share);
        string body = JsonSerializer.Serialize(new { name = "G", allocation = "static", price_ct_per_kwh = 10, metering_points = points, keys });
        Assert.Equal(201, (await hub.PutAsync("/balance_groups/BK1", body)).Code);
        var before = (await hub.GetAsync("/balance_groups/BK1")).Json;

        var form = (await PageAsync("/pages/balance_groups/BK1")).QuerySelectorAll("form").Single(each => each.GetAttribute("action") == "/pages/balance_groups");
        Assert.Empty(form.QuerySelectorAll("textarea"));
        var fields = form.QuerySelectorAll("input[name],select[name]").Select(field => (Name: field.GetAttribute("name")!, Value: field.LocalName == "select" ? field.QuerySelector("option[selected]")!.GetAttribute("value")! : field.GetAttribute("value") ?? "")).ToList();
        Assert.Equal(422, (await SendAsync("/pages/balance_groups", [.. fields.Select(field => field.Name == "price_ct_per_kwh" ? (field.Name, "ten") : field)])).Status);
        Assert.Equal(303, (await SendAsync("/pages/balance_groups", [.. fields.Select(field => field.Name == "price_ct_per_kwh" ? (field.Name, "12") : field)])).Status);

        var after = (await hub.GetAsync("/balance_groups/BK1")).Json;
        Assert.Equal(12m, after.GetProperty("price_ct_per_kwh").GetDecimal());
        foreach (string name in (string[])["metering_points", "keys", "allocation"]) Assert.Equal(before.GetProperty(name).GetRawText(), after.GetProperty(name).GetRawText());
    }

    [Theory, OnSqlite]
    public async Task Key_IsShownOnceRotatedAndRevoked(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Equal((422, "scopes CMH-1511"), Brief(await SendAsync("/pages/keys", ("name", "Billing"), ("role", "partner"), ("days", "30"))));

        var made = await SendAsync("/pages/keys", ("name", "Billing"), ("role", "partner"), ("scopes", "market:read"), ("days", "30"));
        string first = made.Page.QuerySelector("#secret")!.TextContent.Trim(), id = first.Split('_')[2];
        Assert.Equal(HttpStatusCode.OK, await ReadAsync(first));
        Assert.DoesNotContain(first, (await hub.GetAsync($"/pages/keys/{id}")).Text, StringComparison.Ordinal);
        string second = (await SendAsync($"/pages/keys/{id}/rotate")).Page.QuerySelector("#secret")!.TextContent.Trim();
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await ReadAsync(first), await ReadAsync(second)));
        Assert.Equal(303, (await SendAsync($"/pages/keys/{second.Split('_')[2]}/revoke")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, await ReadAsync(second));

        async Task<HttpStatusCode> ReadAsync(string key)
        {
            using var client = hub.Client(key);
            using var answer = await client.GetAsync(new Uri("/participants", UriKind.Relative));
            return answer.StatusCode;
        }
    }

    private static (int Status, string Findings) Brief((int Status, string? Location, string Findings, IHtmlDocument Page) answer) => (answer.Status, answer.Findings);

    private async Task<(int Status, string? Location, string Findings, IHtmlDocument Page)> SendAsync(string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        using var answer = await hub.Pages.PostAsync(new Uri(path, UriKind.Relative), form);
        var page = new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
        return ((int)answer.StatusCode, answer.Headers.Location?.OriginalString, FormProblem.Of(page), page);
    }

    private async Task<IHtmlDocument> PageAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept-Language", "en");
        using var answer = await hub.Pages.SendAsync(request);
        return new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync());
    }
}
