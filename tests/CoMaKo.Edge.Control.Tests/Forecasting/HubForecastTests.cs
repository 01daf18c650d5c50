using CoMaKo.Edge.Control.Directives;
using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Forecasting.Scoring;
using CoMaKo.Quantities;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Forecasting;

public sealed class HubForecastTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 5, 1, 12, 0);

    [Fact]
    public void AsOf_SeveralForecasts_GivesTheNewestThatWasThere()
    {
        var forecasts = new HubForecasts();
        Assert.NotNull(forecasts.Take(Pv(1), Noon));
        Assert.NotNull(forecasts.Take(Pv(2), Noon + Duration.FromHours(4)));

        Assert.Null(forecasts.AsOf(Noon - Duration.FromSeconds(1)));
        Assert.Equal(1, forecasts.AsOf(Noon + Duration.FromHours(3))!.At(QuarterHour.Containing(Noon)));
        Assert.Equal(2, forecasts.AsOf(Noon + Duration.FromHours(4))!.At(QuarterHour.Containing(Noon)));
        Assert.Null(forecasts.AsOf(Noon)!.At(QuarterHour.Containing(Noon).Previous));
    }

    [Fact]
    public void Take_NothingNewOrTooSoonOrNoPv_IsLeftOut()
    {
        var forecasts = new HubForecasts();
        forecasts.Take(Pv(1), Noon);
        Assert.Null(forecasts.Take(Pv(1), Noon + Duration.FromHours(4)));
        Assert.Null(forecasts.Take(Pv(3), Noon + Duration.FromHours(1)));
        Assert.Null(new HubForecasts().Take(Pv(1) with { Pv = [] }, Noon));
    }

    [Fact]
    public void LeadPv_OtherForecast_BecomesTheMeanOfThePathsInProportion()
    {
        var history = new History(Duration.FromMinutes(15));
        for (int i = -10 * 96; i < 0; i++)
        {
            var start = Noon + Duration.FromMinutes(15 * i);
            history.Add(new(start, 1, i / 96 % 2 == 0 ? 1 : 3, start + Duration.FromMinutes(15)));
        }

        var past = new RecentPast();
        past.Read(history.AsOf(Noon), 29);
        var set = new ScenarioSet();
        new DayScenarios(ScenarioSettings.Default).Write(past, 3, set);
        double[] before = set.MeanPv();
        double ratio = set.Pv(0)[0] / set.Pv(1)[0];
        set.LeadPv([2.5, null, 100]);

        double[] after = set.MeanPv();
        Assert.Equal(2.5, after[0], 1e-9);
        Assert.Equal(before[1], after[1]);
        Assert.Equal(3 * before[2], after[2], 1e-9); // no further than this
        Assert.Equal(ratio, set.Pv(0)[0] / set.Pv(1)[0], 1e-9);
    }

    private static ForecastDirective Pv(double power) => new(
        "f", Noon, Noon + Duration.FromDays(1), "hub", [], [.. Enumerable.Range(0, 96).Select(k => new SlotValue(QuarterHour.Containing(Noon + Duration.FromMinutes(15 * k)), power))], [], []);
}
