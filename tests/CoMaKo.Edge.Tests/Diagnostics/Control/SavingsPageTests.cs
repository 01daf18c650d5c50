using AngleSharp.Dom;
using CoMaKo.Edge.Diagnostics;
using CoMaKo.Quantities;

namespace CoMaKo.Edge.Tests.Diagnostics;

/// <summary>What the pages say about money saved and forecasts.</summary>
public sealed class SavingsPageTests
{
    [Theory]
    [InlineData("en", "118.42\u00A0EUR saved since Sun 22 Mar 2026 (72 days compared).", "9.65\u00A0EUR of it by planning ahead, against plain self-consumption.")]
    [InlineData("de", "118,42\u00A0EUR gespart seit So 22. März 2026 (72 Tage verglichen).", "9,65\u00A0EUR davon durch Vorausplanen, gegenüber reinem Eigenverbrauch.")]
    public async Task Savings_DaysCompared_SaysWhatWasSavedInAll(string language, string total, string ofIt)
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        var page = await host.PageAsync("/battery/savings", language);
        Assert.Equal((total, ofIt), (Text(page, ".answer .sentence"), Text(page, ".answer .quiet")));
    }

    [Fact]
    public async Task Savings_DayWithTooManyGaps_StandsInItsPlaceAndSaysSo()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        var rows = (await host.PageAsync("/battery/savings")).QuerySelectorAll("table tbody")[0].QuerySelectorAll("tr").ToList();
        Assert.Equal(14, rows.Count);
        Assert.Equal("not compared: 31 of 96 quarter hours were not measured", Flat(rows[6].QuerySelector("td")!));
        Assert.Equal(5, rows[5].QuerySelectorAll("th, td").Length);
        Assert.Equal("Rule drives", Flat(rows[10].QuerySelectorAll("td")[3]));
    }

    [Fact]
    public async Task Savings_PlanningCostMore_IsNotCalledSaved()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        host.Building.Control.Summary = host.Building.Control.Summary with { AgainstRuleEur = -1.3m };
        Assert.Equal("Planning ahead cost 1.30\u00A0EUR more than plain self-consumption would have.", Text(await host.PageAsync("/battery/savings"), ".answer .quiet"));
    }

    [Theory]
    [InlineData("no-tariff", "en", "Nothing can be compared yet: the building file does not say what energy costs. Add the key “tariff”.")]
    [InlineData("no-battery", "de", "Es gibt nichts zu vergleichen: Hier wird kein Speicher gesteuert.")]
    [InlineData(null, "en", "The first comparison is made after the first full day.")]
    public async Task Savings_NothingCompared_SaysWhy(string? hindrance, string language, string sentence)
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Begun, PageTests.Noon);
        host.Building.Control.Summary = SavingsSummary.None with { Hindrance = hindrance };
        Assert.Equal(sentence, Text(await host.PageAsync("/battery/savings", language), ".answer .quiet"));
    }

    [Fact]
    public async Task Scores_TwoForecasts_ComparesWithYesterdayAndJudgesTheBand()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        var page = await host.PageAsync("/battery/savings");
        string[] sentences = [.. page.QuerySelectorAll("dl.facts dd.small").Select(Flat)];
        Assert.Equal("typical error of a quarter hour, seen at midnight, at 615\u00A0W on average. “As yesterday” would err by 264\u00A0W: 31\u00A0% better. “As last week” by 301\u00A0W. 78\u00A0% lay inside the band; 80\u00A0% is right.", sentences[0]);
        Assert.Contains("Only 66\u00A0% lay inside the band; 80\u00A0% would be right: trust it less.", sentences[1], StringComparison.Ordinal);
        Assert.Equal(["under 1 h", "1 to 6 h", "6 to 24 h", "24 to 48 h"], page.QuerySelectorAll("table")[1].QuerySelectorAll("tbody th").Select(Flat));
    }

    [Fact]
    public async Task Scores_NoBetterThanYesterday_SaysSo()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        host.Building.Control.Scores.Clear();
        host.Building.Control.Scores.Add(new(ForecastQuantity.Load, 1, Power.FromWatts(264), Power.FromWatts(263), 95));
        string sentence = Text(await host.PageAsync("/battery/savings"), "dl.facts dd.small");
        Assert.Contains("“As yesterday” would err by 263\u00A0W: the forecast is no better yet.", sentence, StringComparison.Ordinal);
        Assert.Contains("95\u00A0% lay inside the band; 80\u00A0% would be right: it is wider than it need be.", sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "The hub’s forecast errs by 90\u00A0W where this one errs by 120\u00A0W: plans follow it.")]
    [InlineData(false, "The hub’s forecast errs by 90\u00A0W where this one errs by 120\u00A0W; plans follow it once it is clearly better over a week.")]
    public async Task Scores_HubForecastsToo_SaysWhetherItIsFollowed(bool isUsed, string sentence)
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        host.Building.Control.Scores[1] = host.Building.Control.Scores[1] with { Hub = new(Power.FromWatts(90), Power.FromWatts(120), isUsed) };
        var page = await host.PageAsync("/battery/savings");
        Assert.EndsWith(sentence, Flat(page.QuerySelectorAll("dl.facts dd.small")[1]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PlanTable_PriceNotPublished_IsCalledExpected()
    {
        await using var host = await PageHost.StartAsync(ControlScenes.Planned, PageTests.Noon);
        var page = await host.PageAsync("/battery/table?day=tomorrow");
        string[] prices = [.. page.QuerySelectorAll("tbody tr").Select(row => Flat(row.QuerySelector("td")!))];
        Assert.Equal(24, prices.Count(price => !price.StartsWith('≈'))); // published until 6:00
        Assert.All(prices.Skip(24), price => Assert.StartsWith("≈", price, StringComparison.Ordinal));
        Assert.Contains("≈ No price is published", Flat(page.Body!), StringComparison.Ordinal);
        Assert.DoesNotContain("≈", Flat((await host.PageAsync("/battery/table")).Body!), StringComparison.Ordinal);
    }

    private static string Text(AngleSharp.Html.Dom.IHtmlDocument page, string selector) => Flat(page.QuerySelector(selector)!);

    private static string Flat(IElement element) => string.Join(' ', element.TextContent.Split([' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries));
}
