using CoMaKo.Edge.Control.Forecasting;
using CoMaKo.Edge.Control.Forecasting.Scoring;
using NodaTime;

namespace CoMaKo.Edge.Control.Tests.Forecasting;

public sealed class ForecastErrorsTests
{
    private static readonly Instant Midnight = Instant.FromUtc(2026, 5, 1, 0, 0);

    [Fact]
    public void With_ThreeSlots_GivesTheMeasuresReckonedByHand()
    {
        var errors = default(ForecastErrors).With(2, new(1, 1.5, 3)).With(0, new(0.2, 0.4, 1)).With(4, new(1, 2, 3));

        // |e| = 0.5, 0.4, 2; e = −0.5, 0.4, −2
        Assert.Equal(2.9 / 3, errors.MeanAbsolute!.Value, 1e-12);
        Assert.Equal(Math.Sqrt((0.25 + 0.16 + 4) / 3), errors.RootMeanSquare!.Value, 1e-12);
        Assert.Equal(-2.1 / 3, errors.Bias!.Value, 1e-12);
        Assert.Equal(2.9 / 6, errors.Normalised!.Value, 1e-12);
        // q10: 0.1·1, 0.9·0.2, 0.1·3; q50: 0.5·0.5, 0.5·0.4, 0.5·2; q90: 0.1·1, 0.1·1, 0.9·1
        Assert.Equal((0.1 + 0.18 + 0.3 + 0.25 + 0.2 + 1 + 0.1 + 0.1 + 0.9) / 9, errors.MeanPinball!.Value, 1e-12);
        Assert.Equal(1.0 / 3, errors.Coverage!.Value, 1e-12);
    }

    [Fact]
    public void MeanAbsolute_NoSlot_IsAbsent() => Assert.Null(default(ForecastErrors).MeanAbsolute);

    [Fact]
    public void BandWidth_BandHalfAsWideAsTheErrors_IsDoubled()
    {
        var width = new BandWidth();
        for (int i = 1; i <= 200; i++) width.Add(10 + (i % 2 == 0 ? i : -i) / 100.0, new(9.2, 10, 10.8));
        Assert.Equal(1.6 / 0.8, width.Value, 1e-9); // four of five errors are at most 1.6
    }

    [Fact]
    public void Score_ValueThatArrivedLate_IsNotSeenByTheForecast()
    {
        var (early, late) = (new History(Duration.FromMinutes(15)), new History(Duration.FromMinutes(15)));
        for (int i = -40 * 96; i < 96; i++)
        {
            var start = Midnight + Duration.FromMinutes(15 * i);
            double load = 1 + i / 96 % 3;
            early.Add(new(start, load, 0, start + Duration.FromMinutes(15)));
            // Yesterday evening reached the program only in the morning.
            late.Add(new(start, load, 0, start + Duration.FromMinutes(15) + (i is >= -24 and < 0 ? Duration.FromHours(12) : Duration.Zero)));
        }

        var (known, unknown) = (Error(early), Error(late));
        Assert.NotEqual(known, unknown);

        static double Error(History history) => new ForecastScorer(ScenarioSettings.Default).Score(history, new(2026, 5, 1), Midnight, Midnight + Duration.FromDays(1)).Rows
            .Single(r => (r.Quantity, r.Model, r.Lead) == (ScoredQuantity.Load, ForecastScorer.Yesterday, LeadGroup.DayAhead)).Errors.Absolute;
    }

    [Fact]
    public void Score_FirstDay_HasNothingToScore()
    {
        var history = new History(Duration.FromMinutes(15));
        for (int i = 0; i < 96; i++) history.Add(new(Midnight + Duration.FromMinutes(15 * i), 1, null, Midnight + Duration.FromMinutes(15 * i + 15)));
        var day = new ForecastScorer(ScenarioSettings.Default).Score(history, new(2026, 5, 1), Midnight, Midnight + Duration.FromDays(1));

        Assert.Equal(96, day.Measured);
        Assert.Empty(day.Rows);
    }
}
