using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Forecasting.Scoring;
using CoMaKo.Edge.Control.Tests.Shadow;
using NodaTime;
using Xunit.Abstractions;

namespace CoMaKo.Edge.Control.Tests.Forecasting;

/// <summary>Day-ahead forecasts on a real household by the protocol of forecasting §6: half hours, issued at 00:00 UTC, 48 leads, 25 March to 24 August 2024; gaps are filled but not scored.</summary>
public sealed class HouseholdScoreTests(ITestOutputHelper output)
{
    private const int Leads = 48;

    private delegate bool Forecast(RecentPast past, Span<PowerQuantiles> load, Span<PowerQuantiles> pv);

    /// <summary>What the reference states to the watt depends on where its period begins and ends; whole errors of the measures would be far larger.</summary>
    private const double Tolerance = 3;

    [SeriesTheory]
    [InlineData(1, 361, 745, 0.586, 402, 805)]
    [InlineData(7, 428, 839, 0.695, null, null)]
    public void Score_NaiveForecasts_GiveTheKnownErrors(int daysBack, int loadMae, int loadRmse, double loadShare, int? pvMae, int? pvRmse)
    {
        var (load, pv) = Run((past, l, p) => NaiveForecast.Write(past, daysBack, l, p));
        Report($"{daysBack} days back", load, pv);
        Near(loadMae, load.MeanAbsolute);
        Near(loadRmse, load.RootMeanSquare);
        Assert.Equal(loadShare, load.Normalised!.Value, 0.005);
        if (pvMae is { } mae) Near(mae, pv.MeanAbsolute);
        if (pvRmse is { } rmse) Near(rmse, pv.RootMeanSquare);
    }

    [SeriesTheory]
    [InlineData(false, 357, 636)]
    [InlineData(true, 314, 667)]
    public void Score_MeanAndMedianOfAWeek_GiveTheKnownErrors(bool isMedian, int mae, int rmse)
    {
        var (load, _) = Run((past, l, p) =>
        {
            for (int k = 0; k < Leads; k++)
            {
                double[] week = [.. Enumerable.Range(1, 7).Select(d => past.Load[past.Count + k - d * Leads]).Order()];
                l[k] = PowerQuantiles.Exactly(isMedian ? week[3] : week.Average());
            }

            return true;
        });
        Near(mae, load.MeanAbsolute);
        Near(rmse, load.RootMeanSquare);
    }

    [SeriesFact]
    public void Score_PastDays_BeatEveryNaiveForecast()
    {
        var (load, pv) = Run(new PastDaysForecast(ScenarioSettings.Default).Write);
        Report("past days", load, pv);
        Assert.InRange(load.MeanAbsolute!.Value, 0.25, 0.310);
        Assert.InRange(pv.MeanAbsolute!.Value, 0.25, 0.350);
    }

    /// <summary>The scorer itself, day by day as the gateway does it: the band holds four of five slots.</summary>
    [SeriesFact]
    public void Scorer_DayByDay_HoldsItsBand()
    {
        var house = Household.Read();
        var history = Past(house);
        var scorer = new ForecastScorer(ScenarioSettings.Default);
        var days = new List<ScoreDay>();
        for (int i = house.IndexOf(new(2024, 4, 28, 0, 0, 0, TimeSpan.Zero)); i < house.IndexOf(new(2024, 8, 25, 0, 0, 0, TimeSpan.Zero)); i += Leads)
            days.Add(scorer.Score(history, At(house, i).InUtc().Date, At(house, i), At(house, i + Leads)));
        var rows = ScoreDay.Sum(days);
        foreach (var row in rows)
            output.WriteLine(FormattableString.Invariant($"{row.Quantity,-5}{row.Model,-11}{row.Lead,-9} {row.Errors.MeanAbsolute * 1000,6:0.0} W, bias {row.Errors.Bias * 1000,6:0.0}, band {row.Errors.Coverage:0.000}, pinball {row.Errors.MeanPinball * 1000:0.0}, {row.Errors.Count} slots"));
        foreach (var quantity in (ScoredQuantity[])[ScoredQuantity.Load, ScoredQuantity.Pv])
        {
            var (own, yesterday) = (Row(quantity, ForecastScorer.PastDays), Row(quantity, ForecastScorer.Yesterday));
            Assert.Equal(own.Count, yesterday.Count);
            Assert.InRange(own.Coverage!.Value, 0.76, 0.84);
            Assert.InRange(own.SkillAgainst(yesterday)!.Value, 0.1, 0.5);
        }

        ForecastErrors Row(ScoredQuantity quantity, string model) => rows.Single(r => (r.Quantity, r.Model, r.Lead) == (quantity, model, LeadGroup.DayAhead)).Errors;
    }

    private (ForecastErrors Load, ForecastErrors Pv) Run(Forecast forecast)
    {
        var house = Household.Read();
        var history = Past(house);
        var past = new RecentPast();
        var (load, pv) = (new PowerQuantiles[Leads], new PowerQuantiles[Leads]);
        var (loadErrors, pvErrors) = (default(ForecastErrors), default(ForecastErrors));
        for (int i = house.IndexOf(new(2024, 3, 25, 0, 0, 0, TimeSpan.Zero)); i + Leads <= house.IndexOf(new(2024, 8, 25, 0, 0, 0, TimeSpan.Zero)) && i + Leads <= house.Load.Length; i += Leads)
        {
            past.Read(history.AsOf(At(house, i)), 29);
            Assert.True(forecast(past, load, pv));
            for (int k = 0; k < Leads; k++)
            {
                if (house.Load[i + k] is { } actual) loadErrors = loadErrors.With(actual, load[k]);
                pvErrors = pvErrors.With(house.Pv[i + k], pv[k]);
            }
        }

        return (loadErrors, pvErrors);
    }

    private static History Past(Household house)
    {
        var history = new History(Duration.FromSeconds(Household.SlotSeconds));
        for (int i = 0; i < house.Load.Length; i++) history.Add(new(At(house, i), house.Load[i], house.Pv[i], At(house, i + 1)));
        return history;
    }

    private static Instant At(Household house, int i) => Instant.FromUnixTimeSeconds(house.Begin + (long)i * Household.SlotSeconds);

    private static void Near(int watts, double? kilowatts) => Assert.Equal(watts, kilowatts!.Value * 1000, Tolerance);

    private void Report(string name, ForecastErrors load, ForecastErrors pv) => output.WriteLine(FormattableString.Invariant(
        $"{name}: load {load.MeanAbsolute * 1000:0.0} / {load.RootMeanSquare * 1000:0} W, bias {load.Bias * 1000:0}, {load.Normalised:0.000}, coverage {load.Coverage:0.000}, pinball {load.MeanPinball * 1000:0.0}; PV {pv.MeanAbsolute * 1000:0.0} / {pv.RootMeanSquare * 1000:0} W, {pv.Normalised:0.000}, coverage {pv.Coverage:0.000}; {load.Count} slots"));
}
