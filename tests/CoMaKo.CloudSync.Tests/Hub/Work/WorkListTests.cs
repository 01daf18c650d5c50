using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using CoMaKo.Hub.Work;
using CoMaKo.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace CoMaKo.CloudSync.Tests.Hub.Work;

/// <summary>What the operator is told to do, and that each thing leads to where it is done.</summary>
public sealed class WorkListTests : IAsyncLifetime
{
    private RunningHub hub = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await (hub?.DisposeAsync() ?? ValueTask.CompletedTask);

    [Theory, OnSqlite, OnPostgres]
    public async Task List_OfASmallCooperative_NamesEveryCauseOnceFaultsFirst(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);

        Assert.Equal(
            [
                "fault gateway.silent:gw-0233 1", "attention month.gap:BK100001/2026-05/ZP002 3", "attention month.gap:BK100001/2026-05/ZP004 72",
                "attention anomaly.error:ZP003 1", "attention conflict:0a01495341000000233a~1-0.1.8.0 1", "decision anomaly.warning:ZP001 1", "decision parked:gw-0233 1",
            ], await ListAsync());
        Assert.All(Items((await hub.GetAsync("/work")).Text), item => Assert.StartsWith("/pages/", item.GetProperty("address").GetString(), StringComparison.Ordinal));
    }

    /// <summary>On the eighth working day a month that still has gaps becomes a fault; it goes as soon as they are filled.</summary>
    [Theory, OnSqlite, OnPostgres]
    public async Task Month_WhenItsDayHasCome_IsAFaultUntilItsGapsAreFilled(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        await SampleCooperative.FillAsync(hub);
        hub.Clock.StepWallClock(TimeSpan.FromDays(13)); // 14 June; the eighth working day was the 11th

        Assert.Contains("fault month.due:BK100001/2026-05 75", await ListAsync());
        foreach (string point in (string[])["ZP002", "ZP004"])
            Assert.Equal(200, (await hub.PostAsync($"/metering_points/{point}/substitutes", """{"from":"2026-05-01","to":"2026-06-01"}""")).Code);

        Assert.DoesNotContain(await ListAsync(), item => item.Contains("month.", StringComparison.Ordinal));
    }

    [Theory, OnSqlite]
    [Row("en", "3 things", "Fault"), Row("de", "3 Sachen", "Störung")]
    public async Task Page_SaysFirstWhatIsWorst_InTheReadersLanguage(Engine engine, string language, string count, string word)
    {
        hub = await RunningHub.StartAsync(engine);
        hub.Pages.DefaultRequestHeaders.Add("Accept-Language", language);
        using (var database = CoMaKo.Hub.HubSchema.Open(hub.Place.Address))
        {
            await database.WriteAsync(async tx =>
            {
                await tx.ExecuteAsync("INSERT INTO web_job (kind, payload, state, error, due_us) VALUES ('mail', '', 2, 'no route', 1780000000000000), ('mail', '', 2, 'no route', 1780000000000000), ('print', '', 2, 'x', 1780000000000000)");
                await tx.ExecuteAsync("INSERT INTO ing_gateway (name, first_contact_us, last_contact_us) VALUES ('gw-7', 0, 0)");
            });
        }

        var page = await PageAsync("/pages/work");

        Assert.StartsWith(count, page.QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("gw-7", page.QuerySelector(".sentence")!.TextContent, StringComparison.Ordinal);
        Assert.Equal([word, word, word], page.QuerySelectorAll("tbody .state").Select(state => state.TextContent.Trim()));
        Assert.Equal("3", page.QuerySelector(".entry[href='/pages/work'] .ring [aria-hidden]")!.TextContent);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Page_OfAHubInOrder_SaysSo(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        Assert.Empty(await ListAsync());
        var page = await PageAsync("/pages/work");
        Assert.Empty(page.QuerySelectorAll("table, .ring"));
    }

    /// <summary>A kind of work without its texts would fail only when it happens.</summary>
    [Theory, OnSqlite]
    public async Task Kinds_OfAllSources_HaveTheirTexts(Engine engine)
    {
        hub = await RunningHub.StartAsync(engine);
        var kinds = hub.Services.GetServices<IWorkSource>().SelectMany(source => source.Kinds).ToList();

        Assert.Distinct(kinds);
        Assert.True(kinds.Count >= 12);
        foreach (string language in CoMaKo.Hub.Web.Texts.Wording.Languages)
        {
            var say = new CoMaKo.Hub.Web.Texts.Wording(language);
            Assert.All(kinds, kind => Assert.All((string[])["one", "other", "next"], form => Assert.NotEmpty(say[$"work.{kind}.{form}"])));
        }
    }

    private async Task<IReadOnlyList<string>> ListAsync() => [.. Items((await hub.GetAsync("/work")).Text).Select(item =>
        $"{item.GetProperty("rank").GetString()} {item.GetProperty("kind").GetString()}:{item.GetProperty("subject").GetString()} {item.GetProperty("count").GetInt64()}")];

    private static IEnumerable<System.Text.Json.JsonElement> Items(string json) => System.Text.Json.JsonDocument.Parse(json).RootElement.GetProperty("items").EnumerateArray();

    private async Task<IHtmlDocument> PageAsync(string path) => new HtmlParser().ParseDocument((await hub.GetAsync(path)).Text);
}
