using CoMaKo.Edge.Control.Directives;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Directives;

public sealed class DirectiveReaderTests
{
    private static readonly Instant From = Instant.FromUtc(2026, 11, 21, 12, 0);
    private static readonly Instant Until = From + Duration.FromHours(2);

    [Fact]
    public void Read_Limit_HoldsBetweenItsTimes()
    {
        var limit = Assert.IsType<LimitDirective>(Read("limit", """{"limit":"dim-14a","watts":4200}""").Value);

        Assert.Equal((DirectedLimit.Dim14a, Power.FromWatts(4200)), (limit.Kind, limit.Limit));
        Assert.Equal([false, true, false], new[] { From - Duration.Epsilon, From, Until }.Select(limit.IsInForceAt));
    }

    [Fact]
    public void Read_Prices_LeavesUnknownSlotsOut()
    {
        var prices = Assert.IsType<PriceDirective>(Read("prices", """{"eurPerKwh":{"start":"2026-11-21T23:00:00Z","values":[0.1,null,-0.02]}}""").Value);

        var first = QuarterHour.Containing(Instant.FromUtc(2026, 11, 21, 23, 0));
        Assert.Equal([new SlotValue(first, 0.1), new(first.Next.Next, -0.02)], prices.EurPerKwh.AsEnumerable());
    }

    [Fact]
    public void Read_Forecast_OfOneQuantity_SaysNothingAboutTheOthers()
    {
        var forecast = Assert.IsType<ForecastDirective>(Read("forecast", """{"pvKw":{"start":"2026-11-21T12:00:00Z","values":[3.5]}}""").Value);

        Assert.Single(forecast.Pv);
        Assert.Empty(forecast.Load);
    }

    [Theory]
    [InlineData("plan", "{}", "CME-2081")]
    [InlineData("limit", "", "CME-2082")]
    [InlineData("limit", "[]", "CME-2082")]
    [InlineData("limit", """{"limit":"dim-14a"}""", "CME-2082")]
    [InlineData("limit", """{"limit":"dim-14a","watts":-1}""", "CME-2082")]
    [InlineData("limit", """{"limit":"dim-14a","watts":1e999}""", "CME-2082")]
    [InlineData("limit", """{"limit":"dim-14a","watts":"4200"}""", "CME-2082")]
    [InlineData("limit", """{"limit":"dim-14a","watts":1,"watts":2}""", "CME-2082")]
    [InlineData("limit", """{"limit":"everything","watts":1}""", "CME-2082")]
    [InlineData("limit", """{"limit":"dim-14a","watts":1,"extra":0}""", "CME-2082")]
    [InlineData("prices", """{"eurPerKwh":{"start":"2026-11-21T23:07:00Z","values":[0.1]}}""", "CME-2082")]
    [InlineData("prices", """{"eurPerKwh":{"start":"2026-11-21T23:00:00Z","values":[]}}""", "CME-2082")]
    [InlineData("prices", """{"eurPerKwh":{"start":"2026-11-21T23:00:00Z","values":[11]}}""", "CME-2082")]
    [InlineData("forecast", """{"pvKw":{"start":"2026-11-21T12:00:00Z","values":[-1]}}""", "CME-2082")]
    [InlineData("forecast", """{"pvKw":[1,2]}""", "CME-2082")]
    public void Read_WrongContent_IsRefusedWithItsCode(string kind, string content, string code) => Assert.Equal(code, Read(kind, content).Error?.Code);

    [Fact]
    public void Read_TooManySlots_IsRefused() =>
        Assert.Equal("CME-2082", Read("prices", """{"eurPerKwh":{"start":"2026-11-21T23:00:00Z","values":[VALUES]}}""".Replace("VALUES", string.Join(',', Enumerable.Repeat("0.1", 801)), StringComparison.Ordinal)).Error?.Code);

    private static ParseResult<HubDirective> Read(string kind, string content) => DirectiveReader.Read("d-1", kind, From, Until, "hub", content);
}
