using CoMaKo.Edge.Diagnostics.Texts;

namespace CoMaKo.Edge.Diagnostics.Control;

/// <summary>Sentences about savings and forecasts.</summary>
internal static class SavingsWords
{
    /// <summary>So far from 80 % a band is called too narrow or too wide.</summary>
    private const decimal BandTolerance = 8;

    /// <summary>Why there is nothing to show.</summary>
    public static string None(Wording say, SavingsSummary summary) => summary.Hindrance is { } why ? say.Find("savings.hindrance." + why) ?? why : say["savings.none"];

    /// <summary>All that was saved.</summary>
    public static string Total(Wording say, SavingsSummary summary) => say["savings.total", say.Money(summary.AgainstNoBatteryEur), say.Day(summary.Since!.Value), say.Count("days", summary.Days)];

    /// <summary>What of it planning has earned, or cost.</summary>
    public static string OfIt(Wording say, decimal againstRule) => againstRule < 0 ? say["savings.rule.less", say.Money(-againstRule)] : say["savings.rule", say.Money(againstRule)];

    /// <summary>Why a day was not compared.</summary>
    public static string Skipped(Wording say, SkippedDay day) => say.Find("savings.skipped." + day.Reason) is { } words ? string.Format(System.Globalization.CultureInfo.InvariantCulture, words, day.Missing, day.Slots) : day.Reason;

    /// <summary>How good a forecast was, beside what it must beat.</summary>
    public static string Score(Wording say, ForecastScore score)
    {
        var sentences = new List<string> { score.Mean is { } mean ? say["scores.error", say.Power(mean)] : say["scores.error.alone"] };
        decimal better = score.YesterdayError.Milliwatts > 0 ? 100 * (1 - (decimal)score.MeanError.Milliwatts / score.YesterdayError.Milliwatts) : 0;
        sentences.Add(better >= 1 ? say["scores.better", say.Power(score.YesterdayError), say.Percent(better)] : say["scores.worse", say.Power(score.YesterdayError)]);
        if (score.LastWeekError is { } week) sentences.Add(say["scores.week", say.Power(week)]);
        string band = Math.Abs(score.InsidePercent - 80) <= BandTolerance ? "scores.band" : score.InsidePercent < 80 ? "scores.band.narrow" : "scores.band.wide";
        sentences.Add(say[band, say.Percent(score.InsidePercent)]);
        if (score.Hub is { } hub) sentences.Add(say[hub.IsUsed ? "scores.hub.used" : "scores.hub", say.Power(hub.MeanError), say.Power(hub.OwnError)]);
        return string.Join(' ', sentences);
    }
}
